"""Who calls: the signature of each request, verified against the keys that were issued."""

from __future__ import annotations

from collections.abc import Callable

from firehose_logging.local.api import Principal
from firehose_logging.local.gateway.credentials import KeyRing
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.iam.context import ANONYMOUS
from firehose_logging.local.iam.sigv4 import SignedRequest, verify

_ANONYMOUS_SERVICES = frozenset({"s3"})
"""Services that take unsigned requests, and leave it to the resource's policy to allow them."""


class Authentication:
    """Verify signatures.

    Args:
        keys: what was issued.
        now: tells the real time as UTC seconds since the epoch: callers sign by the real clock.
    """

    def __init__(self, keys: KeyRing, now: Callable[[], float]) -> None:
        self._keys = keys
        self._now = now

    def knows(self, request: Request) -> bool:
        """Return whether a request names a key that was issued; it may still be a lie."""
        key = request.access_key_id
        return key is not None and self._keys.secret_of(key) is not None

    def principal_of(self, request: Request) -> Principal:
        """Return who signed a request, ``ANONYMOUS`` for an unsigned one to S3.

        Raises:
            ApiError: in the service's own words, as ``iam.sigv4.verify`` says.
        """
        signed = SignedRequest(
            request.method,
            request.path,
            request.query,
            request.raw_headers,
            request.body,
            request.body_sha256,
        )
        if is_unsigned(signed) and request.service in _ANONYMOUS_SERVICES:
            return ANONYMOUS
        # What the request is routed by has to be what its signature holds for.
        return verify(signed, self._keys.secret_of, self._now(), service=request.service).principal

    def signer_of(self, request: SignedRequest) -> Principal:
        """Return who signed a request to a domain's endpoint, ``ANONYMOUS`` for nobody.

        Raises:
            ApiError: the signature does not hold.
        """
        if is_unsigned(request):
            return ANONYMOUS
        return verify(request, self._keys.secret_of, self._now(), service="es").principal


def is_unsigned(request: SignedRequest) -> bool:
    """Tell whether a request has no signature at all, neither in a header nor in its query."""
    signature = any(name.lower() == "authorization" for name, _ in request.headers)
    return not signature and "X-Amz-" not in request.query
