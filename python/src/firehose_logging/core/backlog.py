"""Everything that waits to be sent: in memory, for another attempt, or on disk."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from firehose_logging.core.batching import Batch
from firehose_logging.core.retry import RetryQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.buffer import RecordBuffer
    from firehose_logging.core.spool import Spool

NEVER: Final = float("inf")

_RECORDS_AT_ONCE: Final = 10_000
_BYTES_AT_ONCE: Final = 1024 * 1024


class BatchPolicy(NamedTuple):
    """How batches are made.

    Attributes:
        flush_interval: Seconds that a record waits for company at most.
        max_batch_records: Records in a batch at most.
        max_batch_bytes: Raw bytes in a batch at most.
        write_ahead: Whether every record goes through the spool.
    """

    flush_interval: float
    max_batch_records: int
    max_batch_bytes: int
    write_ahead: bool = False


class Backlog:
    """Records in the order in which they leave: retries that are due, the spool, the buffer."""

    def __init__(self, policy: BatchPolicy, buffer: RecordBuffer, spool: Spool | None) -> None:
        self._policy = policy
        self._buffer = buffer
        self._spool = spool
        self._retries = RetryQueue()
        # Held while records are in nobody's hands but ours; nobody who logs ever needs it.
        self.lock = threading.RLock()
        self._aside: deque[bytes] = deque()

    def next_due(self, now: float, *, hurry: bool) -> float:
        """Return when the next batch is due, infinity if nothing waits."""
        if self._has_spooled():
            return min(self._retries.next_due(), now)
        return min(self._retries.next_due(), self.next_fresh_due(now, hurry=hurry))

    def next_fresh_due(self, now: float, *, hurry: bool) -> float:
        """Return when records that are new are due, infinity if there are none."""
        oldest = self._buffer.oldest()
        if oldest == NEVER or self._is_written_ahead():
            return NEVER
        if hurry or self._buffer.holds_full_batch():
            return now
        return oldest + self._policy.flush_interval

    def set_aside(self, data: bytes) -> None:
        """Take a record that must not cause a request of its own: it goes with the next one."""
        self._aside.append(data)

    def aside(self) -> int:
        """Return how many records were set aside."""
        return len(self._aside)

    def bring_in(self) -> None:
        """Let the records that were set aside wait with all others."""
        while self._aside:
            self._buffer.append(self._aside.popleft())

    def take(self, now: float) -> Batch:
        """Remove the next batch."""
        with self.lock:
            self.bring_in()
            records, size = self._policy.max_batch_records, self._policy.max_batch_bytes
            batch, complete = self._retries.take_due(now, records, size)
            if not len(batch) and self._spool is not None:
                batch = self._spool.take(records, size)
                complete = batch.origin is not None
            return batch if complete else self._fill_up(batch, records, size - batch.size())

    def give_back(self, batch: Batch, now: float) -> None:
        """Put back a batch that could not be sent; it is the next to leave."""
        if batch.origin is None and not self._has_spooled():
            self._buffer.give_back(batch)
        else:
            self._retries.add(now, batch)

    def retry(self, batch: Batch, due: float, *, alone: bool = False) -> None:
        """Keep records for another attempt."""
        self._retries.add(due, batch, alone=alone)

    def put_on_disk(self, batch: Batch) -> bool:
        """Keep a batch that could not be sent on disk; False if it can't be, or is older.

        What is on disk already came later, and would then be sent before it.
        """
        return not self._has_spooled() and self.spool(batch)

    def spool(self, batch: Batch) -> bool:
        """Put records on disk instead; False if there is no spool, or it does not take them."""
        return batch.origin is None and self._spool is not None and self._spool.append(batch)

    def settle(self, batch: Batch) -> None:
        """Note that records have left for good."""
        if batch.origin is not None and self._spool is not None:
            self._spool.settle(batch.origin, len(batch))

    def make_retries_due(self) -> None:
        """Cut short every back-off of single records."""
        self._retries.make_due()

    def refuse_late(self, on_late: Callable[[Batch], None]) -> None:
        """Hand whatever is logged from now on to ``on_late``."""
        self._buffer.close(on_late)

    def take_fresh(self) -> Batch:
        """Remove what never was sent."""
        return self._buffer.take_older(NEVER)

    def take_older(self, than: float) -> list[Batch]:
        """Remove the records in memory that were accepted before ``than``."""
        if than == NEVER:
            self.bring_in()
        old = self._retries.take_older(than)
        fresh = self._buffer.take_older(than)
        return [*old, fresh] if len(fresh) else old

    def oldest(self) -> float:
        """Return when the oldest record was accepted, infinity if there is none."""
        with self.lock:
            spooled = NEVER if self._spool is None else self._spool.oldest()
            return min(self._retries.oldest(), self._buffer.oldest(), spooled)

    def oldest_in_memory(self) -> float:
        """Return the same without regard to the spool."""
        return min(self._retries.oldest(), self._buffer.oldest())

    def records(self) -> int:
        """Return how many records of this process wait."""
        with self.lock:
            spooled = 0 if self._spool is None else self._spool.backlog()
            return len(self._buffer) + len(self._aside) + self._retries.records + spooled

    def count_on_its_way(self, batch: Batch | None) -> None:
        """Let retries, and a batch on its way where that matters, take up room in the buffer."""
        records, size = self._retries.records, self._retries.bytes
        flies = batch is not None and batch.origin is None
        if batch is not None and flies and self._buffer.counts_records_on_their_way:
            records += len(batch)
            size += batch.size()
        self._buffer.hold(records, size)

    def wake_when_due(self, *, idle: bool) -> bool:
        """Have the sender woken: when a record comes, or else when a batch is worth sending.

        Returns:
            True if that is the case already.
        """
        return not self._is_written_ahead() and self._buffer.wake_when(any_waits=idle)

    def write_ahead(self) -> bool:
        """Move to disk what has to be there; return whether something was moved."""
        if self._spool is None or not len(self._buffer):
            return False
        moved = False
        while self._policy.write_ahead or self._buffer.is_above_high_water():
            with self.lock:
                batch = self._buffer.take(_RECORDS_AT_ONCE, _BYTES_AT_ONCE, for_good=True)
                if not len(batch):
                    return moved
                if not self._spool.append(batch):
                    self._buffer.give_back(batch, for_good=True)
                    return moved
            moved = True
        return moved

    def append_ahead(self, data: bytes) -> None:
        """Take a record, and write what waits if the thread that should have is late.

        So a machine under load keeps the promise as well; nobody waits for another's writing.
        """
        self._buffer.append(data)
        limit = time.monotonic() - self._policy.flush_interval / 2
        is_late = self._buffer.oldest() < limit and self._is_written_ahead()
        if is_late and self.lock.acquire(blocking=False):
            try:
                self.write_ahead()
            finally:
                self.lock.release()

    def leave(self) -> None:
        """Leave the spool to the next process."""
        if self._spool is not None:
            self._spool.close()

    def _has_spooled(self) -> bool:
        return self._spool is not None and self._spool.has_records()

    def _is_written_ahead(self) -> bool:
        spool = self._spool
        return self._policy.write_ahead and spool is not None and not spool.is_broken()

    def _fill_up(self, batch: Batch, max_records: int, room: int) -> Batch:
        if self._is_written_ahead() or (len(batch) and room <= 0) or len(batch) >= max_records:
            return batch
        fresh = self._buffer.take(max_records - len(batch), max(0, room))
        # A single record may exceed what is left, since a batch takes one in any case.
        if len(batch) and fresh.size() > room:
            self._buffer.give_back(fresh)
        else:
            batch.extend(fresh)
        return batch
