"""Answers that the domain gives itself, before or instead of the engine's."""

from __future__ import annotations

import json

from firehose_logging.local.api import ApiAnswer


def refused(status: int, message: str) -> ApiAnswer:
    """Return an answer in the shape of Amazon's endpoint: ``{"Message": …}``."""
    body = json.dumps({"Message": message}).encode()
    return ApiAnswer(status, body, {"content-type": "application/json"})


def too_large() -> ApiAnswer:
    """Return the answer to a body over the domain's limit."""
    return refused(413, "Request size exceeded")


def engine_away() -> ApiAnswer:
    """Return the answer while nobody listens behind the endpoint."""
    return refused(503, "Service Unavailable")


def engine_broke_off() -> ApiAnswer:
    """Return the answer when the engine ended a call without a whole answer."""
    return refused(502, "Bad Gateway")


def engine_too_slow() -> ApiAnswer:
    """Return the answer when the engine said nothing for too long."""
    return refused(504, "Gateway Timeout")
