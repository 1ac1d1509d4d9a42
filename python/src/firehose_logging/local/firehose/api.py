"""The service: one call in, one answer out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import orjson

from firehose_logging.local.api import ApiAnswer, ApiCall, ApiError
from firehose_logging.local.clock import Clock
from firehose_logging.local.firehose import tagging
from firehose_logging.local.firehose.control import Control
from firehose_logging.local.firehose.encryption import Encryption, check_key_type
from firehose_logging.local.firehose.faults import Faults
from firehose_logging.local.firehose.gauges import measure_gauges
from firehose_logging.local.firehose.holdings import Holding, holding_of
from firehose_logging.local.firehose.limits import Quotas
from firehose_logging.local.firehose.metrics import Metrics
from firehose_logging.local.firehose.ports import Aws
from firehose_logging.local.firehose.puts import Puts
from firehose_logging.local.firehose.registry import Registry
from firehose_logging.local.firehose.shapes import check_request
from firehose_logging.local.firehose.store import FileStore, NoStore
from firehose_logging.local.firehose.streams import NotKeptError, Services
from firehose_logging.local.firehose.tasks import Tasks

STOP_SECONDS = 10.0
_HEADERS = {"content-type": "application/x-amz-json-1.1"}

_Members = dict[str, Any]
_Operation = Callable[[ApiCall, _Members], Awaitable[_Members]]


class Firehose:
    """Amazon Data Firehose with Direct PUT and an OpenSearch Service domain as destination.

    Args:
        clock: tells arrival times and waits.
        aws: the services that Firehose acts on.
        account: twelve digits.
        quotas: per stream; by default those of its Region (A15).
        random: for jitter and names.
        first_sequence: numbers a stream's first record.
        data_dir: where streams and acknowledged records are kept, so that a later process takes
            them up; by default they end with this one.

    Attributes:
        faults: what is to go wrong, on demand.
    """

    def __init__(
        self,
        clock: Clock,
        aws: Aws,
        account: str,
        *,
        quotas: Quotas | None = None,
        random: Random | None = None,
        first_sequence: Callable[[], int] = time.time_ns,
        data_dir: Path | None = None,
    ) -> None:
        self._aws = aws
        self._stopping = False
        self._metrics = Metrics(clock, aws)
        store = FileStore(data_dir) if data_dir is not None else NoStore()
        random = random or Random()  # noqa: S311 - jitter and names, no secrets
        self.faults = Faults(random)
        services = Services(
            clock, aws, self._metrics, random, first_sequence, store.save, self.faults
        )
        self._tasks = Tasks()
        self._registry = Registry(account)
        self._encryption = Encryption(clock, aws, self._tasks)
        self._control = Control(
            services, self._registry, self._encryption, self._tasks, store=store, quotas=quotas
        )
        self._metrics.gauges = self._measure
        self._puts = Puts(services, self._registry, self._encryption)
        self._operations: dict[str, _Operation] = {
            "CreateDeliveryStream": self._create,
            "DescribeDeliveryStream": self._control.describe,
            "ListDeliveryStreams": self._control.list,
            "UpdateDestination": self._control.update,
            "DeleteDeliveryStream": self._control.delete,
            "TagDeliveryStream": self._on_tags(tagging.tag),
            "UntagDeliveryStream": self._on_tags(tagging.untag),
            "ListTagsForDeliveryStream": self._on_tags(tagging.list_tags),
            "StartDeliveryStreamEncryption": self._start_encryption,
            "StopDeliveryStreamEncryption": self._stop_encryption,
        }

    async def start(self) -> None:
        """Take up what was kept and begin to publish metrics; raise ``StoreError``."""
        self._control.restore()
        self._tasks.spawn(self._metrics.run(), "metrics")

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Deliver or back up what is held within ``seconds``, then end every task.

        From now on every call is refused with an error that clients repeat, lest what is
        acknowledged comes too late to be delivered.
        """
        self._stopping = True
        await self._tasks.cancel()
        await asyncio.gather(*(entry.pipeline.stop(seconds) for entry in self._registry.all()))
        await self._metrics.publish()
        await self._aws.close()

    async def flush(self, name: str | None, seconds: float) -> list[Holding]:
        """Close buffers without waiting for their size or interval.

        Args:
            name: of the streams that are meant, in whichever Region; ``None`` for all.
            seconds: of real time to wait at most until all they hold is delivered or backed up.

        Returns:
            What they hold then.
        """
        meant = [entry for entry in self._registry.all() if name in (None, entry.stream.name)]
        await asyncio.gather(*(entry.pipeline.flush(seconds) for entry in meant))
        return [holding_of(entry) for entry in meant]

    def holdings(self) -> list[Holding]:
        """Return what each stream holds."""
        return [holding_of(entry) for entry in self._registry.all()]

    async def handle(self, call: ApiCall) -> ApiAnswer:
        """Answer one call; raise ``ApiError``."""
        self._refuse_if_stopping()
        if call.operation == "PutRecordBatch":
            body = await self._puts.batch(call.region, _members(call))
            return ApiAnswer(200, body, _HEADERS)
        if call.operation == "PutRecord":
            body = await self._puts.record(call.region, _members(call))
            return ApiAnswer(200, body, _HEADERS)
        operation = self._operations.get(call.operation)
        if operation is None:
            raise ApiError(
                "UnknownOperationException",
                f"Firehose has no operation {call.operation!r} that the local stack supports",
            )
        request = check_request(call.operation, _members(call))
        try:
            answer = await operation(call, request)
        except NotKeptError as error:
            raise ApiError("ServiceUnavailableException", str(error), status=500) from error
        return ApiAnswer(200, orjson.dumps(answer), _HEADERS)

    def customer_key(self, region: str, name: str) -> str | None:
        """Return the ARN of the customer's key that encrypts a stream; ``None`` for no such key."""
        entry = self._registry.find(region, name)
        if entry is None or entry.stream.encryption["Status"] != "ENABLED":
            return None
        return entry.stream.encryption.get("KeyARN")

    def _refuse_if_stopping(self) -> None:
        if self._stopping:
            raise ApiError("ServiceUnavailableException", "The local stack is ending.", status=503)

    def _measure(self) -> None:
        for entry in self._registry.all():
            measure_gauges(entry)

    async def _create(self, call: ApiCall, request: _Members) -> _Members:
        check_key_type(request.get("DeliveryStreamEncryptionConfigurationInput"))
        return await self._control.create(call, request)

    def _on_tags(self, act: Callable[[Any, _Members], _Members]) -> _Operation:
        async def operation(call: ApiCall, request: _Members) -> _Members:
            return act(
                self._registry.get(call.region, request["DeliveryStreamName"]).stream, request
            )

        return operation

    async def _start_encryption(self, call: ApiCall, request: _Members) -> _Members:
        wanted = request.get("DeliveryStreamEncryptionConfigurationInput")
        check_key_type(wanted)
        stream = self._control.active(call.region, request["DeliveryStreamName"])
        self._encryption.start(stream, wanted)
        return {}

    async def _stop_encryption(self, call: ApiCall, request: _Members) -> _Members:
        stream = self._control.active(call.region, request["DeliveryStreamName"])
        self._encryption.stop(stream)
        return {}


def _members(call: ApiCall) -> Any:
    try:
        request = orjson.loads(call.body)
    except ValueError as error:
        raise ApiError(
            "SerializationException", f"The request body is not valid JSON: {error}"
        ) from error
    if not isinstance(request, dict):
        raise ApiError("SerializationException", "The request body is not a JSON object")
    return request
