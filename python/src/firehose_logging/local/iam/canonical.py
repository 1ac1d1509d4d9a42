"""Signature Version 4's canonical request, string to sign and key.

Specification: AWS General Reference / IAM User Guide, "Create a signed AWS API request"
(``reference_sigv-create-signed-request``).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote, unquote_plus, unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
_KEEP = "surrogateescape"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

# "Do not normalize URI paths for requests to Amazon S3", and encode once: its keys are opaque.
OPAQUE_PATH_SERVICES = frozenset({"s3", "s3-outposts", "s3-object-lambda", "s3express"})


def path_of(raw_path: str, service: str) -> str:
    """Return the canonical path of a path as it was sent.

    S3's is encoded once and kept as it is. Everyone else's loses its dot segments and doubled
    slashes and is encoded a second time, so ``*`` and ``,`` that went over the wire raw count
    as ``%2A`` and ``%2C``.
    """
    if service in OPAQUE_PATH_SERVICES:
        return quote(unquote_to_bytes(as_sent(raw_path)), safe="/") or "/"
    return quote(as_sent(_without_dot_segments(raw_path)), safe="/")


def _without_dot_segments(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept[-1:] = []
        elif segment not in {"", "."}:
            kept.append(segment)
    trailing = "/" if kept and path.endswith("/") else ""
    return "/" + "/".join(kept) + trailing


def split_query(raw_query: str) -> list[tuple[str, str]]:
    """Return names and values of a raw query, decoded, in the order sent.

    ``+`` is a space: services sign it as ``%20``, so a client that signs ``+`` is refused.
    Bytes that are no UTF-8 stay apart as surrogates.
    """
    text = as_sent(raw_query).decode("utf-8", _KEEP)
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(text: str) -> str:
    return unquote_plus(text, errors=_KEEP)


def _encoded(text: str) -> str:
    return quote(text, safe="", errors=_KEEP)


def query_of(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the canonical query of decoded names and values."""
    encoded = sorted((_encoded(name), _encoded(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def headers_of(values: Mapping[str, Sequence[str]], signed: Sequence[str]) -> str:
    """Return the canonical headers named by ``signed``, a line each."""
    lines = []
    for name in signed:
        joined = ",".join(" ".join(value.split()) for value in values.get(name, ()))
        lines.append(f"{name}:{joined}\n")
    return "".join(lines)


def request_of(
    *, method: str, path: str, query: str, headers: str, signed: Sequence[str], body_hash: str
) -> str:
    """Join the parts of a canonical request."""
    return "\n".join([method, path, query, headers, ";".join(signed), body_hash])


def string_to_sign(timestamp: str, scope: str, canonical_request: str) -> str:
    """Return what the key is applied to; ``canonical_request`` holds bytes as Latin-1."""
    digest = hashlib.sha256(as_sent(canonical_request)).hexdigest()
    return "\n".join([ALGORITHM, timestamp, scope, digest])


def as_sent(text: str) -> bytes:
    """Return the bytes of HTTP text, which servers decode as Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


@lru_cache(maxsize=1024)
def signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    """Derive the key of one day, Region and service."""
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def sign(key: bytes, text: str) -> str:
    """Return the signature as 64 hexadecimal digits."""
    return hmac.new(key, as_sent(text), hashlib.sha256).hexdigest()
