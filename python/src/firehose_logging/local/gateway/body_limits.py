"""How much of a request's body is taken in, before anything of it is known to be true."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.request import Request

_MEBIBYTE = 1024 * 1024

UNKNOWN_CALLER_BYTES = 1 * _MEBIBYTE
"""For requests that no key of the stack's is named in."""

USUAL_BYTES = 16 * _MEBIBYTE
"""The largest of the other APIs takes 4 MiB of records in Base64 (Firehose, PutRecordBatch)."""

_SERVICE_BYTES: Mapping[str, int] = {
    # Lambda Developer Guide, "Quotas": 50 MB of a zip archive, which travel in Base64.
    "lambda": 70 * _MEBIBYTE,
    # S3 takes 5 GB in one request; memory does not.
    "s3": 512 * _MEBIBYTE,
}
_GZIP_MEMBERS = 64
"""SDKs write one; what is left is copied at each, which of a million takes hours."""
_TOO_LARGE = {
    "lambda": ("RequestEntityTooLargeException", 413),
    "s3": ("EntityTooLarge", 400),
}


def limit_of(service: str, *, caller_is_known: bool) -> int:
    """Return the largest body, in bytes, of a request to a service.

    Args:
        service: the signing name that the request claims.
        caller_is_known: whether the key that it claims was issued here.
    """
    return _SERVICE_BYTES.get(service, USUAL_BYTES) if caller_is_known else UNKNOWN_CALLER_BYTES


def too_large(service: str, limit: int) -> ApiError:
    """Return the error of a body over its limit."""
    code, status = _TOO_LARGE.get(service, ("RequestEntityTooLarge", 413))
    return ApiError(code, f"The local stack takes at most {limit} bytes in this request.", status)


def too_busy(service: str) -> ApiError:
    """Return the error of a body for which the others leave no room."""
    code = "SlowDown" if service == "s3" else "ServiceUnavailable"
    return ApiError(code, "The local stack holds as many requests as it can. Slow down.", 503)


def decompressed(request: Request) -> Request:
    """Return the request as it was before an SDK compressed it, as it does for PutMetricData.

    What S3 gets stays as it is: there the encoding is a property of the object.

    Raises:
        ApiError: the body is not valid gzip, or its content is over the limit of its service.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding != "gzip" or request.service == "s3":
        return request
    limit = limit_of(request.service, caller_is_known=True)
    try:
        body = _inflated(request.body, limit)
    except (EOFError, zlib.error) as error:
        message = f"The request body is not valid gzip: {error}"
        raise ApiError("SerializationException", message) from error
    if len(body) > limit:
        raise too_large(request.service, limit)
    headers = {name: value for name, value in request.headers.items() if name != "content-encoding"}
    return replace(
        request,
        body=body,
        body_sha256=None,
        headers={**headers, "content-length": str(len(body))},
        raw_headers=tuple(
            (name, value)
            for name, value in request.raw_headers
            if name not in {"content-encoding", "content-length"}
        ),
    )


def _inflated(body: bytes, limit: int) -> bytes:
    """Return the content of one gzip member after the other, and hardly more than ``limit``."""
    content, rest = b"", body
    for _ in range(_GZIP_MEMBERS):
        if not rest or len(content) > limit:
            return content
        member = zlib.decompressobj(wbits=31)
        content += member.decompress(rest, limit + 1 - len(content))
        if not member.eof:
            if len(content) > limit:
                return content
            raise EOFError("it ends before its end")
        rest = member.unused_data
    if rest:
        raise EOFError(f"it has more than {_GZIP_MEMBERS} parts")
    return content
