"""Put the parts of a handler together, anew in every process."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from firehose_logging.core.backlog import Backlog, BatchPolicy
from firehose_logging.core.buffer import BufferLimits, RecordBuffer
from firehose_logging.core.counters import Counters
from firehose_logging.core.delivery import Delivery, Report
from firehose_logging.core.fallback import Fallback, Notices
from firehose_logging.core.patience import lending
from firehose_logging.core.sending import FirehoseSender
from firehose_logging.core.spilling import Spilling
from firehose_logging.core.spooling import Spooler
from firehose_logging.core.streams import Streams
from firehose_logging.core.wakeup import Wakeup
from firehose_logging.core.worker import Worker

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from firehose_logging.core.config import Settings
    from firehose_logging.core.spool import Spool
    from firehose_logging.core.stats import HandlerStats


class Pipeline:
    """All that stands between an encoded record and Firehose, within one process."""

    def __init__(self, settings: Settings) -> None:
        # Late, because it is slow to import and a program that only imports us does not need it.
        from random import Random

        self.counters = Counters()
        self.fallback = Fallback(settings.fallback, self.counters)
        self.notices = Notices(time.monotonic)
        self._losses = Notices(time.monotonic, self.fallback.notify)
        self._not_started = threading.Lock()
        self._on_drop = settings.on_drop
        self._unreported: dict[str, int] = {}
        wakeup, high_water = Wakeup(), Wakeup()
        self.spool = self._make_spool(settings)
        self.buffer = RecordBuffer(
            BufferLimits(
                max_records=settings.buffer_records,
                max_bytes=settings.buffer_bytes,
                overflow=settings.overflow,
                block_timeout=settings.block_timeout,
                batch_records=settings.max_batch_records,
                batch_bytes=settings.max_batch_bytes,
            ),
            self.counters,
            wakeup,
            high_water=None if self.spool is None else high_water,
            spills=lambda: self.spool is not None and not self.spool.is_broken(),
            lend=self.lending_locks,
        )
        self.append = self.buffer.append_now
        if settings.overflow == "block":
            self.append = self.buffer.append
        self._spooling: list[Spooler] = []
        self._spilling = self._make_spilling(settings, wakeup, high_water)
        policy = BatchPolicy(
            settings.flush_interval, settings.max_batch_records, settings.max_batch_bytes
        )
        self.backlog = backlog = Backlog(policy, self.buffer, self.spool, self._spilling)
        self.sender = FirehoseSender(settings.session, settings.region_name, settings.endpoint_url)
        self.delivery = Delivery(
            backlog=backlog,
            streams=Streams(settings.stream_name),
            sender=self.sender,
            report=Report(self.counters, self.fallback, self.notices),
            max_retry_age=settings.max_retry_age,
            clock=time.monotonic,
            # Not the one that a program may have seeded; and it guards nothing.
            random=Random().random,  # noqa: S311
        )
        self.worker = Worker(
            self.delivery,
            wakeup,
            is_ready=lambda: self.sender.is_ready,
            after_step=self.report_drops,
            on_error=self._report_failure,
        )

    def lending_locks(self) -> AbstractContextManager[None]:
        """Let go of what the calling thread holds, in case it was interrupted in the middle."""
        below = [self.backlog.lock, self.buffer.lock, self.counters.lock, self.notices.lock]
        if self._spilling is not None:
            below = self._spilling.locks()
        return lending([self.delivery.lock, *below, self._losses.lock])

    def start(self) -> None:
        """Start the threads, once."""
        if not self._not_started.acquire(blocking=False):
            return
        self.worker.start()
        for spooler in self._spooling:
            spooler.start()

    def stop(self) -> None:
        """End the threads."""
        for spooler in self._spooling:
            spooler.stop()
        self.worker.stop()

    def leave_to_parent(self) -> None:
        """Let go, in a forked child, of what belongs to the parent."""
        if self.spool is not None:
            self.spool.leave_to_parent()

    def bypass(self, data: bytes, reason: str) -> None:
        """Hand one encoded record to the fallback at once."""
        self.counters.add_bypassed(1)
        self.fallback.take([data], reason)

    def report_drops(self, *, last: bool = False) -> None:
        """Tell ``on_drop`` what was dropped, and once a minute at most a person."""
        dropped = self.counters.take_unreported()
        for reason, count in dropped.items():
            self._unreported[reason] = self._unreported.get(reason, 0) + count
            if self._on_drop is not None:
                try:
                    self._on_drop(reason, count)
                except Exception as error:  # noqa: BLE001 - a callback must not stop sending
                    self.notices.tell("on_drop", f"on_drop raised {type(error).__name__}: {error}")
        if self._unreported and (last or self._losses.is_due("dropped")):
            told, self._unreported = self._unreported, {}
            parts = ", ".join(f"{count} ({reason})" for reason, count in sorted(told.items()))
            if last:
                self._losses.forget("dropped")
            self._losses.tell("dropped", f"log records dropped: {parts}")

    def _report_failure(self, error: Exception) -> None:
        self.notices.tell(
            "failure",
            f"a thread of the handler failed, and goes on: {type(error).__name__}: {error}",
        )

    def _make_spool(self, settings: Settings) -> Spool | None:
        if settings.spool_dir is None:
            return None
        # Late, because few have one.
        from firehose_logging.core.spool import Spool

        return Spool(settings.spool_dir, settings.spool_bytes, self.counters, self.notices)

    def _make_spilling(
        self, settings: Settings, wakeup: Wakeup, high_water: Wakeup
    ) -> Spilling | None:
        if self.spool is None:
            return None
        written = Wakeup()

        def after_writing() -> None:
            written.set()
            wakeup.set()

        ahead_within = settings.flush_interval if settings.spool == "always" else None
        spilling = Spilling(
            self.buffer,
            self.spool,
            writes_ahead=ahead_within is not None,
            after_writing=after_writing,
            clock=time.monotonic,
        )
        self.append = spilling.append if ahead_within is None else spilling.append_ahead
        prepare = self.spool.prepare
        self._spooling = [
            Spooler(
                spilling.write_ahead,
                high_water,
                prepare=prepare,
                interval=ahead_within,
                on_error=self._report_failure,
            ),
            # Apart from the other, because a disk may take its time.
            Spooler(self.spool.sync, written, on_error=self._report_failure),
        ]
        return spilling

    def stats(self) -> HandlerStats:
        """Return the counters as they stand."""
        from firehose_logging.core.stats import HandlerStats

        counters = self.counters
        return HandlerStats(
            accepted=self.buffer.accepted + counters.bypassed + self.backlog.aside(),
            sent=counters.sent,
            retried=counters.retried,
            spooled=counters.spooled,
            fell_back=counters.fell_back,
            dropped=dict(counters.dropped),
            queued=self.delivery.queued(),
        )
