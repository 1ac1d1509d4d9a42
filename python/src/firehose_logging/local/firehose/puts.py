"""The data plane: records from a request into a stream's pipeline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from typing import Any

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose import put
from firehose_logging.local.firehose.bulk import record_id
from firehose_logging.local.firehose.encryption import Encryption
from firehose_logging.local.firehose.limits import MEBIBYTE
from firehose_logging.local.firehose.records import Records
from firehose_logging.local.firehose.registry import Entry, Registry
from firehose_logging.local.firehose.shapes import check_request
from firehose_logging.local.firehose.streams import Services, Stream

MAX_HELD_BYTES = 1024 * MEBIBYTE
"""What one stream holds in memory before it asks to slow down."""


class Puts:
    """Take records, or say why not; what is acknowledged is in the pipeline."""

    def __init__(self, services: Services, registry: Registry, encryption: Encryption) -> None:
        self._services = services
        self._registry = registry
        self._encryption = encryption

    async def record(self, region: str, request: Any) -> bytes:
        """PutRecord: return the answer's body."""
        started = time.perf_counter()
        entry = self._find(region, "PutRecord", request)
        data = put.read_record(request)
        await self._before(entry.stream)
        accepted = self._accept(entry, data)
        if not accepted:
            raise _slow_down()
        self._measure(entry.stream, "PutRecord", data, started)
        stream = entry.stream
        return put.record_answer(
            record_id(stream.id_prefix, accepted[0]), encrypted=_encrypted(stream)
        )

    async def batch(self, region: str, request: Any) -> bytes:
        """PutRecordBatch: return the answer's body."""
        started = time.perf_counter()
        entry = self._find(region, "PutRecordBatch", request)
        data = put.read_batch(request)
        stream = entry.stream
        await self._before(stream)
        refused = self._services.faults.refused_records(stream.name, len(data))
        numbers = self._accept_all_but(refused, entry, data)
        self._measure(stream, "PutRecordBatch", data, started)
        stream.note("PutRecordBatch.Records", len(data))
        return put.batch_answer(stream.id_prefix, numbers, encrypted=_encrypted(stream))

    async def _before(self, stream: Stream) -> None:
        await self._services.faults.before_put(stream.name)
        await self._encryption.check_key(stream)

    def _find(self, region: str, operation: str, request: Any) -> Entry:
        name = request.get("DeliveryStreamName")
        try:
            entry = self._registry.get(region, name)
        except (ApiError, TypeError):
            check_request(operation, request)
            raise
        if entry.stream.status != "ACTIVE":
            raise ApiError(
                "ResourceNotFoundException",
                f"Firehose {name} is not active in {self._registry.account} account.",
            )
        return entry

    def _accept_all_but(
        self, refused: list[int], entry: Entry, data: list[bytes]
    ) -> Sequence[int | None]:
        """Return the number of each record, ``None`` for those that have to come again."""
        count = len(data)
        wanted: Sequence[int] = range(count)
        if refused:
            wanted = sorted({*wanted} - {*refused})
            data = [data[place] for place in wanted]
        accepted = self._accept(entry, data)
        if len(accepted) == count:
            return accepted
        numbers = dict(zip(wanted, accepted, strict=False))
        return [numbers.get(place) for place in range(count)]

    def _accept(self, entry: Entry, data: list[bytes]) -> list[int]:
        """Give the pipeline as many records as the quota lets in; return their numbers."""
        stream, now = entry.stream, self._services.clock.now()
        if stream.held > MAX_HELD_BYTES or not entry.throttle.take_request(now):
            stream.note("ThrottledRecords", len(data))
            raise _slow_down()
        sizes = list(map(len, data))
        count = entry.throttle.take_records(sizes, now)
        if count < len(data):
            stream.note("ThrottledRecords", len(data) - count)
        sequences = list(islice(stream.sequence, count))
        if count:
            taken = Records(sequences, [now] * count, data[:count])
            sequences = sequences[: _store(entry, taken, sum(sizes[:count]))]
        stream.note("IncomingRecords", len(sequences))
        stream.note("IncomingBytes", sum(sizes[: len(sequences)]), "Bytes")
        return sequences

    @staticmethod
    def _measure(stream: Stream, operation: str, data: list[bytes], started: float) -> None:
        latency = (time.perf_counter() - started) * 1000
        stream.note(f"{operation}.Latency", latency, "Milliseconds")
        stream.note(f"{operation}.Requests", 1)
        stream.note(f"{operation}.Bytes", sum(map(len, data)), "Bytes")
        stream.note("IncomingPutRequests", 1)


def _store(entry: Entry, records: Records, size: int) -> int:
    """Return how many records were kept; the others have to come again."""
    try:
        return entry.pipeline.accept(records, size)
    except OSError as error:
        raise ApiError(
            "ServiceUnavailableException",
            f"The local stack can't keep the records: {error}",
            status=500,
        ) from error


def _encrypted(stream: Stream) -> bool:
    return bool(stream.encryption["Status"] == "ENABLED")


def _slow_down() -> ApiError:
    return ApiError(*put.THROTTLED, status=500)
