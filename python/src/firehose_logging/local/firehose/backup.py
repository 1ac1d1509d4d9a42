"""Objects in the backup bucket (statements B4, D2 to D8)."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field

from firehose_logging.local.firehose.compression import EXTENSIONS, compress
from firehose_logging.local.firehose.error_log import ErrorLog, Origin
from firehose_logging.local.firehose.limits import RETENTION_SECONDS
from firehose_logging.local.firehose.ports import AccessError
from firehose_logging.local.firehose.prefixes import Surroundings, evaluate_prefix, object_key
from firehose_logging.local.firehose.records import Batch, Failure
from firehose_logging.local.firehose.retry import LONGEST_BACKUP_DELAY, backoff
from firehose_logging.local.firehose.settings import BackupSettings
from firehose_logging.local.firehose.streams import Stream
from firehose_logging.local.firehose.tasks import Tasks
from firehose_logging.local.firehose.waiting import sleep_unless

_LARGE_BYTES = 256 * 1024
"""What takes long enough to compress to be worth a thread."""


@dataclass
class _Object:
    oldest: float
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    records: int = 0
    batches: list[Batch] = field(default_factory=list)
    timer: asyncio.Task[None] | None = None


class Backup:
    """Collect what goes to the bucket, one object per kind at a time, and write it.

    Attributes:
        failing: whether the latest attempt to write failed.
        recovered: set while it did not.
    """

    def __init__(self, stream: Stream, errors: ErrorLog, writing: Tasks, timers: Tasks) -> None:
        self._stream = stream
        self._errors = errors
        self._writing = writing
        self._timers = timers
        self._open: dict[str | None, _Object] = {}
        self._hurry = asyncio.Event()
        self.failing = False
        self.recovered = asyncio.Event()
        self.recovered.set()

    def add(self, error_type: str | None, chunks: list[bytes], oldest: float, batch: Batch) -> None:
        """Take chunks that belong together, one per record, and hold their batch until written.

        Args:
            error_type: the folder for failed records; ``None`` for records as they came.
            chunks: bytes to append to the object.
            oldest: arrival time of the oldest record among them.
            batch: where the records came from.
        """
        batch.hold()
        target = self._open.get(error_type)
        if target is None:
            target = self._open[error_type] = _Object(oldest)
            target.timer = self._timers.spawn(self._close_in_time(error_type), "backup interval")
        target.oldest = min(target.oldest, oldest)
        target.chunks.extend(chunks)
        target.size += sum(map(len, chunks))
        target.records += len(chunks)
        target.batches.append(batch)
        if target.size >= self._settings.buffer_bytes:
            self._close(error_type)

    def flush(self) -> bool:
        """Begin to write everything that waits; return whether there was anything."""
        waiting = tuple(self._open)
        for error_type in waiting:
            self._close(error_type)
        return bool(waiting)

    def hurry(self) -> None:
        """Make no more than one further attempt for each object."""
        self._hurry.set()
        self.recovered.set()

    @property
    def _settings(self) -> BackupSettings:
        return self._stream.settings.backup

    async def _close_in_time(self, error_type: str | None) -> None:
        await self._stream.services.clock.sleep(self._settings.interval)
        self._open[error_type].timer = None
        self._close(error_type)

    def _close(self, error_type: str | None) -> None:
        closed = self._open.pop(error_type)
        if closed.timer is not None:
            closed.timer.cancel()
        self._writing.spawn(self._write(error_type, closed), "backup object")

    async def _write(self, error_type: str | None, content: _Object) -> None:
        unique = str(uuid.UUID(int=self._stream.services.random.getrandbits(128), version=4))
        data = b"".join(content.chunks)
        attempts = 0
        while True:
            attempts += 1
            failure = await self._attempt(error_type, content, data, unique)
            if failure is None:
                break
            self._report(error_type, failure)
            if self._stream.services.clock.now() - content.oldest > RETENTION_SECONDS:
                self._stream.lose(content.records, f"not written for 24 hours: {failure}")
                break
            if self._hurry.is_set():
                self._stream.lose(content.records, f"not written before the end: {failure}")
                break
            chance = self._stream.services.random.random()
            delay = backoff(attempts, chance, LONGEST_BACKUP_DELAY)
            await sleep_unless(self._stream.services.clock, delay, self._hurry)
        for batch in content.batches:
            batch.release()

    async def _attempt(
        self, error_type: str | None, content: _Object, data: bytes, unique: str
    ) -> AccessError | None:
        stream, settings = self._stream, self._settings
        around = Surroundings(content.oldest, stream.services.random, error_type)
        folder = evaluate_prefix(settings.prefix, settings.error_prefix, around)
        extension = EXTENSIONS[settings.compression]
        plain = object_key(folder, stream.name, stream.version, content.oldest, unique)
        try:
            body = await _compressed(data, settings.compression, plain.rpartition("/")[2])
            role = await stream.services.aws.as_role(settings.role_arn, stream.arn)
            await role.put_object(settings.bucket, plain + extension, body, settings.key_arn)
        except AccessError as failure:
            return failure
        self._succeeded(error_type, content, len(body))
        return None

    def _succeeded(self, error_type: str | None, content: _Object, size: int) -> None:
        self.failing = False
        self.recovered.set()
        self._stream.note("DeliveryToS3.Success", 1)
        if error_type is None:
            age = self._stream.services.clock.now() - content.oldest
            self._stream.note("DeliveryToS3.Bytes", size, "Bytes")
            self._stream.note("DeliveryToS3.Records", content.records)
            self._stream.note("DeliveryToS3.DataFreshness", age, "Seconds")

    def _report(self, error_type: str | None, failure: AccessError) -> None:
        if error_type is not None:
            self.failing = True
            self.recovered.clear()
        self._stream.note("DeliveryToS3.Success", 0)
        self._errors.report(
            Origin(self._settings.role_arn, self._settings.log, self._settings.bucket_arn),
            self._stream.version,
            Failure(f"S3.{failure.code}", failure.message, retryable=True),
        )


async def _compressed(data: bytes, form: str, name: str) -> bytes:
    if len(data) < _LARGE_BYTES:
        return compress(data, form, name)
    return await asyncio.to_thread(compress, data, form, name)
