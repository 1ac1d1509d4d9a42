"""Answers that the domain gives itself, before or instead of the engine's."""

from __future__ import annotations

import json
from typing import Any

from firehose_logging.local.api import ApiAnswer, ApiError


def as_json(status: int, document: Any) -> ApiAnswer:
    """Return a document as an answer."""
    body = json.dumps(document, separators=(",", ":")).encode()
    return ApiAnswer(status, body, {"content-type": "application/json; charset=UTF-8"})


def refused(status: int, message: str) -> ApiAnswer:
    """Return an answer in the shape of Amazon's endpoint: ``{"Message": …}``."""
    return ApiAnswer(
        status, json.dumps({"Message": message}).encode(), {"content-type": "application/json"}
    )


def unauthenticated(error: ApiError) -> ApiAnswer:
    """Return the answer to a signature that does not hold: ``{"message": …}``, small ``m``."""
    return ApiAnswer(
        error.status,
        json.dumps({"message": error.message}).encode(),
        {"content-type": "application/json", "x-amzn-errortype": error.code},
    )


def not_allowed(path: str) -> ApiAnswer:
    """Return the answer to an operation that the service does not offer."""
    return refused(401, f"Your request: '{path}' is not allowed.")


def engine_error(status: int, kind: str, reason: str) -> ApiAnswer:
    """Return an error in the engine's own shape."""
    cause = {"type": kind, "reason": reason}
    return as_json(status, {"error": {"root_cause": [cause], **cause}, "status": status})


def too_large() -> ApiAnswer:
    """Return the answer to a body over the domain's limit."""
    return refused(413, "Request size exceeded")


def too_busy() -> ApiAnswer:
    """Return the answer while other requests' bodies leave no room for one more."""
    return refused(429, "Too many requests are being answered")


def engine_away() -> ApiAnswer:
    """Return the answer while nobody listens behind the endpoint."""
    return refused(503, "Service Unavailable")


def engine_broke_off() -> ApiAnswer:
    """Return the answer when the engine ended a call without a whole answer."""
    return refused(502, "Bad Gateway")


def engine_too_slow() -> ApiAnswer:
    """Return the answer when the engine said nothing for too long."""
    return refused(504, "Gateway Timeout")
