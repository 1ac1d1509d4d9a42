"""Keep the engine running: bring it back when it dies, take it away when a test asks to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol, runtime_checkable

from firehose_logging.local.engines.base import Engine, EngineError, EngineInfo
from firehose_logging.local.gateway.control import Action, ControlError

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0


@runtime_checkable
class OwnedEngine(Protocol):
    """An engine that is the stack's own child, and keeps its data over a restart if it can."""

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""

    async def kill(self) -> None:
        """End it as a crash would."""

    async def restart(self) -> None:
        """Bring it back with its data."""


class Supervision:
    """Watch over an engine from its start to its end.

    Attributes:
        on_change: called after the engine came back, as another process.
    """

    def __init__(self, engine: Engine) -> None:
        self.on_change: Callable[[], object] = lambda: None
        self._engine = engine
        self._wanted = True
        self._watch: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    @property
    def info(self) -> EngineInfo:
        """What runs, once ``start`` has returned."""
        return self._engine.info

    @property
    def pid(self) -> int | None:
        """The engine's process id; ``None`` while it is away or where it is borrowed."""
        owned = self._owned()
        return None if owned is None else owned.pid

    async def start(self) -> None:
        """Start the engine, and bring it back from now on when it dies."""
        await self._engine.start()
        if self._owned() is not None:
            self._watch = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End the engine for good."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        await self._engine.stop()

    async def take_away(self) -> None:
        """End the engine as a crash would, and leave it so until ``bring_back``.

        Raises:
            EngineError: it is borrowed.
        """
        owned = self._own_or_fail()
        async with self._changing:
            self._wanted = False
            await owned.kill()

    async def bring_back(self) -> None:
        """Start the engine again with its data, and return once it answers.

        Raises:
            EngineError: it is borrowed, or does not start.
        """
        owned = self._own_or_fail()
        async with self._changing:
            self._wanted = True
            if owned.pid is None:
                await owned.restart()
                self.on_change()

    def _owned(self) -> OwnedEngine | None:
        engine = getattr(self._engine, "chosen", self._engine)
        return engine if isinstance(engine, OwnedEngine) else None

    def _own_or_fail(self) -> OwnedEngine:
        owned = self._owned()
        if owned is None:
            raise EngineError("the engine is not the stack's own; stop it where it was started")
        return owned

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not self._wanted or self.pid is not None:
                continue
            logger.warning("the engine died; starting it again")
            try:
                await self.bring_back()
                pause = _FIRST_PAUSE_SECONDS
            except Exception as failure:  # noqa: BLE001 - whatever it is, the next try may go well
                logger.warning("the engine does not start again: %s", failure)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def engine_actions(supervision: Supervision) -> dict[str, Action]:
    """Return what may be asked of the engine through the gateway."""

    async def stop(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        await _or_say_why(supervision.take_away())
        return {"running": False}

    async def start(_asked: Mapping[str, Any]) -> Mapping[str, Any]:
        await _or_say_why(supervision.bring_back())
        return {"running": True, "pid": supervision.pid}

    return {"engine/stop": stop, "engine/start": start}


async def _or_say_why(change: Awaitable[None]) -> None:
    try:
        await change
    except EngineError as error:
        raise ControlError(str(error)) from error
