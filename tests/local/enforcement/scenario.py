"""What a stream does in a day, and what of it its role does not let it do."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from .deployed import Deployed

PATIENCE = 60.0
_POLL = 0.05
_DELIVERY, _BACKUP = "DestinationDelivery", "BackupDelivery"
_DESCRIBED = "AmazonopensearchserviceDestinationDescription"

T = TypeVar("T")

Trouble = str | None
"""Why a step failed; ``None`` where it did not."""


class UndecidedError(Exception):
    """Say that a step has neither worked nor failed yet."""


class Step(Enum):
    """One thing that streams do, in the order of a stream's life."""

    CREATE = "a stream can be made"
    DELETE = "its network interfaces go with it"
    DELIVER = "a record is in its index, changed by the function"
    BACK_UP = "a record that the domain refuses is in the bucket"
    LOG = "why it was refused is in the log"


class Day:
    """Put records into one stream; make and delete another one of the same role."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._call = deployed.account.call
        self._kept, self._remade = deployed.outputs["streams"]
        self._bucket = deployed.outputs["bucket"]
        self._creation: dict[str, Any] = {}
        self._numbers = itertools.count()
        self._put: list[str] = []
        self._lines: dict[str, list[Any]] = {}

    async def prepare(self) -> None:
        """Delete the stream that is made anew each time, and remember how it was made."""
        described = await self._describe()
        self._creation = _configuration(described["Destinations"][0][_DESCRIBED])
        await self._delete()

    async def pass_by(self) -> dict[Step, str]:
        """Return what failed, and how it was told."""
        found: dict[Step, Trouble] = {}
        for troubles in await asyncio.gather(self._life_of_a_stream(), self._life_of_records()):
            found |= troubles
        return {step: found[step] or "" for step in Step if found.get(step)}

    async def _life_of_a_stream(self) -> dict[Step, Trouble]:
        trouble = await self._create()
        if trouble:
            await self._delete()
            return {Step.CREATE: trouble}
        await self._delete()
        left = await self._interfaces()
        for interface in left:
            await self._call("ec2", "delete_network_interface", NetworkInterfaceId=interface)
        return {Step.DELETE: f"{len(left)} network interfaces remain" if left else None}

    async def _create(self) -> Trouble:
        try:
            await self._call(
                "firehose",
                "create_delivery_stream",
                DeliveryStreamName=self._remade,
                AmazonopensearchserviceDestinationConfiguration=self._creation,
            )
        except ClientError as error:
            return str(error)

        async def settled() -> Any:
            described = await self._describe()
            return described["DeliveryStreamStatus"] != "CREATING" and described

        described = await until(settled)
        return described.get("FailureDescription") and str(described["FailureDescription"])

    async def _delete(self) -> None:
        try:
            await self._call("firehose", "delete_delivery_stream", DeliveryStreamName=self._remade)
        except ClientError:
            return

        async def gone() -> bool:
            listed = await self._call("firehose", "list_delivery_streams")
            return self._remade not in listed["DeliveryStreamNames"]

        await until(gone)

    async def _describe(self) -> Any:
        answer = await self._call(
            "firehose", "describe_delivery_stream", DeliveryStreamName=self._remade
        )
        return answer["DeliveryStreamDescription"]

    async def _interfaces(self) -> list[str]:
        found = await self._call("ec2", "describe_network_interfaces")
        return [
            interface["NetworkInterfaceId"]
            for interface in found["NetworkInterfaces"]
            if interface["Description"].endswith(f"/{self._remade}")
        ]

    async def _life_of_records(self) -> dict[Step, Trouble]:
        name = f"record-{next(self._numbers)}"
        denials = len(self._deployed.denials)
        before = {stream: len(await self._events(stream)) for stream in (_DELIVERY, _BACKUP)}
        records = [{"name": name}, {"name": name, "bad": True}]
        await self._call(
            "firehose",
            "put_record_batch",
            DeliveryStreamName=self._kept,
            Records=[{"Data": json.dumps(record).encode()} for record in records],
        )
        self._put.append(name)

        async def told() -> dict[Step, Trouble] | None:
            backed_up = await self._backed_up(name)
            delivery, backup = [
                (await self._events(stream))[before[stream] :] for stream in (_DELIVERY, _BACKUP)
            ]
            denied = [text for text in self._deployed.denials[denials:] if "logs:Put" in text]
            try:
                return {
                    Step.DELIVER: self._delivered(name, backed_up),
                    Step.BACK_UP: _verdict(_refused(backed_up), backup),
                    Step.LOG: _verdict(bool(delivery), denied),
                }
            except UndecidedError:
                return None

        return await until(told)

    def _delivered(self, name: str, backed_up: list[tuple[Any, str]]) -> Trouble:
        in_index = {"name": name, "transformed": True} in self._deployed.documents
        return _verdict(in_index, [why for record, why in backed_up if "bad" not in record])

    async def mended(self) -> bool:
        """Return once every record that was ever put is in its index or in the bucket."""

        async def kept() -> bool:
            for name in self._put:
                backed_up = await self._backed_up(name)
                try:
                    self._delivered(name, backed_up)
                except UndecidedError:
                    return False
                if not _refused(backed_up):
                    return False
            return True

        return await until(kept)

    async def _backed_up(self, name: str) -> list[tuple[Any, str]]:
        """Return the records of that name in the bucket, each with the reason."""
        listed = await self._call("s3", "list_objects_v2", Bucket=self._bucket)
        for entry in listed.get("Contents", []):
            key = entry["Key"]
            if key not in self._lines:
                got = await self._call("s3", "get_object", Bucket=self._bucket, Key=key)
                self._lines[key] = [json.loads(line) for line in got["Body"].read().splitlines()]
        return [
            (record, f"{line['errorCode']}: {line['errorMessage']}")
            for lines in self._lines.values()
            for line in lines
            for record in [json.loads(base64.b64decode(line["rawData"]))]
            if record["name"] == name
        ]

    async def _events(self, stream: str) -> list[str]:
        got = await self._call(
            "logs",
            "get_log_events",
            logGroupName=f"/aws/kinesisfirehose/{self._kept}",
            logStreamName=stream,
            startFromHead=True,
        )
        return [event["message"] for event in got["events"]]


def _refused(backed_up: list[tuple[Any, str]]) -> bool:
    return any("bad" in record for record, _ in backed_up)


def _verdict(done: bool, troubles: list[str]) -> Trouble:
    if not done and not troubles:
        raise UndecidedError
    return None if done else troubles[0]


def _configuration(description: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration that a stream of that description was made with."""
    made = dict(description)
    made["S3Configuration"] = made.pop("S3DestinationDescription")
    network = made.pop("VpcConfigurationDescription")
    made["VpcConfiguration"] = {name: network[name] for name in network if name != "VpcId"}
    return made


async def until(look: Callable[[], Awaitable[T | None]]) -> T:
    """Return what ``look`` returns once it is something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := await look()):
        assert time.monotonic() < deadline, f"{look.__qualname__} in vain"
        await asyncio.sleep(_POLL)
    return found
