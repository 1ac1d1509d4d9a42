"""Faults on demand: what each kind does, and what is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from firehose_logging.local.api import ApiError
from firehose_logging.local.fault_actions import fault_actions
from firehose_logging.local.firehose.faults import FaultError
from firehose_logging.local.gateway.control import ControlError

from .standin import LOGGING, Bench, records


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.create(CloudWatchLoggingOptions=LOGGING)
    yield bench
    await bench.firehose.stop(0.2)


async def fault(bench: Bench, **asked: Any) -> Any:
    return await bench.firehose.faults.handle(asked)


async def test_a_throttled_stream_refuses_puts_until_the_fault_is_cleared(bench: Bench) -> None:
    await fault(bench, kind="throttle")
    with pytest.raises(ApiError, match="Slow down"):
        await bench.put(b"{}")
    with pytest.raises(ApiError, match="Slow down"):
        await bench.call("PutRecord", DeliveryStreamName="logs", Record=records(b"{}")[0])
    assert await fault(bench, clear=True) == {"faults": []}
    assert (await bench.put(b"{}"))["FailedPutCount"] == 0


async def test_a_fault_of_some_calls_ends_by_itself(bench: Bench) -> None:
    await fault(bench, kind="throttle", calls=2)
    for _ in range(2):
        with pytest.raises(ApiError):
            await bench.put(b"{}")
    await bench.put(b"{}")
    assert await fault(bench) == {"faults": []}


async def test_a_fault_of_another_stream_does_nothing_here(bench: Bench) -> None:
    await fault(bench, kind="throttle", stream="other")
    await bench.put(b"{}")


async def test_partial_failures_name_the_refused_records_and_keep_the_others(
    bench: Bench,
) -> None:
    await fault(bench, kind="partial", share=0.3)
    data = [json.dumps({"n": number}).encode() for number in range(300)]
    answer = await bench.put(*data)
    refused = [
        position
        for position, entry in enumerate(answer["RequestResponses"])
        if "ErrorCode" in entry
    ]
    assert 40 < len(refused) < 160
    assert answer["FailedPutCount"] == len(refused)
    await bench.clock.advance(61)
    delivered = set(bench.aws.documents.values())
    assert delivered == {one for n, one in enumerate(data) if n not in set(refused)}


async def test_a_delay_answers_late(bench: Bench) -> None:
    import time

    await fault(bench, kind="delay", seconds=0.05, calls=1)
    started = time.perf_counter()
    await bench.put(b"{}")
    assert time.perf_counter() - started >= 0.05


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"kind": "domain-refuses"}, "OS.ServiceException"),
        ({"kind": "domain-refuses", "status": 502}, "OS.BadGateway"),
        ({"kind": "domain-vanishes"}, "OS.ConnectionError"),
        ({"kind": "domain-disk-full"}, "OS.ClusterBlockException"),
        ({"kind": "domain-partial"}, "429"),
    ],
)
async def test_a_domain_in_trouble_is_logged_and_waited_for(
    bench: Bench, asked: dict[str, Any], code: str
) -> None:
    await fault(bench, **asked)
    await bench.put(b"{}")
    await bench.clock.advance(100)
    assert not bench.aws.requests
    assert bench.aws.events[0][2]["errorCode"] == code
    await fault(bench, clear=True)
    await bench.clock.advance(20)
    assert len(bench.aws.documents) == 1


async def test_documents_that_the_domain_rejects_are_sent_again(bench: Bench) -> None:
    await fault(bench, kind="domain-partial", share=0.5, calls=1)
    await bench.put(*[json.dumps({"n": number}).encode() for number in range(100)])
    await bench.clock.advance(60)
    first = len(bench.aws.documents)
    assert 20 < first < 80
    await bench.clock.advance(10)
    assert len(bench.aws.documents) == 100
    assert [len(lines) for lines in bench.aws.requests] == [first, 100 - first]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kind": "fire"}, "kind must be one of throttle, partial, delay"),
        ({"stream": "logs"}, "kind must be one of"),
        ({"kind": "delay", "seconds": 301}, "seconds must be a number from 0 to 300"),
        ({"kind": "delay", "seconds": "1"}, "seconds must be a number"),
        ({"kind": "partial", "share": 1.5}, "share must be a number from 0 to 1"),
        ({"kind": "partial", "share": True}, "share must be a number"),
        ({"kind": "throttle", "calls": 0}, "calls must be a number from 1"),
        ({"kind": "throttle", "stream": 5}, "stream must be a name"),
        ({"kind": "domain-refuses", "status": 200}, "status must be a number from 300 to 599"),
        ({"kind": "throttle", "whom": "me"}, "'whom' is no part of a fault"),
    ],
)
async def test_a_fault_that_can_not_be_set_is_refused_in_one_line(
    bench: Bench, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(FaultError, match=said):
        await fault(bench, **asked)
    with pytest.raises(ControlError, match=said):
        await fault_actions(bench.firehose.faults)["faults"](asked)
    assert await fault(bench) == {"faults": []}
