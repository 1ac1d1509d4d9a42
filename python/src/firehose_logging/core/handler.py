"""The edge towards Python's logging."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core import lifecycle
from firehose_logging.core.config import MIB, default, resolve
from firehose_logging.core.encoding import RecordEncoder
from firehose_logging.core.formatter import FirehoseJsonFormatter
from firehose_logging.core.limits import MAX_BATCH_BYTES, MAX_BATCH_RECORDS
from firehose_logging.core.pipeline import Pipeline
from firehose_logging.core.worker import THREAD_NAME, sending_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from firehose_logging.core.stats import HandlerStats

SENDING_LIBRARIES: Final = frozenset(
    {"boto3", "botocore", "urllib3", "s3transfer", "firehose_logging", "asyncio", "concurrent"}
)
"""Loggers whose records, made while sending, would feed back."""


_NONE: Any = default(None)
_STDERR: Any = default("stderr")


class FirehoseHandler(logging.Handler):
    """Send log records to Amazon Data Firehose, never making the caller wait for the network.

    A record is formatted and encoded in the calling thread and put into a bounded buffer; a
    thread of the handler's own, started with the first record, sends batches. See
    https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html.

    Every parameter that is not given can be set in the environment, as ``FIREHOSE_LOGGING_`` and
    its name in capitals (the stream's is ``FIREHOSE_LOGGING_STREAM``).
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        stream_name: str | Sequence[str] = default("logging-test"),
        *,
        level: int | str = default(logging.NOTSET),
        region_name: str | None = _NONE,
        endpoint_url: str | None = _NONE,
        session: Any = _NONE,
        flush_interval: float = default(1.0),
        max_batch_records: int = default(MAX_BATCH_RECORDS),
        max_batch_bytes: int = default(MAX_BATCH_BYTES),
        buffer_records: int = default(100_000),
        buffer_bytes: int = default(64 * MIB),
        overflow: str = default("drop_oldest"),
        block_timeout: float = default(1.0),
        max_retry_age: float = default(3600.0),
        spool_dir: str | os.PathLike[str] | None = _NONE,
        spool_bytes: int = default(1024 * MIB),
        spool: str = default("overflow"),
        fallback: str | logging.Handler | None = _STDERR,
        on_drop: Callable[[str, int], object] | None = _NONE,
    ) -> None:
        """Make a handler; neither a thread nor a client is made before the first record.

        Args:
            stream_name: The delivery stream, or several that share the batches.
            level: Lowest level that is taken.
            region_name: AWS Region; otherwise as boto3 finds it, or AWS_REGION.
            endpoint_url: Where Firehose is; otherwise as boto3 finds it.
            session: A boto3 or botocore session; otherwise one of the handler's own.
            flush_interval: Seconds that a record waits for company at most.
            max_batch_records: Records in a batch at most.
            max_batch_bytes: Raw bytes in a batch at most; a larger record travels alone.
            buffer_records: Records that wait in memory at most.
            buffer_bytes: Bytes of memory for the records that wait at most, what Python itself
                needs for each of them included.
            overflow: What goes when the buffer is full: ``drop_oldest``, ``drop_newest``, or
                ``block``: the caller waits, then the newest goes.
            block_timeout: Seconds that ``block`` waits at most.
            max_retry_age: Seconds after which an unsent record is given up.
            spool_dir: A folder for what memory can't hold or the network won't take.
            spool_bytes: Bytes in that folder at most.
            spool: ``overflow``, or ``always``: every record is written there before its call
                returns, so that it outlives the process, for tens of microseconds a call.
            fallback: Where records go that can't be sent: ``stderr``, None or a handler.
            on_drop: Called with a reason and a count, from the sending thread.

        Raises:
            ValueError: A parameter, or its variable, has a value that is not allowed.
        """
        given = dict(locals())
        self._settings = resolve(given, os.environ)
        super().__init__(self._settings.level)
        # boto3 needs it, and it can't be imported any more once the interpreter shuts down.
        import concurrent.futures.thread  # noqa: F401

        self._closed = False
        self._begin()
        # Not left to None: logging.basicConfig would put a formatter of its own in its place.
        self.formatter = FirehoseJsonFormatter()
        self._encoder = RecordEncoder(self.formatter)
        lifecycle.register(self)

    def handle(self, record: logging.LogRecord) -> Any:
        """Filter and take a record, without the handler's lock.

        ``logging.shutdown`` holds that lock while it flushes, so a caller could wait for the
        network behind it.
        """
        if self.filters:
            passed: Any = self.filter(record)
            if not passed:
                return passed
            # Since Python 3.12 a filter may return another record.
            record = passed if isinstance(passed, logging.LogRecord) else record
        self.emit(record)
        return record

    def emit(self, record: logging.LogRecord) -> None:
        """Encode a record and put it into the buffer."""
        try:
            if (record.threadName == THREAD_NAME or sending_threads) and self._is_own(record):
                return
            if self.formatter is not self._encoder.formatter:
                self._encoder = RecordEncoder(self.formatter)
            self._accept(self._encoder.encode(record))
        except Exception:  # noqa: BLE001 - logging must not break the program
            # It shows message and arguments as they are.
            self.handleError(record if self._encoder.redaction is None else _emptied(record))

    def flush(self, timeout: float | None = None) -> bool:  # type: ignore[override]  # says more
        """Send everything that was accepted before the call.

        Args:
            timeout: Seconds; None waits for as long as records keep leaving, and gives up after
                five seconds in which none left.

        Returns:
            True if all of it was sent, False if something is left, fell back or was dropped.
        """
        with self._pipeline.lending_locks():
            if self._closed:
                return self._pipeline.delivery.queued() == 0
            lost = self._lost()
            return self._pipeline.worker.drain(timeout) and self._lost() == lost

    def close(self) -> None:
        """Send what waits, hand to the fallback what can't be sent, and end the thread.

        Returns after five seconds in which no record left. Records logged later go to the
        fallback.
        """
        with self._pipeline.lending_locks(), self._close_lock:
            if not self._closed:
                self._close()
        super().close()

    @property
    def stats(self) -> HandlerStats:
        """Counters of this handler in this process."""
        with self._pipeline.lending_locks():
            return self._pipeline.stats()

    def begin_anew(self) -> None:
        """Leave all that was inherited through a fork to the parent."""
        self._pipeline.leave_to_parent()
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._close_lock = threading.RLock()
        self._pipeline = Pipeline(self._settings)
        self._accept = self._accept_first

    def _accept_first(self, data: bytes) -> None:
        self._accept = self._pipeline.append
        self._accept(data)
        self._pipeline.start()
        lifecycle.at_end_of_child(self.close)

    def _accept_closed(self, data: bytes) -> None:
        self._pipeline.bypass(data, "closed")

    def _close(self) -> None:
        pipeline = self._pipeline
        if not pipeline.worker.has_stalled():
            pipeline.worker.drain(None)
        self._closed = True
        self._accept = self._accept_closed
        pipeline.delivery.abandon("closed")
        pipeline.stop()
        pipeline.report_drops(last=True)
        lifecycle.forget(self)

    def _lost(self) -> int:
        counters = self._pipeline.counters
        return counters.fell_back + sum(counters.dropped.values())

    def _is_own(self, record: logging.LogRecord) -> bool:
        """Tell whether the record comes from sending, so that it must not cause more of it.

        The program's own records, of a destructor say, wait for others to go with.
        """
        sending = record.threadName == THREAD_NAME or (
            (record.thread or threading.get_ident()) in sending_threads
            and record.process in (None, self._process)
        )
        if not sending:
            return False
        if record.name.partition(".")[0] not in SENDING_LIBRARIES:
            self._pipeline.backlog.set_aside(self._encoder.encode(record))
        return True


def _emptied(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record of the same logger and place that says nothing."""
    plain = logging.LogRecord(
        record.name, record.levelno, record.pathname, record.lineno, "[redacted]", None, None
    )
    plain.levelname = record.levelname
    return plain
