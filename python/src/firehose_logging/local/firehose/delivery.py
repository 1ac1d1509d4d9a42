"""Delivery of a batch to the domain, attempt after attempt (C, D1, D2)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from firehose_logging.local.firehose import bulk
from firehose_logging.local.firehose.backup import Backup
from firehose_logging.local.firehose.documents import failed_document
from firehose_logging.local.firehose.domain_access import DomainAccess
from firehose_logging.local.firehose.error_log import ErrorLog, Origin
from firehose_logging.local.firehose.faults import REJECTED
from firehose_logging.local.firehose.index_names import IndexNamer
from firehose_logging.local.firehose.limits import RETENTION_SECONDS
from firehose_logging.local.firehose.prefixes import DELIVERY_FAILED
from firehose_logging.local.firehose.records import Batch, FailedRecord, Failure, Record
from firehose_logging.local.firehose.retry import backoff, next_delay
from firehose_logging.local.firehose.streams import Stream
from firehose_logging.local.firehose.waiting import sleep_unless

_METRIC = "DeliveryToAmazonOpenSearchService."
_TYPE_NAME = Failure(
    "OS.ValidationException", "TypeName must be empty for OpenSearch.", retryable=False
)


class Delivery:
    """Deliver batches of one stream; what the domain refuses goes to the backup."""

    def __init__(self, stream: Stream, backup: Backup, errors: ErrorLog) -> None:
        self._stream = stream
        self._backup = backup
        self._errors = errors
        self._domain = DomainAccess(stream)
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """Count every retry duration as over."""
        self._hurry.set()

    async def deliver(self, batch: Batch, records: Sequence[Record]) -> None:
        """Return once each record is in its index, or in the hands of the backup.

        Args:
            batch: what the records belong to.
            records: those to deliver, in order; transformed, where the stream transforms.
        """
        clock = self._stream.services.clock
        started = clock.now()
        pending, failed = self._split_malformed(records, started)
        attempts = 0
        while pending := self._drop_expired(pending):
            attempts += 1
            answer = await self._attempt(pending)
            final, retryable = self._sort(pending, answer, attempts, clock.now())
            failed.extend(final)
            pending = [failure.record for failure in retryable]
            if not retryable:
                break
            delay = self._next_delay(attempts, clock.now() - started)
            if delay is None or not await sleep_unless(clock, delay, self._hurry):
                failed.extend(retryable)
                break
        self._give_to_backup(batch, failed)

    def _next_delay(self, attempts: int, elapsed: float) -> float | None:
        chance = self._stream.services.random.random()
        delay = next_delay(attempts, elapsed, self._stream.settings.retry_duration, chance)
        if delay is None and self._backup.failing and not self._hurry.is_set():
            return backoff(attempts, chance)
        return delay

    def _split_malformed(
        self, records: Sequence[Record], now: float
    ) -> tuple[list[Record], list[FailedRecord]]:
        failed: list[FailedRecord] = []
        for record in bulk.suspects(records):
            failure = bulk.malformed(record.data)
            if failure is not None:
                failed.append(FailedRecord(record, failure, 1, now))
                self._report(failure)
        if not failed:
            return list(records), failed
        broken = {one.record.sequence for one in failed}
        return [record for record in records if record.sequence not in broken], failed

    def _drop_expired(self, records: list[Record]) -> list[Record]:
        limit = self._stream.services.clock.now() - RETENTION_SECONDS
        if not records or records[0].arrived >= limit:
            return records
        kept = [record for record in records if record.arrived >= limit]
        if len(kept) < len(records):
            self._stream.lose(len(records) - len(kept), "not delivered for 24 hours")
        return kept

    async def _attempt(self, records: Sequence[Record]) -> bulk.BulkOutcome:
        stream = self._stream
        if stream.settings.type_name:
            return bulk.BulkOutcome(whole=_TYPE_NAME)
        rejected = stream.services.faults.rejected_documents(stream.name, len(records))
        if rejected:
            return await self._send_without(records, dict.fromkeys(rejected, REJECTED))
        outcome = await self._send(records)
        if outcome.whole is None or outcome.whole.retryable:
            return outcome
        broken = {
            position: failure
            for position, record in enumerate(records)
            if (failure := bulk.not_json(record.data)) is not None
        }
        return await self._send_without(records, broken) if broken else outcome

    async def _send(self, records: Sequence[Record]) -> bulk.BulkOutcome:
        settings = self._stream.settings
        indexes = IndexNamer(settings.index, settings.rotation)
        prefix = self._stream.id_prefix if settings.with_document_ids else None
        return await self._domain.bulk(bulk.build(records, indexes, prefix), len(records))

    async def _send_without(
        self, records: Sequence[Record], failures: Mapping[int, Failure]
    ) -> bulk.BulkOutcome:
        """Send what has not failed yet."""
        sound = [position for position in range(len(records)) if position not in failures]
        if not sound:
            return bulk.BulkOutcome(items=failures)
        outcome = await self._send([records[position] for position in sound])
        items = {sound[position]: failure for position, failure in outcome.items.items()}
        if outcome.whole is not None:
            items = dict.fromkeys(sound, outcome.whole)
        return bulk.BulkOutcome(items={**items, **failures})

    def _sort(
        self, records: Sequence[Record], outcome: bulk.BulkOutcome, attempts: int, now: float
    ) -> tuple[list[FailedRecord], list[FailedRecord]]:
        failures = outcome.items
        if outcome.whole is not None:
            failures = dict.fromkeys(range(len(records)), outcome.whole)
        for failure in dict.fromkeys(failures.values()):
            self._report(failure)
        final: list[FailedRecord] = []
        retryable: list[FailedRecord] = []
        for position, failure in failures.items():
            kind = retryable if failure.retryable else final
            kind.append(FailedRecord(records[position], failure, attempts, now))
        self._measure(records, failures.keys(), now)
        refused = any(failure.unauthorized for failure in failures.values())
        self._stream.note(f"{_METRIC}AuthFailure", int(refused))
        self._stream.note(f"{_METRIC}DeliveryRejected", len(final))
        return final, retryable

    def _measure(self, records: Sequence[Record], failed: Collection[int], now: float) -> None:
        stream = self._stream
        delivered = len(records) - len(failed)
        size = sum(len(record.data) for record in records)
        size -= sum(len(records[position].data) for position in failed)
        stream.note(f"{_METRIC}Success", delivered / len(records))
        stream.note(f"{_METRIC}Records", delivered)
        stream.note(f"{_METRIC}Bytes", size, "Bytes")
        stream.note(f"{_METRIC}DataFreshness", now - records[0].arrived, "Seconds")

    def _report(self, failure: Failure) -> None:
        settings = self._stream.settings
        self._errors.report(
            Origin(settings.role_arn, settings.log, settings.destination),
            self._stream.version,
            failure,
        )

    def _give_to_backup(self, batch: Batch, failed: Sequence[FailedRecord]) -> None:
        if not failed:
            return
        settings = self._stream.settings
        indexes = IndexNamer(settings.index, settings.rotation)
        lines = [
            failed_document(
                one,
                bulk.document_id(self._stream.id_prefix, one.record.sequence)
                if settings.with_document_ids
                else None,
                indexes.name(one.record.arrived),
                settings.type_name,
            )
            for one in failed
        ]
        oldest = min(one.record.arrived for one in failed)
        self._backup.add(DELIVERY_FAILED, lines, oldest, batch)
