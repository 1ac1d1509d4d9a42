"""Bring records from the buffer to the stream; what fails goes round again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from firehose_logging.core import sending
from firehose_logging.core.batching import Batch
from firehose_logging.core.retry import RetryQueue
from firehose_logging.core.streams import BUSY_BACKOFF, REFUSED_BACKOFF, Stream, Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from firehose_logging.core.buffer import RecordBuffer
    from firehose_logging.core.counters import Counters
    from firehose_logging.core.fallback import Fallback, Notices


_CLOCK_SLACK: Final = 0.001
"""Seconds by which a rest is longer, so that rounding makes nobody come too early."""


class Sender(Protocol):
    """Whoever can send a batch."""

    def send(self, stream: str, records: Sequence[bytes]) -> sending.Answer:
        """Send ``records`` to ``stream`` once and say what became of them."""


class DeliveryPolicy(NamedTuple):
    """How batches are made and how long records are tried.

    Attributes:
        flush_interval: Seconds that a record waits for company at most.
        max_batch_records: Records in a batch at most.
        max_batch_bytes: Raw bytes in a batch at most.
        max_retry_age: Seconds after which a record is given up.
    """

    flush_interval: float
    max_batch_records: int
    max_batch_bytes: int
    max_retry_age: float


class Report(NamedTuple):
    """Where it is told what becomes of records."""

    counters: Counters
    fallback: Fallback
    notices: Notices


class Delivery:
    """One step at a time, by one thread at a time; other threads may look on or take over.

    ``clock`` gives seconds that never run backwards, ``random`` numbers from 0 up to 1.
    """

    def __init__(
        self,
        *,
        policy: DeliveryPolicy,
        streams: Streams,
        buffer: RecordBuffer,
        sender: Sender,
        report: Report,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._streams = streams
        self._buffer = buffer
        self._sender = sender
        self._counters, self._fallback, self._notices = report
        self._clock = clock
        self._random = random
        # Re-entrant, so that a signal handler may flush.
        self._lock = threading.RLock()
        self._retries = RetryQueue()
        self._in_flight: Batch | None = None
        self._unconfigured = False
        self.left = 0
        """Records that have left, whichever way."""
        self.refusals = 0
        """Requests that were refused until somebody mends something."""

    def step(self, *, hurry: bool) -> float | None:
        """Send one batch if one is due.

        Args:
            hurry: Do not wait for company.

        Returns:
            Seconds until the next step makes sense; None if nothing waits.
        """
        with self._lock:
            now = self._clock()
            self._give_up_old(now)
            stream = self._streams.choose(now) if self._is_batch_due(now, hurry) else None
            if stream is None:
                self._divert_if_unconfigured(now, hurry)
                return self._rest(now, hurry)
            batch = self._in_flight = self._take_batch(now)
            self._count_held()
        answer = self._sender.send(stream.name, batch.data)
        with self._lock:
            if self._in_flight is batch:
                self._in_flight = None
                self._settle(stream, batch, answer)
                self._count_held()
        return 0.0

    def try_again_now(self) -> None:
        """Cut short every back-off that is running, once."""
        with self._lock:
            self._streams.make_ready()
            self._retries.make_due()

    def oldest(self) -> float:
        """Return when the oldest record that has not left was accepted, else infinity."""
        with self._lock:
            flying = self._in_flight.oldest() if self._in_flight else float("inf")
            return min(flying, self._retries.oldest(), self._buffer.oldest())

    def queued(self) -> int:
        """Return how many records have not left."""
        with self._lock:
            return len(self._buffer) + self._retries.records + len(self._in_flight or ())

    def abandon(self, reason: str) -> None:
        """Hand everything that has not left to the fallback, and whatever is still to come.

        A batch on its way is included, for nobody will wait for its answer.
        """
        self._buffer.close(lambda batch: self._lose(batch, reason))
        with self._lock:
            rest = self._in_flight or Batch([], [])
            rest.extend(self._retries.take_all())
            rest.extend(self._buffer.take_older(float("inf")))
            self._in_flight = None
            self._count_held()
        self._lose(rest, reason)

    def _is_batch_due(self, now: float, hurry: bool) -> bool:
        if self._retries.next_due() <= now:
            return True
        oldest = self._buffer.oldest()
        if oldest == float("inf"):
            return False
        waited = oldest + self._policy.flush_interval <= now
        return hurry or waited or self._buffer.holds_full_batch()

    def _take_batch(self, now: float) -> Batch:
        records, size = self._policy.max_batch_records, self._policy.max_batch_bytes
        batch, complete = self._retries.take_due(now, records, size)
        size -= batch.size()
        if not len(batch) or (not complete and len(batch) < records and size > 0):
            fresh = self._buffer.take(records - len(batch), size)
            # A single record may exceed what is left, since a batch takes one in any case.
            if len(batch) and fresh.size() > size:
                self._buffer.give_back(fresh)
            else:
                batch.extend(fresh)
        return batch

    def _settle(self, stream: Stream, batch: Batch, answer: sending.Answer) -> None:
        now = self._clock()
        self._unconfigured = answer.kind == sending.UNCONFIGURED
        if answer.kind == sending.DELIVERED:
            self._count_sent(len(batch))
            self._went_through(stream)
        elif answer.kind == sending.PARTIAL:
            self._settle_partial(stream, batch, answer, now)
        elif answer.kind == sending.REJECTED:
            self._settle_rejected(stream, batch, answer, now)
        elif answer.kind == sending.BUSY:
            stream.failed(now, BUSY_BACKOFF, self._random)
            self._counters.add_retried(len(batch))
            self._buffer.give_back(batch)
            if stream.failures >= 3:
                self._notices.tell(
                    "busy", f"delivery stream {stream.name!r} can't be reached: {answer.problem}"
                )
        else:
            stream.failed(now, REFUSED_BACKOFF, self._random)
            self.refusals += 1
            self._buffer.give_back(batch)
            self._notices.tell("refused", f"{answer.problem}; trying again now and then")

    def _went_through(self, stream: Stream) -> None:
        stream.succeeded()
        self._notices.forget("refused")

    def _settle_partial(
        self, stream: Stream, batch: Batch, answer: sending.Answer, now: float
    ) -> None:
        failed = batch.select(answer.failed)
        self._count_sent(len(batch) - len(failed))
        self._counters.add_retried(len(failed))
        if 2 * len(failed) > len(batch):
            stream.failed(now, BUSY_BACKOFF, self._random)
        else:
            self._went_through(stream)
        failed.attempts = [attempts + 1 for attempts in failed.attempts]
        for attempts in set(failed.attempts):
            indexes = [i for i, its in enumerate(failed.attempts) if its == attempts]
            due = now + BUSY_BACKOFF.pause(attempts, self._random)
            self._retries.add(due, failed.select(indexes))

    def _settle_rejected(
        self, stream: Stream, batch: Batch, answer: sending.Answer, now: float
    ) -> None:
        stream.succeeded()
        if len(batch) == 1:
            self.left += 1
            self._counters.add_dropped("rejected", 1)
            self._notices.tell("rejected", f"Firehose rejects a record: {answer.problem}")
            return
        for half in batch.halves():
            self._retries.add(now, half, alone=True)

    def _give_up_old(self, now: float) -> None:
        limit = now - self._policy.max_retry_age
        old = self._retries.take_older(limit)
        old.extend(self._buffer.take_older(limit))
        if len(old):
            self._count_held()
            self._lose(old, "expired")

    def _divert_if_unconfigured(self, now: float, hurry: bool) -> None:
        if self._unconfigured and self._is_batch_due(now, hurry):
            self._lose(self._buffer.take_older(float("inf")), "unconfigured")

    def _rest(self, now: float, hurry: bool) -> float | None:
        fresh, retry = self._buffer.oldest(), self._retries.next_due()
        if fresh == retry == float("inf"):
            return 0.0 if self._buffer.wake_when(any_waits=True) else None
        resume = self._streams.next_resume()
        due = min(retry, now if hurry else fresh + self._policy.flush_interval)
        if resume <= now < due and self._buffer.wake_when(any_waits=False):
            return 0.0
        # What can't be configured goes to the fallback meanwhile.
        wake = due if self._unconfigured else max(due, resume)
        oldest = min(fresh, self._retries.oldest())
        expiry = oldest + self._policy.max_retry_age + _CLOCK_SLACK
        rest = min(wake, expiry) - now
        return rest + _CLOCK_SLACK if rest > 0 else 0.0

    def _count_sent(self, count: int) -> None:
        self.left += count
        self._counters.add_sent(count)

    def _count_held(self) -> None:
        records, size = self._retries.records, self._retries.bytes
        if self._buffer.counts_records_on_their_way:
            flying = self._in_flight or Batch([], [])
            records += len(flying)
            size += flying.size()
        self._buffer.hold(records, size)

    def _lose(self, batch: Batch, reason: str) -> None:
        self._fallback.take(batch.data, reason)
        self.left += len(batch)
