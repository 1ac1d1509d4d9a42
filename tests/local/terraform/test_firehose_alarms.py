"""Each alarm over a delivery stream: silent while all is well, raised by its cause, and cleared.

The alarms are those that the module makes, applied with Terraform and read back with
DescribeAlarms. Their metrics are those of the local Firehose, which lives through each cause on
a clock moved by hand, and are read from the stack's CloudWatch with GetMetricData.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import certifi
import pytest
from tests.local.conftest import REGION, GatewayUnderTest
from tests.local.terraform.cloudwatch_alarms import MINUTE, state_of
from tests.unit.firehose.standin import (
    ACCOUNT,
    Bench,
    Function,
    all_taken,
    bulk_answer,
    configuration,
    item,
    processing,
)

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose import Quotas
from firehose_logging.local.firehose.aws_access import AwsAccess, ServiceCredentials
from firehose_logging.local.firehose.ports import AccessError, HttpAnswer, Invocation
from firehose_logging.verify.terraform import Workspace

MODULE = Path(__file__).resolve().parents[3] / "modules" / "monitoring"
STREAM = "logs"
DAY = 24 * 60 * MINUTE
OWN_KEY = {
    "KeyType": "CUSTOMER_MANAGED_CMK",
    "KeyARN": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000",
}
DOCUMENT = b'{"message":"hello"}'
REJECTION = {"type": "mapper_parsing_exception", "reason": "failed to parse"}

# Longer than the longest of the alarms takes, 3 periods of 5 minutes, and than Firehose needs to
# deliver what waited.
MINUTES = 20

Act = Callable[[Bench], object]


@dataclass(frozen=True)
class Traffic:
    """What producers put: ``records`` of ``size`` bytes every ``seconds``."""

    records: int = 2
    size: int = len(DOCUMENT)
    seconds: float = 30.0


@dataclass(frozen=True)
class Cause:
    """What raises an alarm.

    Attributes:
        begin: makes it go wrong.
        end: makes it well again.
        traffic: what is put meanwhile.
        quotas: what the stream takes per second.
        retry: for how many seconds the stream tries to deliver.
    """

    begin: Act = lambda _bench: None
    end: Act = lambda _bench: None
    traffic: Traffic = Traffic()
    quotas: Quotas = field(default_factory=lambda: Quotas(records=100, requests=10, bytes=1e6))
    retry: int = 60


def the_domain_answers(answer: Callable[[int], HttpAnswer]) -> Act:
    """Let the domain answer a bulk request by the number of its documents."""

    def begin(bench: Bench) -> None:
        bench.aws.answer = lambda lines: answer(len(lines))

    return begin


def each_document_gets(status: int) -> Act:
    return the_domain_answers(lambda count: bulk_answer([item(status, REJECTION)] * count))


def all_is_well(bench: Bench) -> None:
    bench.aws.answer = all_taken
    bench.aws.refusals.clear()
    bench.aws.key = "Enabled"
    bench.aws.function = Function()


def nothing_may_be_backed_up(bench: Bench) -> None:
    bench.aws.refusals["PutObject"] = AccessError("AccessDenied", "not authorized")
    each_document_gets(400)(bench)


def the_domain_vanishes(bench: Bench) -> None:
    bench.aws.refusals["Bulk"] = AccessError("OS.ConnectionError", "no answer")


def the_function_fails(bench: Bench) -> None:
    bench.aws.function = lambda _event: Invocation(b'{"errorMessage":"boom"}', "Unhandled")


def the_key_is_disabled(bench: Bench) -> None:
    bench.aws.key = "Disabled"


CAUSES: Mapping[str, Cause] = {
    "delivery-success": Cause(each_document_gets(429), all_is_well),
    "delivery-freshness": Cause(the_domain_vanishes, all_is_well, retry=7200),
    "delivery-rejected": Cause(each_document_gets(400), all_is_well),
    "delivery-auth-failure": Cause(
        the_domain_answers(lambda _count: HttpAnswer(403, b'{"Message":"forbidden"}')),
        all_is_well,
    ),
    "throttled": Cause(
        traffic=Traffic(records=400), quotas=Quotas(records=10, requests=10, bytes=1e6)
    ),
    "quota-bytes": Cause(
        traffic=Traffic(size=13_000), quotas=Quotas(records=100, requests=10, bytes=1_000)
    ),
    "quota-records": Cause(
        traffic=Traffic(records=270), quotas=Quotas(records=10, requests=10, bytes=1e6)
    ),
    "quota-requests": Cause(
        traffic=Traffic(records=1, seconds=1.1), quotas=Quotas(records=100, requests=1, bytes=1e6)
    ),
    "backup-success": Cause(nothing_may_be_backed_up, all_is_well),
    "transform-success": Cause(the_function_fails, all_is_well),
    "stream-key-errors": Cause(the_key_is_disabled, all_is_well),
}


@pytest.fixture(scope="module")
async def alarms(
    gateway: GatewayUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Apply the module; return the alarms over the stream by what they are called after it."""
    folder = tmp_path_factory.mktemp("monitoring")
    inputs = {
        "source": str(MODULE),
        "name": STREAM,
        "delivery_streams": {"names": [STREAM], "transform": True, "interval_seconds": 60},
        "opensearch_domain": {"name": STREAM, "account_id": ACCOUNT, "watch": False},
    }
    (folder / "main.tf.json").write_text(json.dumps({"module": {"monitoring": inputs}}))
    workspace = Workspace(folder, folder / "scratch", environment=gateway.environment)

    def apply() -> None:
        workspace.init()
        workspace.apply()

    await asyncio.to_thread(apply)
    described = await gateway.call("cloudwatch", "describe_alarms")
    return {
        alarm["AlarmName"].removeprefix(f"{STREAM}-"): alarm for alarm in described["MetricAlarms"]
    }


class WatchedStream:
    """A stream on a clock moved by hand, whose metrics go to the stack's CloudWatch."""

    def __init__(self, gateway: GatewayUnderTest, bench: Bench) -> None:
        self._gateway = gateway
        self.bench = bench
        environment = gateway.environment
        self._aws = AwsAccess(
            gateway.url,
            certifi.where(),
            ServiceCredentials(
                environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
            ),
            ACCOUNT,
        )

    async def create(self, retry: int) -> None:
        """Make a stream with all that an alarm may watch: a function and a key of its own."""
        await self.bench.firehose.start()
        wanted: dict[str, Any] = configuration(
            STREAM,
            bucket={"BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 1}},
            ProcessingConfiguration=processing(BufferIntervalInSeconds="1"),
            RetryOptions={"DurationInSeconds": retry},
        )
        wanted["DeliveryStreamEncryptionConfigurationInput"] = OWN_KEY
        await self.bench.call("CreateDeliveryStream", **wanted)
        await self.bench.clock.advance(MINUTE)

    async def live(self, minutes: int, traffic: Traffic) -> None:
        """Let time pass under traffic, then hand the metrics on."""
        document = DOCUMENT.ljust(traffic.size)
        end = self.bench.clock.now() + minutes * MINUTE
        while self.bench.clock.now() < end:
            # A producer whose records are throttled, or can't be encrypted, goes on all the same.
            with suppress(ApiError):
                await self.bench.put(*[document] * traffic.records)
            await self.bench.clock.advance(traffic.seconds)
        await self._aws.put_metrics(REGION, self.bench.aws.metrics)
        self.bench.aws.metrics.clear()

    async def state(self, alarm: Mapping[str, Any]) -> str:
        """Return the alarm's state now."""
        cloudwatch = self._gateway.client("cloudwatch")
        try:
            return await asyncio.to_thread(state_of, alarm, cloudwatch, self.bench.clock.now())
        finally:
            cloudwatch.close()

    async def stop(self) -> None:
        await self.bench.firehose.stop(0.2)
        await self._aws.close()


@pytest.fixture(params=list(CAUSES))
async def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def stream(name: str, gateway: GatewayUnderTest) -> AsyncIterator[WatchedStream]:
    """Run a stream on a day in the past that no other test's metrics fall on."""
    day = time.time() // DAY * DAY - (1 + list(CAUSES).index(name)) * DAY
    watched = WatchedStream(gateway, Bench(start=day, quotas=CAUSES[name].quotas))
    all_is_well(watched.bench)
    await watched.create(CAUSES[name].retry)
    yield watched
    await watched.stop()


async def test_each_alarm_over_a_stream_has_a_cause_here(
    alarms: Mapping[str, Mapping[str, Any]],
) -> None:
    assert sorted(alarms) == sorted(CAUSES)


async def test_an_alarm_is_raised_by_its_cause_and_cleared_by_its_end(
    name: str, stream: WatchedStream, alarms: Mapping[str, Mapping[str, Any]]
) -> None:
    cause, alarm = CAUSES[name], alarms[name]
    await stream.live(MINUTES, Traffic())
    before = {other: await stream.state(alarms[other]) for other in alarms}
    assert set(before.values()) == {"OK"}, before

    cause.begin(stream.bench)
    await stream.live(MINUTES, cause.traffic)
    assert await stream.state(alarm) == "ALARM"

    cause.end(stream.bench)
    await stream.live(MINUTES, Traffic())
    assert await stream.state(alarm) == "OK"
