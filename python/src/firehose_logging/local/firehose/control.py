"""The control plane: create, describe, list, update and delete streams (A5 to A10)."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from firehose_logging.local.api import ApiCall, ApiError
from firehose_logging.local.firehose import network
from firehose_logging.local.firehose.creation_checks import check_destination
from firehose_logging.local.firehose.destination import (
    KIND,
    describe_configuration,
    invalid,
    merge_update,
    only_destination,
)
from firehose_logging.local.firehose.encryption import Encryption
from firehose_logging.local.firehose.journal import Journal
from firehose_logging.local.firehose.limits import Quotas, default_quotas
from firehose_logging.local.firehose.pipeline import Pipeline
from firehose_logging.local.firehose.registry import Entry, Registry
from firehose_logging.local.firehose.store import Store
from firehose_logging.local.firehose.streams import (
    DELETED,
    DESTINATION_ID,
    Services,
    Stream,
    stream_arn,
)
from firehose_logging.local.firehose.tasks import Tasks
from firehose_logging.local.firehose.throttle import Throttle

_LOG = logging.getLogger(__name__)
CREATING_SECONDS = 1.0
DELETING_SECONDS = 5.0
"""Real seconds that a stream's last records are given on deletion."""
_LIST_LIMIT = 10

Answer = dict[str, Any]


class Control:
    """Operations on streams, each from a checked request to the members of its answer."""

    def __init__(
        self,
        services: Services,
        registry: Registry,
        encryption: Encryption,
        tasks: Tasks,
        *,
        store: Store,
        quotas: Quotas | None,
    ) -> None:
        self._services = services
        self._registry = registry
        self._encryption = encryption
        self._tasks = tasks
        self._store = store
        self._quotas = quotas

    async def create(self, call: ApiCall, request: Answer) -> Answer:
        """CreateDeliveryStream."""
        name = request["DeliveryStreamName"]
        description = describe_configuration(only_destination(request, "Configuration"))
        kind = request.get("DeliveryStreamType") or "DirectPut"
        if kind != "DirectPut":
            raise invalid(f"DeliveryStreamType {kind} is not supported by the local stack")
        self._registry.reserve(call.region, name)
        try:
            arn = stream_arn(call.region, self._registry.account, name)
            await check_destination(self._services.aws, arn, description)
            await self._find_vpc(arn, description)
            entry = self._make(call.region, request, description)
        except BaseException:
            self._registry.release(call.region, name)
            raise
        self._registry.add(entry)
        wanted = request.get("DeliveryStreamEncryptionConfigurationInput")
        self._tasks.spawn(self._activate(entry.stream, wanted), f"creation of {name}")
        return {"DeliveryStreamARN": entry.stream.arn}

    async def _find_vpc(self, arn: str, description: Answer) -> None:
        configured = description.get("VpcConfigurationDescription")
        if configured is not None:
            configured["VpcId"] = await network.find_vpc(self._services.aws, arn, configured)

    def _make(self, region: str, request: Answer, description: Answer) -> Entry:
        now = self._services.clock.now()
        source = request.get("DirectPutSourceConfiguration")
        stream = Stream(
            name=request["DeliveryStreamName"],
            region=region,
            account=self._registry.account,
            created=now,
            description=description,
            services=self._services,
            source={"DirectPutSourceDescription": source} if source else None,
            tags={tag["Key"]: tag.get("Value") or "" for tag in request.get("Tags") or ()},
        )
        return self._entry(stream, self._store.begin(stream))

    def _entry(self, stream: Stream, journal: Journal) -> Entry:
        quotas = self._quotas or default_quotas(stream.region)
        throttle = Throttle(quotas, self._services.clock.now())
        return Entry(stream, Pipeline(stream, journal), throttle)

    def restore(self) -> None:
        """Take up the streams and batches that an earlier process kept; raise ``StoreError``."""
        streams = self._store.load(self._services)
        entries = [self._entry(stream, self._store.journal(stream)) for stream in streams]
        # All of it is read before any of it begins.
        kept = [(entry, entry.pipeline.kept()) for entry in entries]
        for entry, batches in kept:
            stream = entry.stream
            self._registry.add(entry)
            entry.pipeline.resume(batches)
            self._encryption.resume(stream)
            if stream.status == "CREATING":
                self._tasks.spawn(self._activate(stream, None), f"creation of {stream.name}")
            elif stream.status == "DELETING":
                self._tasks.spawn(self._delete(entry), f"deletion of {stream.name}")

    async def _activate(self, stream: Stream, wanted: Answer | None) -> None:
        await self._services.clock.sleep(CREATING_SECONDS)
        if wanted:
            await self._encryption.enable(stream, wanted)
        stream.failure = await network.attach(stream)
        if stream.failure is not None:
            await stream.insist(partial(stream.change_status, "CREATING_FAILED"))
        if stream.status == "CREATING":
            await stream.insist(partial(stream.change_status, "ACTIVE"))

    async def describe(self, call: ApiCall, request: Answer) -> Answer:
        """DescribeDeliveryStream."""
        stream = self._registry.get(call.region, request["DeliveryStreamName"]).stream
        description: Answer = {
            "DeliveryStreamName": stream.name,
            "DeliveryStreamARN": stream.arn,
            "DeliveryStreamStatus": stream.status,
            "DeliveryStreamEncryptionConfiguration": stream.encryption,
            "DeliveryStreamType": "DirectPut",
            "VersionId": str(stream.version),
            "CreateTimestamp": stream.created,
            "Destinations": [
                {
                    "DestinationId": DESTINATION_ID,
                    f"{KIND}Description": stream.description,
                }
            ],
            "HasMoreDestinations": False,
        }
        optional = {
            "LastUpdateTimestamp": stream.updated,
            "Source": stream.source,
            "FailureDescription": stream.failure,
        }
        description |= {name: value for name, value in optional.items() if value is not None}
        if (request.get("ExclusiveStartDestinationId") or "") >= DESTINATION_ID:
            description["Destinations"] = []
        return {"DeliveryStreamDescription": description}

    async def list(self, call: ApiCall, request: Answer) -> Answer:
        """ListDeliveryStreams."""
        after = request.get("ExclusiveStartDeliveryStreamName") or ""
        limit = request.get("Limit") or _LIST_LIMIT
        wanted = (request.get("DeliveryStreamType") or "DirectPut") == "DirectPut"
        names = [name for name in self._registry.names(call.region) if name > after and wanted]
        return {
            "DeliveryStreamNames": names[:limit],
            "HasMoreDeliveryStreams": len(names) > limit,
        }

    async def update(self, call: ApiCall, request: Answer) -> Answer:
        """UpdateDestination."""
        stream = self.active(call.region, request["DeliveryStreamName"])
        self._check_version(stream, request)
        if request["DestinationId"] != DESTINATION_ID:
            raise invalid(f"Destination Id {request['DestinationId']} not found")
        description = merge_update(stream.description, only_destination(request, "Update"))
        if description != stream.description:
            await check_destination(self._services.aws, stream.arn, description)
            self._check_version(stream, request)
            stream.apply(description)
        return {}

    def _check_version(self, stream: Stream, request: Answer) -> None:
        given = request["CurrentDeliveryStreamVersionId"]
        if given != str(stream.version):
            raise ApiError(
                "ConcurrentModificationException",
                f"Cannot update firehose: {stream.name} since the current version id: "
                f"{stream.version} and specified version id: {given} do not match",
            )

    def active(self, region: str, name: str) -> Stream:
        """Return a stream that may be changed; raise ``ResourceInUseException`` (A8)."""
        stream = self._registry.get(region, name).stream
        if stream.status != "ACTIVE":
            raise ApiError(
                "ResourceInUseException",
                f"Firehose {name} is not in the ACTIVE state: it is {stream.status}",
            )
        return stream

    async def delete(self, call: ApiCall, request: Answer) -> Answer:
        """DeleteDeliveryStream."""
        entry = self._registry.get(call.region, request["DeliveryStreamName"])
        stream = entry.stream
        if stream.status == "CREATING":
            self.active(call.region, stream.name)
        if stream.status != "DELETING":
            stream.change_status("DELETING")
            self._tasks.spawn(self._delete(entry), f"deletion of {stream.name}")
        return {}

    async def _delete(self, entry: Entry) -> None:
        try:
            await entry.pipeline.stop(DELETING_SECONDS)
            trouble = await network.detach(entry.stream)
            if trouble:
                _LOG.warning("%s: network interfaces remain: %s", entry.stream.arn, trouble)
        finally:
            entry.stream.change_status(DELETED)
            self._registry.remove(entry)
            self._store.remove(entry.stream)
