"""Hold answers back until what they tell of is on the disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from firehose_logging.local.gateway.moto_store import KeptStateError, MotoStore

logger = logging.getLogger(__name__)

_COLLECT_SECONDS = 0.02
_READS = ("Describe", "Filter", "Generate", "Get", "Head", "List", "Lookup", "Search", "Simulate")
_NOT_AWAITED = frozenset({"AssumeRole", "Decrypt", "Encrypt", "PutLogEvents", "PutMetricData"})
"""What is kept with the next change, without anybody waiting: sessions, metrics, log events."""


class Keeping:
    """Write moto's state after changes, many of them at once, while moto stands still.

    A change whose write fails is refused, but moto has made it already, and the next write keeps
    it. Until one succeeds no other change is let in.
    """

    def __init__(self, store: MotoStore) -> None:
        self._store = store
        self._inside = 0
        self._closed = False
        self._is_behind = False
        self._moved = asyncio.Condition()
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def call(self, operation: str) -> AsyncIterator[None]:
        """Let moto answer within this context; leave it once the change is kept.

        Raises:
            KeptStateError: it can't be kept, or the one before can't.
        """
        is_awaited = not operation.startswith(_READS) and operation not in _NOT_AWAITED
        if is_awaited and self._is_behind:
            await self._kept()
        async with self._moved:
            await self._moved.wait_for(lambda: not self._closed)
            self._inside += 1
        try:
            yield
        finally:
            async with self._moved:
                self._inside -= 1
                self._moved.notify_all()
        if is_awaited:
            await self._kept()

    async def stop(self) -> None:
        """Keep the last changes."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self._keep()
        except KeptStateError as error:
            logger.error("%s", error)  # noqa: TRY400 - the reason says it all

    async def _kept(self) -> None:
        written = asyncio.get_running_loop().create_future()
        self._waiting.append(written)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        await written

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(_COLLECT_SECONDS)
            waiting, self._waiting = self._waiting, []
            try:
                await self._keep()
            except Exception as error:  # noqa: BLE001 - each caller gets it
                for written in waiting:
                    if not written.done():
                        written.set_exception(error)
                continue
            for written in waiting:
                if not written.done():
                    written.set_result(None)

    async def _keep(self) -> None:
        async with self._moved:
            self._closed = True
            await self._moved.wait_for(lambda: self._inside == 0)
        try:
            snapshot = await asyncio.to_thread(self._store.snapshot)
        finally:
            async with self._moved:
                self._closed = False
                self._moved.notify_all()
        await self._write(snapshot)

    async def _write(self, snapshot: bytes) -> None:
        try:
            await asyncio.to_thread(self._store.write, snapshot)
        except KeptStateError:
            self._is_behind = True
            raise
        self._is_behind = False
