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

    def principal_of(self, request: Request) -> Principal:
        """Return who signed a request, ``ANONYMOUS`` for an unsigned one to S3.

        Raises:
            ApiError: in the service's own words, as ``iam.sigv4.verify`` says.
        """
        if _is_unsigned(request) and request.service in _ANONYMOUS_SERVICES:
            return ANONYMOUS
        signed = SignedRequest(
            request.method, request.path, request.query, request.raw_headers, request.body
        )
        return verify(
            signed, self._keys.secret_of, self._now(), service=_service_of(request)
        ).principal


def _is_unsigned(request: Request) -> bool:
    return "authorization" not in request.headers and "X-Amz-" not in request.query


def _service_of(request: Request) -> str | None:
    return None if request.scope is not None else request.service
