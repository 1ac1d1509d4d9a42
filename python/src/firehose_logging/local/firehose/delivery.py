"""Delivery of a batch to the domain, attempt after attempt (C, D1, D2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from firehose_logging.local.firehose import bulk
from firehose_logging.local.firehose.backup import Backup
from firehose_logging.local.firehose.documents import failed_document
from firehose_logging.local.firehose.domain_access import DomainAccess
from firehose_logging.local.firehose.error_log import ErrorLog, Origin
from firehose_logging.local.firehose.faults import REJECTED
from firehose_logging.local.firehose.index_names import IndexNamer
from firehose_logging.local.firehose.limits import RETENTION_SECONDS
from firehose_logging.local.firehose.prefixes import DELIVERY_FAILED
from firehose_logging.local.firehose.records import Batch, FailedRecord, Failure, Records
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

    async def deliver(self, batch: Batch, records: Records) -> None:
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
            failures = await self._attempt(pending)
            now = clock.now()
            final = [place for place, failure in failures.items() if not failure.retryable]
            self._account(pending, failures, len(final), now)
            failed += _failed(pending, failures, final, attempts, now)
            again = [place for place, failure in failures.items() if failure.retryable]
            if not again:
                break
            delay = self._next_delay(attempts, now - started)
            if delay is None or not await sleep_unless(clock, delay, self._hurry):
                failed += _failed(pending, failures, again, attempts, now)
                break
            if len(again) < len(pending):
                pending = pending.select(again)
        self._give_to_backup(batch, failed)

    def _next_delay(self, attempts: int, elapsed: float) -> float | None:
        chance = self._stream.services.random.random()
        delay = next_delay(attempts, elapsed, self._stream.settings.retry_duration, chance)
        if delay is None and self._backup.failing and not self._hurry.is_set():
            return backoff(attempts, chance)
        return delay

    def _split_malformed(self, records: Records, now: float) -> tuple[Records, list[FailedRecord]]:
        failures: dict[int, Failure] = {}
        for place in bulk.suspects(records):
            failure = bulk.malformed(records.data[place])
            if failure is not None:
                failures[place] = failure
                self._report(failure)
        if not failures:
            return records, []
        sound = [place for place in range(len(records)) if place not in failures]
        return records.select(sound), _failed(records, failures, list(failures), 1, now)

    def _drop_expired(self, records: Records) -> Records:
        limit = self._stream.services.clock.now() - RETENTION_SECONDS
        if not records or min(records.arrivals) >= limit:
            return records
        kept = [place for place, arrived in enumerate(records.arrivals) if arrived >= limit]
        self._stream.lose(len(records) - len(kept), "not delivered for 24 hours")
        return records.select(kept)

    async def _attempt(self, records: Records) -> Mapping[int, Failure]:
        """Send records and return what failed, by position."""
        stream = self._stream
        if stream.settings.type_name:
            return dict.fromkeys(range(len(records)), _TYPE_NAME)
        rejected = stream.services.faults.rejected_documents(stream.name, len(records))
        if rejected:
            return await self._send_without(records, dict.fromkeys(rejected, REJECTED))
        outcome = await self._send(records)
        if outcome.whole is None:
            return outcome.items
        broken: dict[int, Failure] = {}
        if not outcome.whole.retryable:
            broken = _no_json(records)
        if broken:
            return await self._send_without(records, broken)
        return dict.fromkeys(range(len(records)), outcome.whole)

    async def _send(self, records: Records) -> bulk.BulkOutcome:
        settings = self._stream.settings
        indexes = IndexNamer(settings.index, settings.rotation)
        prefix = self._stream.id_prefix if settings.with_document_ids else None
        body = bulk.build(records, indexes, prefix)
        outcome = await self._domain.bulk(body, len(records))
        if outcome.too_large and len(records) > 1:
            return await self._send_in_halves(records)
        return outcome

    async def _send_in_halves(self, records: Records) -> bulk.BulkOutcome:
        middle = len(records) // 2
        failures: dict[int, Failure] = {}
        for start, half in ((0, records[:middle]), (middle, records[middle:])):
            outcome = await self._send(half)
            items = outcome.items
            if outcome.whole is not None:
                items = dict.fromkeys(range(len(half)), outcome.whole)
            failures.update((start + place, failure) for place, failure in items.items())
        return bulk.BulkOutcome(items=failures)

    async def _send_without(
        self, records: Records, failures: Mapping[int, Failure]
    ) -> Mapping[int, Failure]:
        """Send what has not failed yet."""
        sound = [place for place in range(len(records)) if place not in failures]
        if not sound:
            return failures
        outcome = await self._send(records.select(sound))
        items = {sound[place]: failure for place, failure in outcome.items.items()}
        if outcome.whole is not None:
            items = dict.fromkeys(sound, outcome.whole)
        return {**items, **failures}

    def _account(
        self, records: Records, failures: Mapping[int, Failure], rejected: int, now: float
    ) -> None:
        """Report each kind of failure once, and measure the attempt."""
        kinds = set(failures.values())
        for failure in kinds:
            self._report(failure)
        delivered = len(records) - len(failures)
        size = records.size - sum(len(records.data[place]) for place in failures)
        note = self._stream.note
        note(f"{_METRIC}AuthFailure", int(any(failure.unauthorized for failure in kinds)))
        note(f"{_METRIC}DeliveryRejected", rejected)
        note(f"{_METRIC}Success", delivered / len(records))
        note(f"{_METRIC}Records", delivered)
        note(f"{_METRIC}Bytes", size, "Bytes")
        note(f"{_METRIC}DataFreshness", now - min(records.arrivals), "Seconds")

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


def _failed(
    records: Records,
    failures: Mapping[int, Failure],
    places: Iterable[int],
    attempts: int,
    now: float,
) -> list[FailedRecord]:
    return [FailedRecord(records[place], failures[place], attempts, now) for place in places]


def _no_json(records: Records) -> dict[int, Failure]:
    judged = ((place, bulk.not_json(data)) for place, data in enumerate(records.data))
    return {place: failure for place, failure in judged if failure is not None}
