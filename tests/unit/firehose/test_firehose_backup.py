"""Statements D and F: what is done with records that can not be delivered, and what is told."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator

import pytest

from firehose_logging.local.firehose.ports import AccessError

from .standin import (
    DOMAIN,
    DOWN,
    LOGGING,
    MAPPING_ERROR,
    START,
    Bench,
    fail_whole,
    refuse,
)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.firehose.start()
    yield bench
    await bench.firehose.stop(0.2)


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
