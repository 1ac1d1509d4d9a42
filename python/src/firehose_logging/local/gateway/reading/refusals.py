"""Requests that could be read in two ways, refused in the words of their protocol."""

from __future__ import annotations

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.errors import Protocol, protocol_of
from firehose_logging.local.gateway.request import Request

_CODES = {
    Protocol.QUERY: "MalformedQueryString",
    Protocol.EC2: "MalformedQueryString",
    Protocol.REST_XML: "InvalidArgument",
}


def ambiguous(request: Request, why: str) -> ApiError:
    """Return the error (400) for a request that is no single call; ``why`` is one sentence."""
    return ApiError(_CODES.get(protocol_of(request), "SerializationException"), why)
