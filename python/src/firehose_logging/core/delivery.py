"""Bring records to the stream; what fails goes round again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from firehose_logging.core import sending
from firehose_logging.core.streams import BUSY_BACKOFF, REFUSED_BACKOFF, Stream, Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from firehose_logging.core.backlog import Backlog
    from firehose_logging.core.batching import Batch
    from firehose_logging.core.counters import Counters
    from firehose_logging.core.fallback import Fallback, Notices

_CLOCK_SLACK: Final = 0.001
"""Seconds by which a rest is longer, so that rounding makes nobody come too early."""

DOWN_AFTER: Final = 3
"""Requests in a row that fail before a stream counts as down: it is told, and the spool used."""


class Sender(Protocol):
    """Whoever can send a batch."""

    def send(self, stream: str, records: Sequence[bytes]) -> sending.Answer:
        """Send ``records`` to ``stream`` once and say what became of them."""


class Report(NamedTuple):
    """Where it is told what becomes of records."""

    counters: Counters
    fallback: Fallback
    notices: Notices


class Delivery:
    """One step at a time, by one thread at a time; other threads may look on or take over.

    ``clock`` gives seconds that never run backwards, ``random`` numbers from 0 up to 1, and
    ``max_retry_age`` is the seconds after which a record is given up.
    """

    def __init__(
        self,
        *,
        backlog: Backlog,
        streams: Streams,
        sender: Sender,
        report: Report,
        max_retry_age: float,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._backlog = backlog
        self._streams = streams
        self._sender = sender
        self._counters, self._fallback, self._notices = report
        self._max_retry_age = max_retry_age
        self._clock = clock
        self._random = random
        # Re-entrant, so that a signal handler may flush.
        self.lock = threading.RLock()
        self._in_flight: Batch | None = None
        self._unconfigured = False
        self._abandoned = False
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
        if hurry:
            self._backlog.bring_in()
            self._backlog.write_ahead()
        with self.lock:
            stream, batch = self._take_batch(hurry)
            if stream is None or batch is None:
                return self._rest(hurry)
        answer = self._sender.send(stream.name, batch.data)
        with self.lock:
            if self._in_flight is batch:
                self._in_flight = None
                self._settle(stream, batch, answer)
                self._backlog.count_on_its_way(None)
        return 0.0

    def try_again_now(self) -> None:
        """Cut short every back-off that is running, once."""
        with self.lock:
            self._streams.make_ready()
            self._backlog.make_retries_due()

    def oldest(self) -> float:
        """Return when the oldest record that has not left was accepted, else infinity."""
        with self.lock:
            flying = self._in_flight.oldest() if self._in_flight else float("inf")
            return min(flying, self._backlog.oldest())

    def queued(self) -> int:
        """Return how many records of this process have not left."""
        with self.lock:
            flying = self._in_flight
            counted = flying is not None and flying.origin is None
            return self._backlog.records() + (len(flying) if flying and counted else 0)

    def abandon(self, reason: str) -> None:
        """Put everything that has not left into the spool, or else the fallback, for good.

        A batch on its way is included, for nobody will wait for its answer.
        """
        with self.lock:
            self._abandoned = True
            flying, self._in_flight = self._in_flight, None
            self._lose(self._backlog.leave(flying), reason)
            self._backlog.count_on_its_way(None)
        self._backlog.refuse_late(lambda batch: self._lose(batch, reason))

    def _take_batch(self, hurry: bool) -> tuple[Stream | None, Batch | None]:
        now = self._clock()
        if self._abandoned:
            return None, None
        self._give_up_old(now)
        due = self._backlog.next_due(now, hurry=hurry) <= now
        stream = self._streams.choose(now) if due else None
        if stream is None:
            if self._unconfigured and self._backlog.next_fresh_due(now, hurry=hurry) <= now:
                self._lose(self._backlog.spool_fresh(), "unconfigured")
            return None, None
        batch = self._without_old(self._backlog.take(now), now)
        if not len(batch):
            return None, None
        self._in_flight = batch
        self._backlog.count_on_its_way(batch)
        return stream, batch

    def _settle(self, stream: Stream, batch: Batch, answer: sending.Answer) -> None:
        now = self._clock()
        self._unconfigured = answer.kind == sending.UNCONFIGURED
        if answer.kind == sending.DELIVERED:
            self._count_sent(batch)
            self._went_through(stream)
        elif answer.kind == sending.PARTIAL:
            self._settle_partial(stream, batch, answer, now)
        elif answer.kind == sending.REJECTED:
            self._settle_rejected(stream, batch, answer, now)
        elif answer.kind == sending.BUSY:
            stream.failed(now, BUSY_BACKOFF, self._random)
            self._counters.add_retried(len(batch))
            if stream.failures >= DOWN_AFTER:
                self._notices.tell(
                    "busy", f"delivery stream {stream.name!r} can't be reached: {answer.problem}"
                )
            self._put_back(stream, batch, now)
        else:
            stream.failed(now, REFUSED_BACKOFF, self._random)
            self.refusals += 1
            self._notices.tell("refused", f"{answer.problem}; trying again now and then")
            self._put_back(stream, batch, now)

    def _put_back(self, stream: Stream, batch: Batch, now: float) -> None:
        self._backlog.give_back(batch, now, to_disk=stream.failures >= DOWN_AFTER)

    def _went_through(self, stream: Stream) -> None:
        stream.succeeded()
        self._notices.forget("refused")

    def _settle_partial(
        self, stream: Stream, batch: Batch, answer: sending.Answer, now: float
    ) -> None:
        failed = batch.select(answer.failed)
        refused = set(answer.failed)
        self._count_sent(batch.select([i for i in range(len(batch)) if i not in refused]))
        self._counters.add_retried(len(failed))
        if 2 * len(failed) > len(batch):
            stream.failed(now, BUSY_BACKOFF, self._random)
        else:
            self._went_through(stream)
        failed.attempts = [attempts + 1 for attempts in failed.attempts]
        for attempts in set(failed.attempts):
            indexes = [i for i, its in enumerate(failed.attempts) if its == attempts]
            due = now + BUSY_BACKOFF.pause(attempts, self._random)
            self._backlog.retry(failed.select(indexes), due)

    def _settle_rejected(
        self, stream: Stream, batch: Batch, answer: sending.Answer, now: float
    ) -> None:
        stream.succeeded()
        if len(batch) > 1:
            for half in batch.halves():
                self._backlog.retry(half, now, alone=True)
            return
        self._counters.add_dropped("rejected", 1)
        self._notices.tell("rejected", f"Firehose rejects a record: {answer.problem}")
        self._leave(batch)

    def _give_up_old(self, now: float) -> None:
        for batch in self._backlog.take_older(now - self._max_retry_age):
            self._lose(batch, "expired")

    def _without_old(self, batch: Batch, now: float) -> Batch:
        """Give up what has become too old in the spool."""
        limit = now - self._max_retry_age
        if batch.oldest() >= limit:
            return batch
        born = batch.born
        self._lose(batch.select([i for i, at in enumerate(born) if at < limit]), "expired")
        return batch.select([i for i, at in enumerate(born) if at >= limit])

    def _rest(self, hurry: bool) -> float | None:
        now = self._clock()
        due = self._backlog.next_due(now, hurry=hurry)
        if due == float("inf"):
            ready = self._backlog.wake_when_due(idle=True)
            return 0.0 if ready else self._backlog.longest_rest()
        resume = self._streams.next_resume()
        if resume <= now < due and self._backlog.wake_when_due(idle=False):
            return 0.0
        wake = max(due, resume)
        if self._unconfigured:  # what is new goes elsewhere meanwhile
            wake = min(wake, self._backlog.next_fresh_due(now, hurry=hurry))
        expiry = self._backlog.oldest_in_memory() + self._max_retry_age + _CLOCK_SLACK
        rest = min(wake, expiry) - now
        return rest + _CLOCK_SLACK if rest > 0 else 0.0

    def _count_sent(self, batch: Batch) -> None:
        self._counters.add_sent(len(batch))
        self._leave(batch)

    def _lose(self, batch: Batch, reason: str) -> None:
        self._fallback.take(batch.data, reason)
        self._leave(batch)

    def _leave(self, batch: Batch) -> None:
        self.left += len(batch)
        self._backlog.settle(batch)
