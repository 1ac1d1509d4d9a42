"""The way of a stream's records: buffer, close by size or time, deliver several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from firehose_logging.local.firehose.backup import Backup
from firehose_logging.local.firehose.buffering import ZERO_INTERVAL, Buffer
from firehose_logging.local.firehose.delivery import Delivery
from firehose_logging.local.firehose.error_log import ErrorLog
from firehose_logging.local.firehose.records import Batch, Record
from firehose_logging.local.firehose.streams import Stream
from firehose_logging.local.firehose.tasks import Tasks
from firehose_logging.local.firehose.waiting import sleep_unless

MAX_IN_FLIGHT = 4
"""Batches of one stream that are delivered at the same time (B2)."""
PROBE_SECONDS = 60.0
"""How long a paused stream waits before it lets a batch try (B4)."""


class Pipeline:
    """Everything that happens to the records of one stream after they were accepted."""

    def __init__(self, stream: Stream) -> None:
        services = stream.services
        self._stream = stream
        self._work = Tasks()
        self._timers = Tasks()
        self._errors = ErrorLog(
            services.clock, services.aws, self._timers, stream.arn, stream.region
        )
        self._backup = Backup(stream, self._errors, self._work, self._timers)
        self._delivery = Delivery(stream, self._backup, self._errors)
        self._buffer = Buffer()
        self._timer: asyncio.Task[None] | None = None
        self._held: set[Batch] = set()
        self._places = asyncio.Semaphore(MAX_IN_FLIGHT)

    def accept(self, records: Sequence[Record], size: int) -> None:
        """Take records that are acknowledged; ``size`` is the sum of their bytes."""
        self._stream.held += size
        for content, content_size in self._buffer.add(
            records, size, self._stream.settings.buffer_bytes
        ):
            self._close(content, content_size)
        if self._buffer and self._timer is None:
            self._timer = self._timers.spawn(self._close_in_time(), "buffering interval")

    def flush(self) -> None:
        """Begin to deliver what waits in the buffer."""
        if self._buffer:
            self._close(*self._buffer.take())

    async def stop(self, seconds: float) -> None:
        """Deliver or back up what is held; what that takes longer than ``seconds`` is lost."""
        self.flush()
        self._delivery.hurry()
        self._backup.hurry()
        deadline = asyncio.get_running_loop().time() + seconds
        finished = await self._work.wait(seconds)
        while finished and self._backup.flush():
            finished = await self._work.wait(deadline - asyncio.get_running_loop().time())
        await self._work.cancel()
        if self._held:
            count = sum(len(batch.records) for batch in self._held)
            self._stream.lose(count, "neither delivered nor backed up before the end")
        await self._errors.flush()
        await self._timers.cancel()

    async def _close_in_time(self) -> None:
        interval = self._stream.settings.interval
        await self._stream.services.clock.sleep(interval or ZERO_INTERVAL)
        self._timer = None
        self.flush()

    def _close(self, records: list[Record], size: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch = Batch(records, size, self._released)
        self._held.add(batch)
        if self._stream.settings.all_documents:
            chunks = [record.data for record in records]
            self._backup.add(None, chunks, batch.oldest, batch)
        self._work.spawn(self._deliver(batch), "delivery")

    def _released(self, batch: Batch) -> None:
        self._held.discard(batch)
        self._stream.held -= batch.size

    async def _deliver(self, batch: Batch) -> None:
        async with self._places:
            if self._backup.failing:
                await sleep_unless(
                    self._stream.services.clock, PROBE_SECONDS, self._backup.recovered
                )
            await self._delivery.deliver(batch, batch.records)
        batch.release()
