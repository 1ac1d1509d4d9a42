"""AWS in memory, as Firehose's ports see it; every answer can be set by the test."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from firehose_logging.local.api import ApiAnswer, ApiCall, ApiError, Principal
from firehose_logging.local.clock import ManualClock
from firehose_logging.local.firehose import Firehose, Quotas
from firehose_logging.local.firehose.ports import (
    AccessError,
    DomainRecord,
    HttpAnswer,
    Invocation,
    LogEvent,
    MetricDatum,
)

ACCOUNT = "000000000000"
REGION = "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/writer"
DOMAIN = f"arn:aws:es:{REGION}:{ACCOUNT}:domain/logging"
BUCKET = "arn:aws:s3:::backup"
START = 1_456_405_200.0
"""2016-02-25T13:00Z, the moment of C1."""

Answer = Callable[[list[tuple[dict[str, Any], bytes]]], HttpAnswer]


def item(status: int = 201, error: object = None) -> dict[str, Any]:
    """One entry of a bulk answer."""
    body: dict[str, Any] = {"status": status}
    if error is not None:
        body["error"] = error
    return {"index": body}


def bulk_answer(items: list[dict[str, Any]]) -> HttpAnswer:
    """A bulk answer with ``items``."""
    errors = any(entry["index"]["status"] >= 300 for entry in items)
    body = {"took": 1, "errors": errors, "items": items}
    return HttpAnswer(200, json.dumps(body).encode())


def all_taken(lines: list[tuple[dict[str, Any], bytes]]) -> HttpAnswer:
    """Take every document."""
    return bulk_answer([item() for _ in lines])


MAPPING_ERROR = {"type": "mapper_parsing_exception", "reason": "failed to parse"}
DOWN = AccessError("OS.ConnectionError", "No answer from localhost:9200")


def refuse(word: bytes, status: int = 400, error: object = None) -> Answer:
    """Refuse the documents that hold ``word``."""

    def answer(lines: list[tuple[dict[str, Any], bytes]]) -> HttpAnswer:
        return bulk_answer(
            [item(status, error or MAPPING_ERROR) if word in data else item() for _, data in lines]
        )

    return answer


def fail_whole(status: int, body: bytes = b"no") -> Answer:
    """Answer so to every request."""
    return lambda _lines: HttpAnswer(status, body)


class StandInAws:
    """Services and role in one; collects what Firehose does."""

    def __init__(self) -> None:
        self.answer: Answer = all_taken
        self.domain = DomainRecord("localhost:9200", "OpenSearch_3.5")
        self.refusals: dict[str, AccessError] = {}
        self.function: Callable[[dict[str, Any]], Invocation] | None = None
        self.requests: list[list[tuple[dict[str, Any], bytes]]] = []
        self.objects: dict[str, bytes] = {}
        self.keys: dict[str, str | None] = {}
        self.events: list[tuple[str, str, dict[str, Any]]] = []
        self.metrics: list[MetricDatum] = []
        self.assumed: list[str] = []
        self.documents: dict[tuple[str, str], bytes] = {}
        self.closed = False
        self.endpoints: set[str] = set()
        self.key = "Enabled"
        self.interfaces: list[tuple[str, str]] = []

    def _act(self, action: str) -> None:
        refusal = self.refusals.get(action)
        if refusal is not None:
            raise refusal

    async def as_role(self, role_arn: str, stream_arn: str) -> StandInAws:
        await asyncio.sleep(0)
        self.assumed.append(role_arn)
        self._act("AssumeRole")
        return self

    assume_anew = as_role

    async def describe_domain(self, domain_arn: str) -> DomainRecord:
        self._act("DescribeDomain")
        return self.domain

    async def bulk(self, endpoint: str, body: bytes) -> HttpAnswer:
        self._act("Bulk")
        self.endpoints.add(endpoint)
        rows = body.split(b"\n")
        lines = [
            (json.loads(head)["index"], data)
            for head, data in zip(rows[0::2], rows[1::2], strict=False)
        ]
        self.requests.append(lines)
        answer = self.answer(lines)
        self._index(lines, answer)
        return answer

    def _index(self, lines: list[tuple[dict[str, Any], bytes]], answer: HttpAnswer) -> None:
        if answer.status != 200:
            return
        try:
            items = json.loads(answer.body)["items"]
        except (ValueError, KeyError):
            return
        for number, ((head, data), one) in enumerate(zip(lines, items, strict=False)):
            if one["index"]["status"] < 300:
                made_up = f"made-up-{len(self.requests)}-{number}"
                self.documents[head["_index"], head.get("_id", made_up)] = data

    async def put_object(self, bucket: str, key: str, body: bytes, key_arn: str | None) -> None:
        self._act("PutObject")
        self.objects[f"{bucket}/{key}"] = body
        self.keys[key] = key_arn

    async def put_log_events(self, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        self._act("PutLogEvents")
        self.events += [(group, stream, json.loads(event.message)) for event in events]

    async def invoke(self, function_arn: str, payload: bytes) -> Invocation:
        self._act("Invoke")
        assert self.function is not None
        return self.function(json.loads(payload))

    async def find_vpc(self, subnets: Sequence[str], groups: Sequence[str]) -> str:
        self._act("DescribeSubnets")
        return "vpc-1"

    async def create_interfaces(
        self, stream_arn: str, subnets: Sequence[str], groups: Sequence[str]
    ) -> None:
        self._act("CreateNetworkInterface")
        self.interfaces += [(stream_arn, subnet) for subnet in subnets]

    async def delete_interfaces(self, stream_arn: str) -> None:
        self._act("DeleteNetworkInterface")
        self.interfaces = [one for one in self.interfaces if one[0] != stream_arn]

    async def key_state(self, key_arn: str, region: str) -> str:
        self._act("DescribeKey")
        return self.key

    async def put_metrics(self, region: str, data: Sequence[MetricDatum]) -> None:
        self._act("PutMetricData")
        self.metrics += data

    async def close(self) -> None:
        self.closed = True

    def metric(self, name: str) -> list[MetricDatum]:
        """What was published of one metric."""
        return [datum for datum in self.metrics if datum.name == name]


class Bench:
    """A Firehose on a hand-moved clock, with the calls that tests make."""

    def __init__(self, *, start: float = START, **options: Any) -> None:
        self.clock = ManualClock(start)
        self.aws = StandInAws()
        options.setdefault("quotas", Quotas(1e9, 1e9, 1e12))
        self.firehose = Firehose(self.clock, self.aws, ACCOUNT, **options)

    async def call(self, operation: str, region: str = REGION, **members: Any) -> Any:
        """Make a call and return the members of its answer."""
        return json.loads((await self.raw(operation, json.dumps(members).encode(), region)).body)

    async def raw(self, operation: str, body: bytes, region: str = REGION) -> ApiAnswer:
        principal = Principal(f"arn:aws:iam::{ACCOUNT}:user/tester", ACCOUNT)
        return await self.firehose.handle(ApiCall("firehose", operation, region, principal, body))

    async def refused(self, operation: str, **members: Any) -> ApiError:
        """Make a call that is refused, and return the refusal."""
        with pytest.raises(ApiError) as caught:
            await self.call(operation, **members)
        return caught.value

    async def create(self, name: str = "logs", **changes: Any) -> None:
        """Create a stream and wait until it is active."""
        await self.call("CreateDeliveryStream", **configuration(name, **changes))
        await self.clock.advance(2)

    async def put(self, *data: bytes, name: str = "logs") -> Any:
        """Put records in one batch."""
        return await self.call("PutRecordBatch", DeliveryStreamName=name, Records=records(*data))

    async def update(self, version: str = "1", **members: Any) -> None:
        """Update the destination of the stream ``logs``."""
        await self.call(
            "UpdateDestination",
            DeliveryStreamName="logs",
            CurrentDeliveryStreamVersionId=version,
            DestinationId="destinationId-000000000001",
            AmazonopensearchserviceDestinationUpdate=members,
        )

    async def describe(self, name: str = "logs") -> Any:
        answer = await self.call("DescribeDeliveryStream", DeliveryStreamName=name)
        return answer["DeliveryStreamDescription"]

    async def destination(self, name: str = "logs") -> Any:
        description = await self.describe(name)
        return description["Destinations"][0]["AmazonopensearchserviceDestinationDescription"]

    def failed_documents(self, folder: str = "AmazonOpenSearchService-failed") -> list[Any]:
        """The lines of every uncompressed object under ``folder``."""
        return [
            json.loads(line)
            for key, body in self.aws.objects.items()
            if f"/{folder}/" in key
            for line in body.splitlines()
        ]


def records(*data: bytes) -> list[dict[str, str]]:
    """Records as a request carries them."""
    return [{"Data": b64encode(one).decode()} for one in data]


def configuration(name: str = "logs", *, bucket: Any = None, **changes: Any) -> dict[str, Any]:
    """A CreateDeliveryStream request; ``changes`` go to the destination, ``None`` removes."""
    destination: dict[str, Any] = {
        "RoleARN": ROLE,
        "DomainARN": DOMAIN,
        "IndexName": "logging-test",
        "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 1},
        "S3Configuration": {"RoleARN": ROLE, "BucketARN": BUCKET, **(bucket or {})},
        **changes,
    }
    return {
        "DeliveryStreamName": name,
        "AmazonopensearchserviceDestinationConfiguration": {
            member: value for member, value in destination.items() if value is not None
        },
    }


LOGGING = {
    "Enabled": True,
    "LogGroupName": "/aws/kinesisfirehose/logs",
    "LogStreamName": "DestinationDelivery",
}


FUNCTION = "arn:aws:lambda:eu-west-1:000000000000:function:transform:$LATEST"

Entries = list[dict[str, Any]]


def processing(**parameters: str) -> dict[str, Any]:
    named = {"LambdaArn": FUNCTION, **parameters}
    given = [{"ParameterName": name, "ParameterValue": value} for name, value in named.items()]
    return {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": given}]}


def function_answer(entries: Entries) -> Invocation:
    return Invocation(json.dumps({"records": entries}).encode(), None)


def ok(record: dict[str, Any]) -> dict[str, Any]:
    data = b64encode(b64decode(record["data"]).upper()).decode()
    return {"recordId": record["recordId"], "result": "Ok", "data": data}


class Function:
    """Turns data to upper case; the test may change what it answers."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.change: Callable[[Entries], Any] = lambda entries: entries

    def __call__(self, event: dict[str, Any]) -> Invocation:
        self.events.append(event)
        changed = self.change([ok(record) for record in event["records"]])
        return changed if isinstance(changed, Invocation) else function_answer(changed)
