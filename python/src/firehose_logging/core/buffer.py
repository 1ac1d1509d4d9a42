"""Hold records between the threads that log and the one that sends."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from firehose_logging.core.batching import Batch, Waiting, take_batch
from firehose_logging.core.patience import lending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from firehose_logging.core.counters import Counters
    from firehose_logging.core.wakeup import Wakeup

NEVER: Final = 1 << 62

RECORD_OVERHEAD: Final = 128
"""Bytes that CPython needs for a waiting record besides those of its JSON.

A ``bytes`` object's head, the pair that holds it, its time of arrival, and its place in the queue.
"""

_LONGEST_WAIT: Final = 60.0


class BufferLimits:
    """How much a buffer holds, and what it does beyond.

    Attributes:
        max_records: Records that wait at most.
        max_bytes: Bytes of memory that waiting records take at most, ``RECORD_OVERHEAD`` included.
        overflow: ``drop_oldest``, ``drop_newest`` or ``block``.
        block_timeout: Seconds that ``block`` makes a caller wait at most.
        batch_records: Records that make a batch worth sending.
        batch_bytes: Raw bytes that make a batch worth sending.
    """

    def __init__(
        self,
        *,
        max_records: int,
        max_bytes: int,
        overflow: str,
        block_timeout: float,
        batch_records: int,
        batch_bytes: int,
    ) -> None:
        self.max_records = max_records
        self.max_bytes = max_bytes
        self.overflow = overflow
        self.block_timeout = block_timeout
        self.batch_records = batch_records
        self.batch_bytes = batch_bytes


class RecordBuffer:
    """A queue bounded by records and by bytes.

    In the common case a caller takes no lock. Threads that met at one would go on to meet there:
    whoever is woken from a lock's queue has it before CPython lets it run, so that all others have
    to queue as well, record for record, at twice the cost.

    The lock is held for moments only, never while anything is sent, written or waited for. It is
    re-entrant, for a destructor or a signal handler may log in the middle of anything.
    """

    def __init__(
        self,
        limits: BufferLimits,
        counters: Counters,
        wakeup: Wakeup,
        clock: Callable[[], float] = time.monotonic,
        *,
        high_water: Wakeup | None = None,
        spills: Callable[[], bool] = lambda: False,
        lend: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        """Make a buffer.

        Args:
            limits: How much it holds.
            counters: Where drops are counted.
            wakeup: Set when the sender has something to do.
            clock: Seconds that never run backwards.
            high_water: Set when more than half of it is full; None if that is nobody's concern.
            spills: Whether somebody moves on what exceeds the bounds, so that nothing is dropped.
            lend: Lets go of every lock that a caller who waits for room may hold, for whoever
                is to make it.
        """
        self._limits = limits
        self._high_water = high_water
        self._spills = spills
        self._counters = counters
        self._wakeup = wakeup
        self._clock = clock
        self._blocks = limits.overflow == "block"
        self._waiting: deque[Waiting] = deque()
        self.lock = threading.RLock()
        self._room = threading.Condition(self.lock)
        self._lend = (lambda: lending([self.lock])) if lend is None else lend
        self._bytes = 0
        self._removed = 0
        self._held_records = 0
        self._held_bytes = 0
        self._wake_at_records = NEVER
        # Below these two there is nothing to be done but to append.
        self._calm_records = 0
        self._calm_bytes = 0
        self._looks = 0
        self._on_late: Callable[[Batch], None] | None = None
        self._look_ahead()
        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            self.append_now = self._append_locked  # type: ignore[method-assign]  # for this object

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def accepted(self) -> int:
        """Records that were ever appended."""
        with self.lock:
            return self._removed + len(self._waiting)

    def append(self, data: bytes) -> None:
        """Take an encoded record; what exceeds the bounds goes as the overflow policy says."""
        if self._blocks and not self._has_room_for_sure(len(data)):
            self._append_once_there_is_room(data)
            return
        self.append_now(data)

    def append_now(self, data: bytes) -> None:
        """Take an encoded record without waiting for room, whatever the policy."""
        size = len(data) + RECORD_OVERHEAD
        self._waiting.append((data, self._clock()))
        # No call within: neither a signal handler nor, thanks to the GIL, a thread comes between.
        self._bytes += size
        if len(self._waiting) > self._calm_records or self._bytes > self._calm_bytes:
            with self.lock:
                self._react()

    def _append_locked(self, data: bytes) -> None:
        """Do the same where there is no GIL."""
        with self.lock:
            RecordBuffer.append_now(self, data)

    def _append_once_there_is_room(self, data: bytes) -> None:
        deadline = time.monotonic() + self._limits.block_timeout
        while not self._append_if_it_fits(data):
            left = deadline - time.monotonic()
            if left <= 0:
                self._refuse()
                return
            with self._lend(), self._room:
                if self._has_to_wait(len(data)):
                    self._room.wait(min(left, _LONGEST_WAIT))

    def _append_if_it_fits(self, data: bytes) -> bool:
        """Look for room and take it in one step: of those who waited together not all may fit."""
        with self.lock:
            if self._has_to_wait(len(data)):
                return False
            self.append_now(data)
            return True

    def _refuse(self) -> None:
        with self.lock:
            self._removed += 1
            self._counters.add_dropped("overflow", 1)

    def _has_room_for_sure(self, size: int) -> bool:
        """Tell, without the lock, whether there is room; callers who ask together may all be told.

        So a buffer may hold as many records too many as there are threads.
        """
        more = size + RECORD_OVERHEAD
        return len(self._waiting) < self._calm_records and self._bytes + more <= self._calm_bytes

    def _has_to_wait(self, size: int) -> bool:
        return self._on_late is None and self._exceeds(1, size)

    def close(self, on_late: Callable[[Batch], None]) -> None:
        """Hand whatever waits, and whatever is appended from now on, to ``on_late``."""
        with self.lock:
            self._on_late = on_late
            self._react()
        self._tell_room()

    def oldest(self) -> float:
        """Return when the oldest waiting record was accepted, infinity when none waits."""
        try:
            return self._waiting[0][1]
        except IndexError:
            return float("inf")

    def holds_full_batch(self) -> bool:
        """Tell whether what waits is worth sending at once.

        A buffer smaller than two batches does not wait for the first to be complete.
        """
        limits, records = self._limits, len(self._waiting)
        raw = self._bytes - RECORD_OVERHEAD * records
        return (
            records >= limits.batch_records
            or raw >= limits.batch_bytes
            or self.is_above_high_water()
        )

    def is_above_high_water(self) -> bool:
        """Tell whether it is more than half full."""
        limits = self._limits
        return 2 * len(self._waiting) > limits.max_records or 2 * self._bytes > limits.max_bytes

    def take(self, max_records: int, max_bytes: int) -> Batch:
        """Remove a batch of the oldest records, which may come back."""
        with self.lock:
            if self.counts_records_on_their_way:
                self._calm_records = -1  # nobody takes the places of those that may come back
            batch = take_batch(self._waiting, max_records, max_bytes)
            self._count_removed(len(batch), batch.size())
            if self.counts_records_on_their_way:
                self._hold_more(len(batch), batch.size())
            self._look_ahead()
        self._tell_room()
        return batch

    def overflows(self) -> bool:
        """Tell whether it holds more than its bounds, which only happens where it spills."""
        return self._exceeds(0, 0)

    def shed(self) -> None:
        """Drop what exceeds the bounds after all; who may wait for room is left to do so."""
        with self.lock:
            if not self._blocks and self._exceeds(0, 0):
                self._drop_excess()

    def peek(self, max_records: int, max_bytes: int) -> Batch:
        """Return a batch of the oldest records, which stay."""
        with self.lock:
            # Whole, since a signal handler may log between two steps of going through it.
            waiting = self._waiting.copy()
        return take_batch(waiting, max_records, max_bytes)

    def remove(self, batch: Batch) -> None:
        """Remove the records of ``batch`` that still are the oldest."""
        with self.lock:
            removed = [data for data in batch.data if self._pop_if_oldest(data)]
            self._count_removed(len(removed), sum(map(len, removed)))
            self._look_ahead()
        self._tell_room()

    def give_back(self, batch: Batch) -> None:
        """Put records back where they came from, in front of all others."""
        with self.lock:
            self._waiting.extendleft(reversed(batch.waiting()))
            self._count_removed(-len(batch), -batch.size())
            if self.counts_records_on_their_way:
                self._hold_more(-len(batch), -batch.size())
            self._react()

    def take_older(self, than: float) -> Batch:
        """Remove the records that were accepted before ``than``."""
        if self.oldest() >= than:
            return Batch([], [])
        with self.lock:
            old = Batch.of(self._pop_older(than))
            self._count_removed(len(old), old.size())
            self._look_ahead()
        self._tell_room()
        return old

    @property
    def counts_records_on_their_way(self) -> bool:
        """Whether a batch that is being sent still takes up room.

        It may come back. Where the oldest records go first, that costs its own records; where
        they stay, nobody may have taken their places.
        """
        return self._limits.overflow != "drop_oldest"

    def hold(self, records: int, size: int) -> None:
        """Count records that are elsewhere, for another attempt, as part of this buffer."""
        with self.lock:
            self._held_records = records
            self._held_bytes = size + RECORD_OVERHEAD * records
            self._look_ahead()
        self._tell_room()

    def wake_when(self, *, any_waits: bool) -> bool:
        """Arm the wake-up: when a record comes, or else when a batch is worth sending.

        Returns:
            True if that is the case already, so that there is nothing to wait for.
        """
        with self.lock:
            self._wake_at_records = 1 if any_waits else self._limits.batch_records
            self._look_ahead()
            return self._is_ready()

    def _react(self) -> None:
        if self._on_late is not None:
            self._look_ahead()
            self._on_late(self.take_older(float("inf")))
            return
        if self._high_water is not None and self.is_above_high_water():
            self._high_water.set()
        # Where callers block, a record has its place before it is appended.
        if not self._blocks and self._exceeds(0, 0) and not self._spills():
            self._drop_excess()
        if self._is_ready():
            self._wake_at_records = NEVER
            self._wakeup.set()
        self._look_ahead()

    def _look_ahead(self) -> None:
        self._looks += 1
        look, limits = self._looks, self._limits
        records = limits.max_records - self._held_records
        size = limits.max_bytes - self._held_bytes
        armed = self._wake_at_records != NEVER
        if armed or self._high_water is not None:
            records = min(records, limits.max_records // 2)
            size = min(size, limits.max_bytes // 2)
        if armed:
            records = min(records, self._wake_at_records - 1)
            size = min(size, limits.batch_bytes - 1 + RECORD_OVERHEAD * len(self._waiting))
        if self._on_late is not None:
            records = -1
        # Otherwise a signal handler, or whoever it lent the lock to, has looked further meanwhile.
        if look == self._looks:
            self._calm_records = records
            self._calm_bytes = size

    def _is_ready(self) -> bool:
        if self._wake_at_records == NEVER:
            return False
        return len(self._waiting) >= self._wake_at_records or self.holds_full_batch()

    def _exceeds(self, more_records: int, more_bytes: int) -> bool:
        records = len(self._waiting) + self._held_records + more_records
        size = self._bytes + self._held_bytes + more_bytes + RECORD_OVERHEAD * more_records
        return records > self._limits.max_records or size > self._limits.max_bytes

    def _drop_excess(self) -> None:
        drop = (
            self._waiting.popleft if self._limits.overflow == "drop_oldest" else self._waiting.pop
        )
        dropped = 0
        while self._waiting and self._exceeds(0, 0):
            data, _ = drop()
            self._count_removed(1, len(data))
            dropped += 1
        if dropped:
            self._counters.add_dropped("overflow", dropped)

    def _pop_if_oldest(self, data: bytes) -> bool:
        if not self._waiting or self._waiting[0][0] is not data:
            return False
        self._waiting.popleft()
        return True

    def _pop_older(self, than: float) -> Iterator[Waiting]:
        while self._waiting and self._waiting[0][1] < than:
            yield self._waiting.popleft()

    def _count_removed(self, records: int, size: int) -> None:
        self._removed += records
        self._bytes -= size + RECORD_OVERHEAD * records

    def _hold_more(self, records: int, size: int) -> None:
        self._held_records += records
        self._held_bytes += size + RECORD_OVERHEAD * records

    def _tell_room(self) -> None:
        if self._blocks:
            with self._room:
                self._room.notify_all()
