"""Buffers that close by size or time (statements B1 and B3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from firehose_logging.local.clock import Clock
from firehose_logging.local.firehose.journal import Journal
from firehose_logging.local.firehose.records import Batch, Records
from firehose_logging.local.firehose.tasks import Tasks

ZERO_INTERVAL = 0.5
"""Seconds that interval 0 stands for: AWS delivers "within a few seconds" then (B3)."""


class Hints(NamedTuple):
    """When a buffer closes: at ``size`` bytes or after ``interval`` seconds."""

    size: int
    interval: float


class Collector:
    """Collect records into batches.

    Args:
        clock: measures the interval.
        timers: runs it.
        hints: tells the hints that count now.
        emit: takes each batch once it is closed.
        journal: keeps what is collected, until its batch is released.
    """

    def __init__(
        self,
        clock: Clock,
        timers: Tasks,
        *,
        hints: Callable[[], Hints],
        emit: Callable[[Batch], None],
        journal: Journal,
    ) -> None:
        self._clock = clock
        self._timers = timers
        self._hints = hints
        self._emit = emit
        self._journal = journal
        self._open: Batch | None = None
        self._timer: asyncio.Task[None] | None = None

    def add(self, records: Records, size: int, parent: Batch | None = None) -> int:
        """Take records in order of arrival.

        Args:
            records: at least one.
            size: the sum of their bytes.
            parent: the batch they come from; held until theirs is released.

        Returns:
            How many of them were taken, the first ones; the journal can't keep the others.

        Raises:
            OSError: the journal can't keep any of them.
        """
        limit, count = self._hints().size, len(records)
        while records:
            batch = self._open or Batch(self._journal.begin())
            fitting, taken = len(records), size
            if batch.size + size >= limit:
                fitting, taken = _until_full(records, limit - batch.size)
            try:
                self._append(batch, records[:fitting], taken, parent)
            except OSError:
                self._give_up(batch)
                if len(records) == count:
                    raise
                break
            self._open_if_new(batch)
            records, size = records[fitting:], size - taken
            if batch.size >= limit:
                self.flush()
        return count - len(records)

    @property
    def oldest(self) -> float | None:
        """Arrival time of the first record that waits; ``None`` when none does."""
        return self._open.oldest if self._open is not None else None

    @property
    def count(self) -> int:
        """How many records wait."""
        return self._open.count if self._open is not None else 0

    def flush(self) -> None:
        """Close what is open."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._open = self._open, None
        if batch is not None:
            batch.segment.seal()
            self._emit(batch)

    def _open_if_new(self, batch: Batch) -> None:
        if batch is not self._open:
            self._open = batch
            self._timer = self._timers.spawn(self._close_in_time(), "buffering interval")

    def _give_up(self, batch: Batch) -> None:
        """Go on with another batch after a failure that this one can't be rid of."""
        if batch is not self._open:
            batch.segment.delete()
        elif not batch.segment.takes_more:
            self.flush()

    @staticmethod
    def _append(batch: Batch, records: Records, size: int, parent: Batch | None) -> None:
        batch.segment.append(records)
        batch.records.extend(records)
        batch.size += size
        if parent is not None:
            batch.hold_parent(parent)

    async def _close_in_time(self) -> None:
        await self._clock.sleep(self._hints().interval or ZERO_INTERVAL)
        self._timer = None
        self.flush()


def _until_full(records: Records, room: int) -> tuple[int, int]:
    taken = 0
    for count, data in enumerate(records.data, 1):
        taken += len(data)
        if taken >= room:
            return count, taken
    return len(records), taken
