"""Server-side encryption of a stream: its states (statement A16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.local.api import ApiError
from firehose_logging.local.clock import Clock
from firehose_logging.local.firehose.destination import invalid
from firehose_logging.local.firehose.streams import Stream
from firehose_logging.local.firehose.tasks import Tasks

CHANGE_SECONDS = 1.0
_UNDER_WAY = frozenset({"ENABLING", "DISABLING"})


class Encryption:
    """Turn encryption on and off, each through its state of transition."""

    def __init__(self, clock: Clock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks

    def start(self, stream: Stream, wanted: Mapping[str, Any] | None) -> None:
        """Begin to enable; raise ``ResourceInUseException`` while a change is under way."""
        self._check_idle(stream)
        self._tasks.spawn(self.enable(stream, wanted), f"encryption of {stream.name}")
        stream.encryption = _described(wanted, "ENABLING")

    def stop(self, stream: Stream) -> None:
        """Begin to disable; raise ``ResourceInUseException`` while a change is under way."""
        self._check_idle(stream)
        stream.encryption = stream.encryption | {"Status": "DISABLING"}
        self._tasks.spawn(self._disable(stream), f"decryption of {stream.name}")

    async def enable(self, stream: Stream, wanted: Mapping[str, Any] | None) -> None:
        """Enable, and return when that is done."""
        stream.encryption = _described(wanted, "ENABLING")
        await self._clock.sleep(CHANGE_SECONDS)
        stream.encryption = _described(wanted, "ENABLED")

    async def _disable(self, stream: Stream) -> None:
        await self._clock.sleep(CHANGE_SECONDS)
        stream.encryption = {"Status": "DISABLED"}

    @staticmethod
    def _check_idle(stream: Stream) -> None:
        status = stream.encryption["Status"]
        if status in _UNDER_WAY:
            raise ApiError(
                "ResourceInUseException",
                f"Firehose {stream.name} can't change its encryption while it is {status}",
            )


def check_key(wanted: Mapping[str, Any] | None) -> None:
    """Raise ``InvalidArgumentException`` when key type and key don't fit."""
    if not wanted:
        return
    own = wanted["KeyType"] == "CUSTOMER_MANAGED_CMK"
    if own != bool(wanted.get("KeyARN")):
        raise invalid(
            "KeyARN must be specified when KeyType is CUSTOMER_MANAGED_CMK, and only then"
        )


def _described(wanted: Mapping[str, Any] | None, status: str) -> dict[str, Any]:
    return dict(wanted or {"KeyType": "AWS_OWNED_CMK"}) | {"Status": status}
