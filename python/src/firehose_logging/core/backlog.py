"""Everything that waits to be sent: in memory, for another attempt, or on disk."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from firehose_logging.core.batching import Batch, merge
from firehose_logging.core.retry import RetryQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.buffer import RecordBuffer
    from firehose_logging.core.spilling import Spilling
    from firehose_logging.core.spool import Spool

NEVER: Final = float("inf")


class BatchPolicy(NamedTuple):
    """How batches are made.

    Attributes:
        flush_interval: Seconds that a record waits for company at most.
        max_batch_records: Records in a batch at most.
        max_batch_bytes: Raw bytes in a batch at most.
    """

    flush_interval: float
    max_batch_records: int
    max_batch_bytes: int


class Backlog:
    """Records in the order in which they leave: retries that are due, the spool, the buffer."""

    def __init__(
        self,
        policy: BatchPolicy,
        buffer: RecordBuffer,
        spool: Spool | None = None,
        spilling: Spilling | None = None,
    ) -> None:
        """Make it of a ``buffer``, and maybe a ``spool`` with the ``spilling`` that fills it."""
        self._policy = policy
        self._buffer = buffer
        self._spool = spool
        self._spilling = spilling
        self._retries = RetryQueue()
        # Where there is a spool, nothing is moved to it while order or totals are at stake.
        self.lock: Any = threading.RLock() if spilling is None else spilling.lock
        self._aside: deque[bytes] = deque()

    def next_due(self, now: float, *, hurry: bool) -> float:
        """Return when the next batch is due, infinity if nothing waits."""
        with self.lock:
            if self._is_interrupted():
                return self._retries.next_due()
            if self._has_spooled():
                due = now if hurry else self._next_spooled_due(now)
                return min(self._retries.next_due(), due)
            return min(self._retries.next_due(), self.next_fresh_due(now, hurry=hurry))

    def next_fresh_due(self, now: float, *, hurry: bool) -> float:
        """Return when records that are new are due, infinity if there are none."""
        with self.lock:
            oldest = self._buffer.oldest()
            if oldest == NEVER or self._is_written_ahead() or self._is_interrupted():
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
        while True:
            try:
                data = self._aside.popleft()
            except IndexError:  # nothing is left, or another thread was quicker
                return
            self._buffer.append_now(data)

    def take(self, now: float) -> Batch:
        """Remove the next batch."""
        with self.lock:
            self.bring_in()
            records, size = self._policy.max_batch_records, self._policy.max_batch_bytes
            batch, complete = self._retries.take_due(now, records, size)
            if self._is_interrupted():
                return batch
            if not len(batch) and self._spool is not None:
                batch = self._spool.take(records, size)
                complete = batch.origin is not None
            if complete or self._has_spooled():
                return batch
            return self._fill_up(batch, records, size - batch.size())

    def give_back(self, batch: Batch, now: float, *, to_disk: bool = False) -> None:
        """Put back a batch that could not be sent; it is the next to leave.

        It goes ``to_disk`` if that can be done, and so it does if later records are there.
        """
        with self.lock:
            if batch.origin is not None:
                self._retries.add(now, batch)
            elif self._spilling is not None and (to_disk or self._has_spooled()):
                self._keep_in_memory(self._spilling.put_ahead(batch), now)
            else:
                self._keep_in_memory(batch, now)

    def retry(self, batch: Batch, due: float, *, alone: bool = False) -> None:
        """Keep records for another attempt."""
        self._retries.add(due, batch, alone=alone)

    def spool_fresh(self) -> Batch:
        """Put on disk what never was sent; return what of it can't be."""
        with self.lock:
            if self._spilling is not None:
                self._spilling.write_everything()
            return self._buffer.take_older(NEVER)

    def settle(self, batch: Batch) -> None:
        """Note that records have left for good."""
        if batch.origin is not None and self._spool is not None:
            self._spool.settle(batch.origin, len(batch))

    def make_retries_due(self) -> None:
        """Cut short every back-off of single records."""
        self._retries.make_due()

    def refuse_late(self, on_late: Callable[[Batch], None]) -> None:
        """Hand whatever waits, and is logged from now on, to ``on_late``."""
        self._buffer.close(on_late)

    def take_older(self, than: float) -> list[Batch]:
        """Remove the records in memory that were accepted before ``than``."""
        if self.oldest_in_memory() >= than:
            return []
        with self.lock:
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

    def longest_rest(self) -> float | None:
        """Return the seconds after which another process may have left something; None: never."""
        return None if self._spool is None else self._spool.scan_interval

    def write_ahead(self) -> None:
        """Have on disk what has to be there."""
        if self._spilling is not None:
            self._spilling.write_ahead()

    def leave(self, flying: Batch | None) -> Batch:
        """Leave everything, with what is on its way, to the next process.

        Returns:
            What there is no spool for, or what it does not take.
        """
        with self.lock:
            self.bring_in()
            early = [*([flying] if flying else []), *self._retries.take_all()]
            if self._spool is None:
                return merge([*early, self._buffer.take_older(NEVER)])
            lost = []
            if not self._spool.replace_loaded(merge([*early, self._spool.take_loaded()])):
                lost += [batch for batch in early if batch.origin is None]
            lost.append(self.spool_fresh())
            self._spool.close()
            return merge(lost)

    def _next_spooled_due(self, now: float) -> float:
        """Return when the spool is due: at once, but for what is new and waits for company."""
        spool, policy = self._spool, self._policy
        if spool is None or not self._is_written_ahead():
            return now
        if spool.is_being_filled(policy.max_batch_records, policy.max_batch_bytes):
            return spool.oldest() + policy.flush_interval
        return now

    def _keep_in_memory(self, batch: Batch, now: float) -> None:
        if self._has_spooled():
            if len(batch):
                self._retries.add(now, batch)
        else:
            self._buffer.give_back(batch)

    def _has_spooled(self) -> bool:
        return self._spool is not None and self._spool.has_records()

    def _is_interrupted(self) -> bool:
        return self._spilling is not None and self._spilling.is_interrupted()

    def _is_written_ahead(self) -> bool:
        return self._spilling is not None and self._spilling.writes_everything()

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
