"""Server-side encryption of a stream: its states, and the state of its key (A16)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from firehose_logging.local.api import ApiError
from firehose_logging.local.clock import Clock
from firehose_logging.local.firehose.destination import invalid
from firehose_logging.local.firehose.ports import AccessError, Aws
from firehose_logging.local.firehose.streams import Stream
from firehose_logging.local.firehose.tasks import Tasks

CHANGE_SECONDS = 1.0
KEY_SECONDS = 60.0
"""How long a key's state counts before it is looked up again."""
_UNDER_WAY = frozenset({"ENABLING", "DISABLING"})
_FAILURES = {
    "KMSKeyNotFound": "KMS_KEY_NOT_FOUND",
    "KMSKeyDisabled": "DISABLED_KMS_KEY",
    "KMSKeyInvalidState": "INVALID_KMS_KEY",
    "KMSKeyAccessDenied": "KMS_ACCESS_DENIED",
}
_CODES = {
    "KMSKeyNotFound": "NotFoundException",
    "KMSKeyDisabled": "DisabledException",
    "KMSKeyInvalidState": "KMSInvalidStateException",
    "KMSKeyAccessDenied": "AccessDeniedException",
}


class Encryption:
    """Turn encryption on and off, each through its state of transition."""

    def __init__(self, clock: Clock, aws: Aws, tasks: Tasks) -> None:
        self._clock = clock
        self._aws = aws
        self._tasks = tasks
        self._looked_up: WeakKeyDictionary[Stream, float] = WeakKeyDictionary()
        self._troubles: WeakKeyDictionary[Stream, str] = WeakKeyDictionary()

    def start(self, stream: Stream, wanted: Mapping[str, Any] | None) -> None:
        """Begin to enable; raise ``ResourceInUseException`` while a change is under way."""
        _check_idle(stream)
        stream.change_encryption(_described(wanted, "ENABLING"))
        self._tasks.spawn(self.enable(stream, wanted), f"encryption of {stream.name}")

    def stop(self, stream: Stream) -> None:
        """Begin to disable; raise ``ResourceInUseException`` while a change is under way."""
        _check_idle(stream)
        stream.change_encryption(stream.encryption | {"Status": "DISABLING"})
        self._tasks.spawn(self._disable(stream), f"decryption of {stream.name}")

    def resume(self, stream: Stream) -> None:
        """Go on with a change that an earlier process began."""
        status = stream.encryption["Status"]
        if status == "ENABLING":
            wanted = {name: value for name, value in stream.encryption.items() if name != "Status"}
            self._tasks.spawn(self.enable(stream, wanted), f"encryption of {stream.name}")
        elif status == "DISABLING":
            self._tasks.spawn(self._disable(stream), f"decryption of {stream.name}")

    async def enable(self, stream: Stream, wanted: Mapping[str, Any] | None) -> None:
        """Enable, and return when that is done or has failed."""
        await stream.insist(partial(stream.change_encryption, _described(wanted, "ENABLING")))
        await self._clock.sleep(CHANGE_SECONDS)
        trouble = await self._look_up(stream)
        if trouble:
            failure = {"Type": _FAILURES[trouble], "Details": _details(stream, trouble)}
            outcome = _described(wanted, "ENABLING_FAILED") | {"FailureDescription": failure}
        else:
            outcome = _described(wanted, "ENABLED")
        await stream.insist(partial(stream.change_encryption, outcome))

    async def check_key(self, stream: Stream) -> None:
        """Raise ``InvalidKMSResourceException`` when records can't be encrypted."""
        encryption = stream.encryption
        if encryption["Status"] != "ENABLED" or "KeyARN" not in encryption:
            return
        if self._clock.now() >= self._looked_up.get(stream, 0.0) + KEY_SECONDS:
            await self._look_up(stream)
        trouble = self._troubles.get(stream)
        if trouble:
            raise ApiError(
                "InvalidKMSResourceException", f"{_CODES[trouble]}: {_details(stream, trouble)}"
            )

    async def _look_up(self, stream: Stream) -> str | None:
        key = stream.encryption.get("KeyARN")
        trouble = await self._key_trouble(key, stream.region) if key else None
        self._looked_up[stream] = self._clock.now()
        self._troubles.pop(stream, None)
        if trouble:
            self._troubles[stream] = trouble
            stream.note(trouble, 1)
        return trouble

    async def _key_trouble(self, key: str, region: str) -> str | None:
        try:
            state = await self._aws.key_state(key, region)
        except AccessError as error:
            return "KMSKeyNotFound" if "NotFound" in error.code else "KMSKeyAccessDenied"
        if state == "Enabled":
            return None
        return "KMSKeyDisabled" if state == "Disabled" else "KMSKeyInvalidState"

    async def _disable(self, stream: Stream) -> None:
        await self._clock.sleep(CHANGE_SECONDS)
        await stream.insist(partial(stream.change_encryption, {"Status": "DISABLED"}))


def _check_idle(stream: Stream) -> None:
    status = stream.encryption["Status"]
    if status in _UNDER_WAY:
        raise ApiError(
            "ResourceInUseException",
            f"Firehose {stream.name} can't change its encryption while it is {status}",
        )


def _details(stream: Stream, trouble: str) -> str:
    return f"{stream.encryption['KeyARN']}: {_CODES[trouble]}"


def check_key_type(wanted: Mapping[str, Any] | None) -> None:
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
