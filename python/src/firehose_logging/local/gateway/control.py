"""Calls to the stack itself, next to AWS's: unsigned JSON below ``/_local/``."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.gateway.request import Request

PREFIX = "/_local/"
"""No bucket can have this name: underscores are not allowed in it."""

Action = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class ControlError(Exception):
    """Say in one line why the stack does not do what it is asked."""


class Control:
    """Do what a test, or ``firehose-logging local fault``, asks of the stack.

    Args:
        actions: by path below the prefix, for example ``engine/stop``; each takes the call's
            JSON object, and its answer is a JSON object.
    """

    def __init__(self, actions: Mapping[str, Action]) -> None:
        self._actions = dict(actions)

    async def answer(self, request: Request) -> ApiAnswer:
        """Answer 200 with the action's own document, or 4xx with ``{"error": …}``."""
        action = self._actions.get(request.path.removeprefix(PREFIX))
        if action is None:
            known = ", ".join(sorted(PREFIX + path for path in self._actions))
            return _json(404, {"error": f"{request.path} is not here; there is {known}"})
        if request.method != "POST":
            return _json(405, {"error": f"{request.path} takes POST"})
        if not ipaddress.ip_address(request.client).is_loopback:
            return _json(403, {"error": "only this machine may control the stack"})
        if "origin" in request.headers:
            return _json(403, {"error": "web pages may not control the stack"})
        try:
            return _json(200, await action(_asked(request)))
        except ControlError as error:
            return _json(409, {"error": str(error)})


def _asked(request: Request) -> Mapping[str, Any]:
    try:
        asked = json.loads(request.body or b"{}")
    except ValueError as error:
        raise ControlError(f"the body is not JSON: {error}") from None
    if not isinstance(asked, dict):
        raise ControlError("the body is not a JSON object")
    return asked


def _json(status: int, document: Mapping[str, Any]) -> ApiAnswer:
    return ApiAnswer(status, json.dumps(document).encode(), {"content-type": "application/json"})
