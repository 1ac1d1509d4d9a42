"""Statements B and C: the way of acknowledged records into their indexes."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from firehose_logging.local.firehose.ports import AccessError, DomainRecord, HttpAnswer

from .standin import (
    DOWN,
    LOGGING,
    MAPPING_ERROR,
    Bench,
    all_taken,
    configuration,
    fail_whole,
    refuse,
)

DAY = 24 * 3600.0


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.firehose.start()
    yield bench
    await bench.firehose.stop(0.2)


async def test_b1_the_interval_delivers(bench: Bench) -> None:
    await bench.create()
    await bench.put(b'{"a":1}')
    await bench.clock.advance(59)
    assert not bench.aws.requests
    await bench.clock.advance(1)
    assert list(bench.aws.documents.values()) == [b'{"a":1}']


async def test_b1_the_size_delivers_before_the_interval(bench: Bench) -> None:
    await bench.create()
    await bench.put(*[b'"' + b"x" * 500_000 + b'"'] * 3)
    await bench.clock.advance(0.1)
    assert [len(lines) for lines in bench.aws.requests] == [3]
    await bench.put(b"{}")
    await bench.clock.advance(60)
    assert [len(lines) for lines in bench.aws.requests] == [3, 1]


async def test_b1_a_request_is_cut_where_the_buffer_is_full(bench: Bench) -> None:
    await bench.create()
    await bench.put(*[b'"' + b"x" * 600_000 + b'"'] * 5)
    await bench.clock.advance(0.1)
    assert [len(lines) for lines in bench.aws.requests] == [2, 2]
    await bench.clock.advance(60)
    assert [len(lines) for lines in bench.aws.requests] == [2, 2, 1]


async def test_b2_several_buffers_are_in_flight_and_one_that_hangs_stops_no_other(
    bench: Bench,
) -> None:
    bench.aws.answer = refuse(b"slow", 503)
    await bench.create()
    await bench.put(b'{"a":"slow"}')
    await bench.clock.advance(60)
    await bench.put(b'{"a":"quick"}')
    await bench.clock.advance(60)
    assert list(bench.aws.documents.values()) == [b'{"a":"quick"}']


async def test_b3_interval_zero_delivers_within_a_few_seconds(bench: Bench) -> None:
    await bench.create(BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 0})
    await bench.put(b"{}")
    await bench.clock.advance(3)
    assert len(bench.aws.documents) == 1


async def test_b3_the_backup_knows_no_interval_below_a_minute(bench: Bench) -> None:
    bench.aws.answer = refuse(b"")
    await bench.create(
        bucket={"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}},
        BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 0},
    )
    await bench.put(b"{}")
    await bench.clock.advance(58)
    assert not bench.aws.objects
    await bench.clock.advance(4)
    assert len(bench.failed_documents()) == 1


async def test_b4_destination_and_backup_down_for_hours_lose_nothing(bench: Bench) -> None:
    await bench.create(RetryOptions={"DurationInSeconds": 60})
    bench.aws.refusals |= {"Bulk": DOWN, "PutObject": AccessError("SlowDown", "no")}
    for number in range(6):
        await bench.put(json.dumps({"n": number}).encode())
        await bench.clock.advance(3600)
    assert not bench.aws.documents
    bench.aws.refusals.clear()
    await bench.clock.advance(400)
    documents = {json.loads(data)["n"] for data in bench.aws.documents.values()}
    saved = {json.loads(b64decode(line["rawData"]))["n"] for line in bench.failed_documents()}
    assert documents | saved == set(range(6))
    assert not documents & saved
    stream = bench.firehose._registry.get("eu-west-1", "logs").stream
    assert (stream.lost, stream.held) == (0, 0)


async def test_b4_after_24_hours_the_data_is_lost_and_counted(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.create(RetryOptions={"DurationInSeconds": 60})
    bench.aws.refusals |= {"Bulk": DOWN, "PutObject": AccessError("SlowDown", "no")}
    await bench.put(b"{}")
    await bench.clock.advance(DAY + 1000)
    stream = bench.firehose._registry.get("eu-west-1", "logs").stream
    assert (stream.lost, stream.held) == (1, 0)
    assert "1 records are lost" in caplog.text


async def test_b4_a_paused_stream_goes_on_when_the_destination_is_back_first(
    bench: Bench,
) -> None:
    await bench.create(RetryOptions={"DurationInSeconds": 60})
    bench.aws.refusals |= {"Bulk": DOWN, "PutObject": AccessError("SlowDown", "no")}
    await bench.put(b'{"n":1}')
    await bench.clock.advance(3600)
    await bench.put(b'{"n":2}')
    await bench.clock.advance(3600)
    del bench.aws.refusals["Bulk"]
    await bench.clock.advance(120)
    assert b'{"n":2}' in bench.aws.documents.values()


async def test_c1_the_index_is_named_by_arrival_not_by_delivery(bench: Bench) -> None:
    await bench.create(IndexRotationPeriod="OneHour")
    await bench.clock.advance(3600 - 30)
    await bench.put(b'{"n":1}')
    await bench.clock.advance(60)
    assert [index for index, _ in bench.aws.documents] == ["logging-test-2016-02-25-13"]


async def test_c3_a_type_name_fails_each_record_with_validation_exception(bench: Bench) -> None:
    await bench.create(DomainARN=None, ClusterEndpoint="https://example.com:443", TypeName="doc")
    await bench.put(b"{}")
    await bench.clock.advance(400)
    (line,) = bench.failed_documents()
    assert line["errorCode"] == "OS.ValidationException"
    assert line["esTypeName"] == "doc"


async def test_b5_c4_a_retried_record_keeps_its_id_and_is_indexed_once(bench: Bench) -> None:
    lost_answers = 2

    def answer(lines: list[tuple[dict[str, Any], bytes]]) -> HttpAnswer:
        if len(bench.aws.requests) > lost_answers:
            return all_taken(lines)
        bench.aws._index(lines, all_taken(lines))
        return HttpAnswer(504, b"")

    bench.aws.answer = answer
    await bench.create()
    await bench.put(b'{"n":1}', b'{"n":2}')
    await bench.clock.advance(100)
    assert len(bench.aws.requests) == 3
    assert len(bench.aws.documents) == 2


async def test_c4_without_document_ids_the_domain_makes_them(bench: Bench) -> None:
    await bench.create(DocumentIdOptions={"DefaultDocumentIdFormat": "NO_DOCUMENT_ID"})
    await bench.put(b"{}")
    await bench.clock.advance(60)
    assert "_id" not in bench.aws.requests[0][0][0]


async def test_c6_malformed_records_are_backed_up_and_the_others_delivered(bench: Bench) -> None:
    await bench.create()
    await bench.put(b'{"a":\n1}', b'{"b":1}', b'{"index":{}}\n{"c":1}', b"", b"  ")
    await bench.clock.advance(400)
    assert list(bench.aws.documents.values()) == [b'{"b":1}']
    failed = bench.failed_documents()
    assert [line["errorCode"] for line in failed] == ["OS.MalformedData"] * 4
    assert b64decode(failed[0]["rawData"]) == b'{"a":\n1}'


async def test_c7_plain_text_is_sent_and_fails_with_the_items_status(bench: Bench) -> None:
    bench.aws.answer = refuse(b"plain")
    await bench.create()
    await bench.put(b"plain text")
    await bench.clock.advance(400)
    (line,) = bench.failed_documents()
    assert line["errorCode"] == "400"
    assert json.loads(line["errorMessage"]) == MAPPING_ERROR
    assert line["attemptsMade"] == 1


async def test_c8_a_whole_403_is_a_service_exception_and_kept_for_the_duration(
    bench: Bench,
) -> None:
    bench.aws.answer = fail_whole(403, b'{"Message":"not authorized"}')
    await bench.create(RetryOptions={"DurationInSeconds": 300}, CloudWatchLoggingOptions=LOGGING)
    await bench.put(b"{}")
    await bench.clock.advance(60 + 299)
    bench.aws.answer = all_taken
    await bench.clock.advance(10)
    assert len(bench.aws.documents) == 1
    assert bench.aws.events[0][2]["errorCode"] == "OS.ServiceException"
    assert bench.aws.events[0][2]["message"] == (
        'Error received from Elasticsearch cluster. {"Message":"not authorized"}'
    )
    await bench.firehose._metrics.publish()
    assert bench.aws.metric("DeliveryToAmazonOpenSearchService.AuthFailure")[0].total > 0


async def test_c9_only_failed_items_are_retried(bench: Bench) -> None:
    bench.aws.answer = refuse(b"full", 429, {"type": "rejected_execution_exception"})
    await bench.create()
    await bench.put(b'{"a":1}', b'{"a":"full"}', b'{"a":3}')
    await bench.clock.advance(60)
    bench.aws.answer = all_taken
    await bench.clock.advance(20)
    assert [[data for _, data in lines] for lines in bench.aws.requests] == [
        [b'{"a":1}', b'{"a":"full"}', b'{"a":3}'],
        [b'{"a":"full"}'],
    ]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_c9_throttled_and_failing_items_wait_for_the_engine(
    bench: Bench, status: int
) -> None:
    bench.aws.answer = refuse(b"", status)
    await bench.create(RetryOptions={"DurationInSeconds": 7200})
    await bench.put(b"{}")
    await bench.clock.advance(60 + 7100)
    assert not bench.aws.documents
    bench.aws.answer = all_taken
    await bench.clock.advance(60)
    assert len(bench.aws.documents) == 1
    assert not bench.aws.objects


async def test_c9_a_full_disk_is_waited_for(bench: Bench) -> None:
    block = {"type": "cluster_block_exception", "reason": "index [i] blocked by: [FORBIDDEN/12]"}
    bench.aws.answer = refuse(b"", 403, block)
    await bench.create(CloudWatchLoggingOptions=LOGGING)
    await bench.put(b"{}")
    await bench.clock.advance(200)
    bench.aws.answer = all_taken
    await bench.clock.advance(20)
    assert len(bench.aws.documents) == 1
    assert bench.aws.events[0][2]["errorCode"] == "OS.ClusterBlockException"


async def test_c9_a_request_refused_as_a_whole_is_freed_of_what_is_no_json(bench: Bench) -> None:
    def answer(lines: list[tuple[dict[str, Any], bytes]]) -> HttpAnswer:
        broken = any(not data.startswith(b"{") for _, data in lines)
        return HttpAnswer(400, b"not_x_content_exception") if broken else all_taken(lines)

    bench.aws.answer = answer
    await bench.create(RetryOptions={"DurationInSeconds": 0})
    await bench.put(b'{"a":1}', b"broken", b'{"a":2}')
    await bench.clock.advance(400)
    assert sorted(bench.aws.documents.values()) == [b'{"a":1}', b'{"a":2}']
    assert [line["errorCode"] for line in bench.failed_documents()] == ["OS.MalformedData"]


async def test_g7_a_cluster_endpoint_is_never_looked_up(bench: Bench) -> None:
    bench.aws.refusals["DescribeDomain"] = AccessError("AccessDeniedException", "other account")
    await bench.create(DomainARN=None, ClusterEndpoint="https://domain.example:9443/")
    await bench.put(b"{}")
    await bench.clock.advance(60)
    assert len(bench.aws.documents) == 1
    assert bench.aws.endpoints == {"domain.example:9443"}


async def test_a_domain_without_an_endpoint_is_waited_for(bench: Bench) -> None:
    bench.aws.domain = DomainRecord(None, "OpenSearch_3.5")
    await bench.create()
    await bench.put(b"{}")
    await bench.clock.advance(100)
    bench.aws.domain = DomainRecord("localhost:1", "OpenSearch_3.5")
    await bench.clock.advance(20)
    assert len(bench.aws.documents) == 1


async def test_two_hundred_streams_deliver_side_by_side(bench: Bench) -> None:
    for number in range(200):
        await bench.call("CreateDeliveryStream", **configuration(f"s{number}"))
    await bench.clock.advance(1)
    for number in range(200):
        await bench.put(json.dumps({"n": number}).encode(), name=f"s{number}")
    await bench.clock.advance(60)
    assert len(bench.aws.documents) == 200
