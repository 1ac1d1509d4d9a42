"""The way of a stream's records: buffer, transform, buffer, deliver several batches at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import nullcontext

from firehose_logging.local.firehose.backup import Backup
from firehose_logging.local.firehose.buffering import Collector, Hints
from firehose_logging.local.firehose.delivery import Delivery
from firehose_logging.local.firehose.error_log import ErrorLog
from firehose_logging.local.firehose.journal import Journal, MemoryOnly
from firehose_logging.local.firehose.parking import Parking
from firehose_logging.local.firehose.records import Batch, Records
from firehose_logging.local.firehose.settings import TransformSettings
from firehose_logging.local.firehose.streams import Stream
from firehose_logging.local.firehose.tasks import Tasks
from firehose_logging.local.firehose.transformation import Transformation
from firehose_logging.local.firehose.waiting import sleep_unless

_LOG = logging.getLogger(__name__)
MAX_IN_FLIGHT = 4
"""Batches of one stream that are delivered at the same time (B2)."""
PROBE_SECONDS = 60.0
"""How long a paused stream waits before it lets a batch try (B4)."""

DURABLE_STOP_SECONDS = 2.0
"""How long the end waits for deliveries whose records a later process can take up."""


class Pipeline:
    """Everything that happens to the records of one stream after they were accepted."""

    def __init__(self, stream: Stream, journal: Journal) -> None:
        services = stream.services
        self._stream = stream
        self._journal = journal
        self._work = Tasks()
        self._timers = Tasks()
        self._errors = ErrorLog(services.clock, services.aws, self._timers, stream.arn)
        self._backup = Backup(stream, self._errors, self._work, self._timers)
        self._transformation = Transformation(stream, self._backup, self._errors)
        self._delivery = Delivery(stream, self._backup, self._errors)
        self._incoming = Collector(
            services.clock,
            self._timers,
            hints=self._incoming_hints,
            emit=self._begin,
            journal=journal,
        )
        self._outgoing = Collector(
            services.clock,
            self._timers,
            hints=self._outgoing_hints,
            emit=self._begin_delivery,
            journal=MemoryOnly(),
        )
        self._held: set[Batch] = set()
        self._undelivered: set[Batch] = set()
        self._places = asyncio.Semaphore(MAX_IN_FLIGHT)
        self._parking = Parking()
        self._stopping = False

    def accept(self, records: Records, size: int) -> int:
        """Take records that are to be acknowledged; ``size`` is the sum of their bytes.

        Returns:
            How many of them were taken, the first ones; the journal can't keep the others.

        Raises:
            OSError: the journal can't keep any of them, or the stream comes to its end.
        """
        if self._stopping:
            raise OSError(f"{self._stream.name} is ending")
        count = self._incoming.add(records, size)
        self._stream.held += size if count == len(records) else records[:count].size
        return count

    @property
    def oldest_undelivered(self) -> float | None:
        """Arrival time of the oldest record on its way; ``None`` when there is none."""
        waiting = [self._incoming.oldest, self._outgoing.oldest]
        waiting += [batch.oldest for batch in self._undelivered]
        return min((arrived for arrived in waiting if arrived is not None), default=None)

    @property
    def held_records(self) -> int:
        """How many acknowledged records are neither delivered nor backed up."""
        return self._incoming.count + sum(batch.count for batch in self._held)

    async def flush(self, seconds: float) -> None:
        """Close every buffer at once, and wait ``seconds`` of real time at most for the rest."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._flush():
            if not await self._work.wait(deadline - asyncio.get_running_loop().time()):
                return

    def kept(self) -> list[Batch]:
        """Return the batches that an earlier process left; raise ``StoreError``."""
        return list(self._journal.kept())

    def resume(self, kept: Iterable[Batch]) -> None:
        """Take up the batches that an earlier process left."""
        for batch in kept:
            self._stream.held += batch.size
            self._begin(batch)

    async def stop(self, seconds: float) -> None:
        """Deliver or back up what is held, within ``seconds`` of real time.

        What that is too short for is lost and counted, unless the journal keeps it.
        """
        self._stopping = True
        if self._journal.durable:
            seconds = min(seconds, DURABLE_STOP_SECONDS)
        else:
            self._transformation.hurry()
            self._delivery.hurry()
            self._backup.hurry()
        await self.flush(seconds)
        await self._work.cancel()
        if self._held and not self._journal.durable:
            count = sum(batch.count for batch in self._held)
            self._stream.lose(count, "neither delivered nor backed up before the end")
        await self._errors.flush()
        await self._timers.cancel()

    def _flush(self) -> bool:
        self._incoming.flush()
        self._outgoing.flush()
        return self._backup.flush() or self._work.busy

    def _incoming_hints(self) -> Hints:
        transform = self._stream.settings.transform
        if transform is None:
            return self._outgoing_hints()
        return Hints(transform.buffer_bytes, transform.interval)

    def _outgoing_hints(self) -> Hints:
        return Hints(self._stream.settings.buffer_bytes, self._stream.settings.interval)

    def _begin(self, batch: Batch) -> None:
        batch.on_release = self._released
        self._held.add(batch)
        settings = self._stream.settings
        if settings.all_documents:
            self._backup.add(None, batch.records.data, batch.oldest, batch)
        if settings.transform is None:
            self._begin_delivery(batch)
        else:
            self._undelivered.add(batch)
            self._work.spawn(self._transform(batch, settings.transform), "transformation")

    def _released(self, batch: Batch) -> None:
        self._held.discard(batch)
        self._stream.held -= batch.size

    async def _transform(self, batch: Batch, settings: TransformSettings) -> None:
        records = await self._transformation.transform(batch, settings)
        if records:
            self._outgoing.add(records, records.size, batch)
        self._undelivered.discard(batch)
        batch.release()

    def _begin_delivery(self, batch: Batch) -> None:
        self._undelivered.add(batch)
        self._work.spawn(self._deliver(batch), "delivery")

    async def _deliver(self, batch: Batch) -> None:
        with self._parking.waiting(batch) if self._places.locked() else nullcontext():
            await self._places.acquire()
        try:
            if self._backup.failing:
                await sleep_unless(
                    self._stream.services.clock, PROBE_SECONDS, self._backup.recovered
                )
            await self._deliver_at_last(batch)
        finally:
            self._places.release()
        self._undelivered.discard(batch)
        batch.release()

    async def _deliver_at_last(self, batch: Batch) -> None:
        while not await self._delivered(batch):
            await self._stream.services.clock.sleep(PROBE_SECONDS)

    async def _delivered(self, batch: Batch) -> bool:
        try:
            await self._delivery.deliver(batch, batch.records)
        except Exception:  # noqa: BLE001 - a fault of the stack must not cost acknowledged records
            _LOG.exception("%s: a batch stays where it is for now", self._stream.arn)
            return False
        return True
