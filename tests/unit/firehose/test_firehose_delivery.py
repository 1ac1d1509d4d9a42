"""Statements B, C, D and F: what happens to records after they were acknowledged."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from firehose_logging.local.firehose.ports import AccessError, DomainRecord, HttpAnswer

from .standin import (
    DOMAIN,
    LOGGING,
    START,
    Bench,
    all_taken,
    bulk_answer,
    configuration,
    item,
)

DAY = 24 * 3600.0
MAPPING_ERROR = {"type": "mapper_parsing_exception", "reason": "failed to parse"}
DOWN = AccessError("OS.ConnectionError", "No answer from localhost:9200")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.firehose.start()
    yield bench
    await bench.firehose.stop(0.2)


def refuse(word: bytes, status: int = 400, error: object = None) -> Any:
    """Answer that refuses the documents that hold ``word``."""

    def answer(lines: list[tuple[dict[str, Any], bytes]]) -> HttpAnswer:
        return bulk_answer(
            [item(status, error or MAPPING_ERROR) if word in data else item() for _, data in lines]
        )

    return answer


def fail_whole(status: int, body: bytes = b"no") -> Any:
    return lambda _lines: HttpAnswer(status, body)


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


async def test_d1_the_duration_ends_with_the_backup(bench: Bench) -> None:
    bench.aws.refusals["Bulk"] = DOWN
    await bench.create(RetryOptions={"DurationInSeconds": 3600})
    await bench.put(b"{}")
    await bench.clock.advance(60 + 3599)
    assert not bench.aws.objects
    await bench.clock.advance(302)
    (line,) = bench.failed_documents()
    assert line["errorCode"] == "OS.ConnectionError"
    assert line["attemptsMade"] > 100
    assert line["attemptEndingTimestamp"] - line["arrivalTimestamp"] == (3600 + 60) * 1000


async def test_d1_no_duration_no_retry(bench: Bench) -> None:
    bench.aws.answer = fail_whole(503)
    await bench.create(RetryOptions={"DurationInSeconds": 0})
    await bench.put(b"{}")
    await bench.clock.advance(400)
    assert len(bench.aws.requests) == 1
    assert bench.failed_documents()[0]["attemptsMade"] == 1


async def test_d2_all_documents_are_backed_up_and_failed_ones_once_more(bench: Bench) -> None:
    bench.aws.answer = refuse(b"bad")
    await bench.create(S3BackupMode="AllDocuments")
    await bench.put(b'{"a":1}', b'{"a":"bad"}')
    await bench.clock.advance(400)
    everything = [body for key, body in bench.aws.objects.items() if key.startswith("backup/2016/")]
    assert everything == [b'{"a":1}{"a":"bad"}']
    assert [b64decode(line["rawData"]) for line in bench.failed_documents()] == [b'{"a":"bad"}']


async def test_d2_failed_documents_only_writes_nothing_when_all_is_well(bench: Bench) -> None:
    await bench.create()
    await bench.put(b"{}")
    await bench.clock.advance(400)
    assert not bench.aws.objects


async def test_d4_the_key_holds_stream_version_and_the_oldest_records_time(bench: Bench) -> None:
    bench.aws.answer = refuse(b"")
    await bench.create()
    await bench.put(b"{}")
    await bench.clock.advance(30)
    await bench.put(b"{}")
    await bench.clock.advance(400)
    (key,) = bench.aws.objects
    assert key.startswith(
        "backup/AmazonOpenSearchService-failed/2016/02/25/13/logs-1-2016-02-25-13-00-02-"
    )


async def test_d6_d7_a_failed_document_is_one_json_line(bench: Bench) -> None:
    bench.aws.answer = refuse(b"")
    await bench.create()
    answer = await bench.put(b'{"a":"\xff"}', b"{}")
    await bench.clock.advance(400)
    first, second = bench.failed_documents()
    assert b64decode(first.pop("rawData")) == b'{"a":"\xff"}'
    assert json.loads(first.pop("errorMessage")) == MAPPING_ERROR
    assert first == {
        "attemptsMade": 1,
        "arrivalTimestamp": (START + 2) * 1000,
        "errorCode": "400",
        "attemptEndingTimestamp": (START + 62) * 1000,
        "esDocumentId": answer["RequestResponses"][0]["RecordId"] + ".0",
        "esIndexName": "logging-test-2016-02-25",
        "esTypeName": "",
    }
    assert b64decode(second["rawData"]) == b"{}"


@pytest.mark.parametrize(
    ("form", "extension"), [("GZIP", ".gz"), ("ZIP", ".zip"), ("Snappy", ".snappy")]
)
async def test_d8_the_extension_tells_the_compression(
    bench: Bench, form: str, extension: str
) -> None:
    bench.aws.answer = refuse(b"")
    await bench.create(bucket={"CompressionFormat": form})
    await bench.put(b"{}")
    await bench.clock.advance(400)
    (key,) = bench.aws.objects
    assert key.endswith(extension)


async def test_the_backup_is_encrypted_with_the_key_that_the_stream_names(bench: Bench) -> None:
    key = "arn:aws:kms:eu-west-1:000000000000:key/k"
    encryption = {"KMSEncryptionConfig": {"AWSKMSKeyARN": key}}
    bench.aws.answer = refuse(b"")
    await bench.create(bucket={"EncryptionConfiguration": encryption})
    await bench.put(b"{}")
    await bench.clock.advance(400)
    assert list(bench.aws.keys.values()) == [key]


async def test_f1_f2_errors_are_events_in_the_callers_log_stream(bench: Bench) -> None:
    bench.aws.answer = refuse(b"")
    await bench.create(CloudWatchLoggingOptions=LOGGING)
    await bench.put(b"{}", b"{}")
    await bench.clock.advance(62)
    (group, stream, event) = bench.aws.events[0]
    assert (group, stream) == ("/aws/kinesisfirehose/logs", "DestinationDelivery")
    assert event == {
        "deliveryStreamARN": "arn:aws:firehose:eu-west-1:000000000000:deliverystream/logs",
        "destination": DOMAIN,
        "deliveryStreamVersionId": 1,
        "message": json.dumps(MAPPING_ERROR, separators=(",", ":")),
        "errorCode": "400",
    }


async def test_f1_g4_a_missing_log_group_stops_nothing(bench: Bench) -> None:
    bench.aws.refusals["PutLogEvents"] = AccessError("ResourceNotFoundException", "no group")
    bench.aws.answer = refuse(b"")
    await bench.create(CloudWatchLoggingOptions=LOGGING)
    await bench.put(b"{}")
    await bench.clock.advance(400)
    assert len(bench.failed_documents()) == 1


async def test_f1_g2_backup_errors_go_to_the_backups_log_stream(bench: Bench) -> None:
    bench.aws.answer = refuse(b"")
    bench.aws.refusals["PutObject"] = AccessError("AccessDenied", "no")
    await bench.create(
        bucket={"CloudWatchLoggingOptions": LOGGING | {"LogStreamName": "BackupDelivery"}}
    )
    await bench.put(b"{}")
    await bench.clock.advance(500)
    (_, stream, event) = bench.aws.events[0]
    assert (stream, event["errorCode"]) == ("BackupDelivery", "S3.AccessDenied")
    assert event["destination"] == "arn:aws:s3:::backup"


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


async def test_stop_delivers_what_is_buffered_and_closes_the_connections(bench: Bench) -> None:
    await bench.create()
    await bench.put(b"{}")
    await bench.firehose.stop()
    assert len(bench.aws.documents) == 1
    assert bench.aws.closed


async def test_stop_backs_up_what_can_not_be_delivered(bench: Bench) -> None:
    bench.aws.refusals["Bulk"] = DOWN
    await bench.create()
    await bench.put(b"{}")
    await bench.clock.advance(100)
    await bench.put(b"{}")
    await bench.firehose.stop()
    assert len(bench.failed_documents()) == 2


async def test_stop_counts_what_can_neither_be_delivered_nor_backed_up(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.aws.refusals |= {"Bulk": DOWN, "PutObject": AccessError("SlowDown", "no")}
    await bench.create()
    await bench.put(b"{}", b"{}")
    await bench.firehose.stop()
    assert "2 records are lost" in caplog.text


async def test_two_hundred_streams_deliver_side_by_side(bench: Bench) -> None:
    for number in range(200):
        await bench.call("CreateDeliveryStream", **configuration(f"s{number}"))
    await bench.clock.advance(1)
    for number in range(200):
        await bench.put(json.dumps({"n": number}).encode(), name=f"s{number}")
    await bench.clock.advance(60)
    assert len(bench.aws.documents) == 200
