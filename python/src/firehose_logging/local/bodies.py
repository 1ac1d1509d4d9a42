"""Read requests' bodies, and no more of them than may be held: of one, and of all together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

HELD_BYTES = 1024 * 1024 * 1024
"""Of all bodies that are being read or answered at a time."""


class BodyTooLargeError(Exception):
    """The body is over the limit."""


class BodiesTooManyError(Exception):
    """Together with all others that are held, the body is over what the process takes."""


class ClientGoneError(Exception):
    """The caller hung up before the body was complete."""


class Bodies:
    """The bodies that a process holds at a time.

    Args:
        held_bytes: the most of them.
    """

    def __init__(self, held_bytes: int = HELD_BYTES) -> None:
        self._left = held_bytes

    @asynccontextmanager
    async def read(self, scope: Scope, receive: Receive, limit: int) -> AsyncIterator[bytes]:
        """Yield the whole body; it counts as held until the context is left.

        Raises:
            BodyTooLargeError: it is longer than ``limit`` bytes, or says that it will be.
            BodiesTooManyError: there is no room for it beside the others.
            ClientGoneError: it was cut off.
        """
        if _announced(scope) > limit:
            raise BodyTooLargeError
        held = 0
        try:
            chunks: list[bytes] = []
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                chunk = message.get("body", b"")
                if held + len(chunk) > limit:
                    raise BodyTooLargeError
                if len(chunk) > self._left:
                    raise BodiesTooManyError
                held += len(chunk)
                self._left -= len(chunk)
                chunks.append(chunk)
                more = message.get("more_body", False)
            yield chunks[0] if len(chunks) == 1 else b"".join(chunks)
        finally:
            self._left += held


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
