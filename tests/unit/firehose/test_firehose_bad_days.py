"""Engines that answer nonsense, clocks that jump, requests that are too large.

Each time nothing that was acknowledged is lost or doubled, nothing hangs, and one line says why.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from firehose_logging.local.api import ApiError
from firehose_logging.local.clock import RealClock
from firehose_logging.local.firehose import Quotas
from firehose_logging.local.firehose.limits import MEBIBYTE
from firehose_logging.local.firehose.ports import AccessError, HttpAnswer

from .standin import LOGGING, Bench, all_taken, bulk_answer, item, records

RED = {
    "type": "unavailable_shards_exception",
    "reason": "[logging-test][0] primary shard is not active Timeout: [1m]",
}
FULL = {
    "type": "cluster_block_exception",
    "reason": "index [logging-test] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded]",
}
ALIAS = {
    "type": "illegal_argument_exception",
    "reason": "Alias [logging-test] has more than one index associated with it [[a, b]]",
}
CUT_OFF = bulk_answer([item(), item()]).body[:-20]

Lines = list[tuple[dict[str, Any], bytes]]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.create(CloudWatchLoggingOptions=LOGGING)
    yield bench
    await bench.firehose.stop(0.2)


def each(status: int, error: object) -> Any:
    return lambda lines: bulk_answer([item(status, error) for _ in lines])


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (lambda _: HttpAnswer(200, b"<html>It works!</html>"), "OS.ServiceException", "<html>"),
        (lambda _: HttpAnswer(503, b"<html>busy</html>"), "OS.ServiceException", "busy"),
        (lambda _: HttpAnswer(200, CUT_OFF), "OS.ServiceException", '"items"'),
        (lambda _: HttpAnswer(200, b""), "OS.ServiceException", "Elasticsearch cluster"),
        (lambda _: HttpAnswer(200, b'{"errors":true}'), "OS.ServiceException", "errors"),
        (lambda _: bulk_answer([item()]), "OS.ServiceException", "ended before this record"),
        (each(503, RED), "503", "primary shard is not active"),
        (each(429, FULL), "OS.ClusterBlockException", "disk usage exceeded"),
        (each(429, {"type": "rejected_execution_exception"}), "429", "rejected_execution"),
        (lambda _: HttpAnswer(401, b"Unauthorized"), "OS.ServiceException", "Unauthorized"),
        (lambda _: HttpAnswer(302, b""), "OS.ServiceException", "Elasticsearch cluster"),
    ],
    ids=[
        "HTML",
        "HTML-503",
        "cut-off",
        "empty",
        "errors-without-items",
        "half-an-answer",
        "red-cluster",
        "full-disk",
        "queue-full",
        "no-longer-authorized",
        "redirect",
    ],
)
async def test_c9_an_engine_in_trouble_delays_records_and_loses_none(
    bench: Bench, answer: Any, code: str, said: str
) -> None:
    bench.aws.answer = answer
    await bench.put(b'{"n":1}', b'{"n":2}')
    await bench.clock.advance(100)
    bench.aws.answer = all_taken
    await bench.clock.advance(30)
    assert sorted(bench.aws.documents.values()) == [b'{"n":1}', b'{"n":2}']
    event = bench.aws.events[0][2]
    assert event["errorCode"] == code
    assert said in event["message"]
    assert "\n" not in json.dumps(event)
    assert not bench.aws.objects


async def test_c5_an_alias_over_two_indexes_goes_to_the_backup_with_its_code(
    bench: Bench,
) -> None:
    bench.aws.answer = each(400, ALIAS)
    await bench.put(b'{"n":1}')
    await bench.clock.advance(400)
    (line,) = bench.failed_documents()
    assert line["errorCode"] == "OS.AliasWithMultipleIndicesNotAllowed"
    assert "more than one index" in line["errorMessage"]


async def test_c6_more_entries_than_records_go_to_the_backup(bench: Bench) -> None:
    bench.aws.answer = lambda lines: bulk_answer([item()] * (len(lines) + 1))
    await bench.put(b'{"n":1}')
    await bench.clock.advance(400)
    assert bench.failed_documents()[0]["errorCode"] == "OS.ResponseEntryCountMismatch"


async def test_c9_a_request_that_is_too_large_is_sent_in_parts(bench: Bench) -> None:
    def answer(lines: Lines) -> HttpAnswer:
        if len(lines) > 3:
            return HttpAnswer(413, b'{"Message":"Request size exceeded 10485760 bytes"}')
        return bulk_answer(
            [item(400, {"type": "x"}) if b"bad" in data else item() for _, data in lines]
        )

    bench.aws.answer = answer
    data = [b'{"n":%d}' % number for number in range(10)] + [b'{"n":"bad"}']
    await bench.put(*data)
    await bench.clock.advance(400)
    assert sorted(bench.aws.documents.values()) == data[:10]
    assert len(bench.failed_documents()) == 1


async def test_c9_a_single_document_that_is_too_large_goes_to_the_backup(bench: Bench) -> None:
    bench.aws.answer = lambda _lines: HttpAnswer(413, b"Request size exceeded")
    await bench.put(b'{"n":1}')
    await bench.clock.advance(400)
    assert bench.failed_documents()[0]["errorCode"] == "OS.ServiceException"


async def test_a_fault_of_the_stack_itself_keeps_the_records(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_lines: Lines) -> HttpAnswer:
        raise ZeroDivisionError("a bug")

    bench.aws.answer = broken
    await bench.put(b'{"n":1}')
    await bench.clock.advance(100)
    bench.aws.answer = all_taken
    await bench.clock.advance(60)
    assert list(bench.aws.documents.values()) == [b'{"n":1}']
    assert "a batch stays where it is for now" in caplog.text


async def test_b4_a_role_that_is_gone_for_a_while_loses_nothing(bench: Bench) -> None:
    bench.aws.refusals["AssumeRole"] = AccessError("AccessDenied", "not authorized")
    await bench.put(b'{"n":1}')
    await bench.clock.advance(7200)
    stream = bench.firehose._registry.get("eu-west-1", "logs").stream
    assert stream.held > 0
    del bench.aws.refusals["AssumeRole"]
    await bench.clock.advance(600)
    assert (stream.held, stream.lost) == (0, 0)
    assert len(bench.aws.documents) + len(bench.failed_documents()) == 1


async def test_a12_five_mebibytes_and_a_byte_are_refused(bench: Bench) -> None:
    data = [b"x" * 1_000_000] * 5 + [b"x" * (5 * MEBIBYTE + 1 - 5_000_000)]
    with pytest.raises(ApiError) as caught:
        await bench.put(*data)
    assert caught.value.code == "InvalidArgumentException"
    await bench.clock.advance(61)
    assert not bench.aws.documents


async def test_a8_two_deletes_at_once_succeed(bench: Bench) -> None:
    await asyncio.gather(
        *(bench.call("DeleteDeliveryStream", DeliveryStreamName="logs") for _ in range(2))
    )
    await bench.clock.advance(1)
    with pytest.raises(ApiError, match="ResourceNotFoundException"):
        await bench.describe()


async def test_a8_a_name_can_be_used_again_after_its_stream_is_gone(bench: Bench) -> None:
    await bench.put(b'{"n":1}')
    await bench.call("DeleteDeliveryStream", DeliveryStreamName="logs")
    await bench.clock.advance(1)
    await bench.create()
    await bench.put(b'{"n":1}')
    await bench.clock.advance(61)
    assert len(bench.aws.documents) == 2


async def test_a_stream_that_holds_too_much_asks_to_slow_down(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firehose_logging.local.firehose.puts.MAX_HELD_BYTES", 100)
    bench.aws.refusals["Bulk"] = AccessError("OS.ConnectionError", "down")
    await bench.put(b'"' + b"x" * 200 + b'"')
    with pytest.raises(ApiError, match="Slow down") as caught:
        await bench.call("PutRecord", DeliveryStreamName="logs", Record=records(b"{}")[0])
    assert caught.value.status == 500
    bench.aws.refusals.clear()
    await bench.clock.advance(100)
    await bench.put(b"{}")


async def test_a_clock_that_is_set_back_stops_nothing() -> None:
    bench = Bench(quotas=Quotas(records=500, requests=2, bytes=MEBIBYTE))
    await bench.create()
    await bench.put(b'{"n":1}')
    bench.clock._now -= 3600
    await bench.put(b'{"n":2}')
    await bench.clock.advance(3600 + 61)
    await bench.put(b'{"n":3}')
    await bench.clock.advance(61)
    assert len(bench.aws.documents) == 3
    await bench.firehose.stop()


async def test_a_clock_that_jumps_ahead_loses_nothing(bench: Bench) -> None:
    await bench.put(b'{"n":1}')
    bench.aws.refusals["Bulk"] = AccessError("OS.ConnectionError", "down")
    await bench.clock.advance(61)
    bench.clock._now += 3 * 3600
    await bench.put(b'{"n":2}')
    bench.aws.refusals.clear()
    await bench.clock.advance(400)
    failed = [b64decode(line["rawData"]) for line in bench.failed_documents()]
    assert sorted([*bench.aws.documents.values(), *failed]) == [b'{"n":1}', b'{"n":2}']


def test_the_real_clock_does_not_follow_a_machine_that_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = RealClock()
    before = clock.now()
    monkeypatch.setattr("time.time", lambda: before + 86_400)
    assert clock.now() - before < 60
