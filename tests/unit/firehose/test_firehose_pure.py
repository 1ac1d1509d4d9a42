"""The pure parts: index names, prefixes, compression, bulk bodies and answers, retry timing."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import datetime, timezone
from random import Random

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.local.firehose import bulk
from firehose_logging.local.firehose.compression import compress
from firehose_logging.local.firehose.index_names import IndexNamer, index_name, sunday_week
from firehose_logging.local.firehose.java_time import format_java
from firehose_logging.local.firehose.prefixes import (
    DELIVERY_FAILED,
    Surroundings,
    check_prefixes,
    evaluate_prefix,
    object_key,
)
from firehose_logging.local.firehose.records import Records
from firehose_logging.local.firehose.retry import LONGEST_DELAY, next_delay

from .standin import START, bulk_answer, item


@pytest.mark.parametrize(
    ("rotation", "names"),
    [
        ("NoRotation", {"myindex"}),
        ("OneHour", {"myindex-2016-02-25-13"}),
        ("OneDay", {"myindex-2016-02-25"}),
        ("OneWeek", {"myindex-2016-w08", "myindex-2016-w09"}),
        ("OneMonth", {"myindex-2016-02"}),
    ],
)
def test_c1_index_names_of_all_five_periods(rotation: str, names: set[str]) -> None:
    assert index_name("myindex", rotation, START) in names
    assert IndexNamer("myindex", rotation).name(START) in names


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2016-01-01", (2016, 1)),
        ("2016-01-02", (2016, 1)),
        ("2016-01-03", (2016, 2)),
        ("2016-02-25", (2016, 9)),
        ("2021-12-25", (2021, 52)),
        ("2021-12-26", (2022, 1)),
        ("2022-01-01", (2022, 1)),
        ("2022-01-02", (2022, 2)),
    ],
)
def test_c2_weeks_start_on_sunday_and_week_one_holds_the_first_saturday(
    day: str, week: tuple[int, int]
) -> None:
    assert sunday_week(datetime.fromisoformat(day).date()) == week


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=4e9), st.sampled_from(["OneHour", "OneDay", "OneWeek"]))
def test_c1_naming_by_hour_gives_the_name_of_the_record_itself(
    arrived: float, rotation: str
) -> None:
    namer = IndexNamer("i", rotation)
    namer.name(arrived - 1)
    assert namer.name(arrived) == index_name("i", rotation, arrived)


def around(error_type: str | None = None) -> Surroundings:
    return Surroundings(START, Random(1), error_type)


@pytest.mark.parametrize(
    ("prefix", "error_prefix", "folder"),
    [
        (None, None, "AmazonOpenSearchService-failed/2016/02/25/13/"),
        ("logs/", None, "logs/AmazonOpenSearchService-failed/2016/02/25/13/"),
        ("logs/", "errors/", "errors/2016/02/25/13/"),
        (
            "a/",
            "e/!{firehose:error-output-type}/",
            "e/AmazonOpenSearchService-failed/2016/02/25/13/",
        ),
        (
            "a/!{timestamp:yyyy}/",
            "e/!{timestamp:yyyy-MM}/!{firehose:error-output-type}/",
            "e/2016-02/AmazonOpenSearchService-failed/",
        ),
    ],
)
def test_d3_d5_folder_of_failed_documents(
    prefix: str | None, error_prefix: str | None, folder: str
) -> None:
    check_prefixes(prefix, error_prefix)
    assert evaluate_prefix(prefix, error_prefix, around(DELIVERY_FAILED)) == folder


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [
        (None, "2016/02/25/13/"),
        ("logs", "logs2016/02/25/13/"),
        ("logs/!{timestamp:yyyy-MM-dd}/", "logs/2016-02-25/"),
        ("!{timestamp:'year'=yyyy/'month'=MM}/", "year=2016/month=02/"),
    ],
)
def test_d5_folder_of_records_as_they_came(prefix: str | None, folder: str) -> None:
    assert evaluate_prefix(prefix, "e/!{firehose:error-output-type}/", around()) == folder


def test_d5_random_string_has_eleven_characters() -> None:
    folder = evaluate_prefix("!{firehose:random-string}!{timestamp:yyyy}", "e", around())
    assert len(folder) == 11 + 4


@pytest.mark.parametrize(
    ("prefix", "error_prefix", "reason"),
    [
        ("!{timestamp:yyyy}/", None, "ErrorOutputPrefix must be specified"),
        ("!{firehose:error-output-type}/", "e/", "Prefix must not contain"),
        ("", "e/!{timestamp:yyyy}/", "must contain !{firehose:error-output-type}"),
        ("!{nothing:here}", "e/", "is not known"),
        ("!{firehose:nothing}", "e/", "is not known"),
        ("!{timestamp:QQ}", "e/", "pattern letter 'Q'"),
        ("!{timestamp:'yyyy}", "e/", "never closed"),
        ("!{timestamp}", "e/", "not of the form"),
        ("!{timestamp:yyyy", "e/", "not of the form"),
        ("x" * 513, None, "at most 512"),
    ],
)
def test_d5_prefixes_that_firehose_refuses(
    prefix: str, error_prefix: str | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason.replace("{", r"\{").replace("(", r"\(")):
        check_prefixes(prefix, error_prefix)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy/MM/dd/HH/mm/ss", "2016/02/05/03/04/09"),
        ("yy-M-d-H", "16-2-5-3"),
        ("MMM MMMM", "Feb February"),
        ("EEE EEEE a hh", "Fri Friday AM 03"),
        ("DDD", "036"),
        ("SSS", "123"),
        ("YYYY-ww", "2016-06"),
        ("'it''s' yyyy", "it's 2016"),
        ("kk KK", "03 03"),
    ],
)
def test_d5_timestamps_take_java_patterns(pattern: str, text: str) -> None:
    moment = datetime(2016, 2, 5, 3, 4, 9, 123_000, tzinfo=timezone.utc)
    assert format_java(pattern, moment) == text


def test_d4_object_key() -> None:
    assert object_key("f/", "logs", 3, START, "uuid.gz") == "f/logs-3-2016-02-25-13-00-00-uuid.gz"


@settings(deadline=None)
@given(st.binary(max_size=3000))
def test_d8_compressed_objects_can_be_read_again(data: bytes) -> None:
    assert gzip.decompress(compress(data, "GZIP", "n")) == data
    archive = zipfile.ZipFile(io.BytesIO(compress(data, "ZIP", "n")))
    assert archive.read("n") == data
    assert bytes(cramjam.snappy.decompress(compress(data, "Snappy", "n"))) == data
    assert compress(data, "UNCOMPRESSED", "n") == data


def test_d8_hadoop_snappy_is_blocks_with_two_lengths() -> None:
    data = b"abc" * 200_000
    packed = compress(data, "HADOOP_SNAPPY", "n")
    plain = b""
    while packed:
        size = int.from_bytes(packed[4:8], "big")
        plain += bytes(cramjam.snappy.decompress_raw(packed[8 : 8 + size]))
        packed = packed[8 + size :]
    assert plain == data


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**19 - 1))
def test_c4_document_ids_are_56_digits_and_a_zero(sequence: int) -> None:
    prefix = bulk.id_prefix("arn:aws:firehose:eu-west-1:0:deliverystream/logs")
    found = bulk.document_id(prefix, sequence)
    assert len(found) == 58
    assert found[:56].isdigit()
    assert found[56:] == ".0"
    body = bulk.build(Records([sequence], [START], [b"{}"]), IndexNamer("i", "NoRotation"), prefix)
    assert json.loads(body.splitlines()[0])["index"]["_id"] == found


def test_c5_bulk_body_indexes_each_record_under_its_explicit_index() -> None:
    records = Records([1, 2], [START, START + 86_400], [b'{"a":1}\n', b'{"b":"\\n"}'])
    rows = bulk.build(records, IndexNamer('od"d', "OneDay"), None).split(b"\n")
    assert json.loads(rows[0]) == {"index": {"_index": 'od"d-2016-02-25'}}
    assert rows[1] == b'{"a":1}'
    assert json.loads(rows[2]) == {"index": {"_index": 'od"d-2016-02-26'}}
    assert rows[3:] == [b'{"b":"\\n"}', b""]


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b'{"a":\n1}', b'{"index":{}}\n{"a":1}', b'{"a":1}\n{"b":2}\n']
)
def test_c6_records_that_break_the_bulk_format_are_malformed(data: bytes) -> None:
    failure = bulk.malformed(data)
    assert failure is not None
    assert failure.code == "OS.MalformedData"


@pytest.mark.parametrize("data", [b"plain text", b"{}\n", b" {}\r\n", b'{"a":"\\n"}'])
def test_c7_anything_on_one_line_is_sent(data: bytes) -> None:
    assert bulk.malformed(data) is None


def test_c6_more_items_than_records() -> None:
    answer = bulk_answer([item(), item(), item(400, {"type": "x"})])
    outcome = bulk.read_answer(200, answer.body, 2)
    assert outcome.whole is not None
    assert outcome.whole.code == "OS.ResponseEntryCountMismatch"
    taken = bulk.read_answer(200, bulk_answer([item()] * 3).body, 2)
    assert taken.whole is not None
    assert taken.whole.code == "OS.ResponseEntryCountMismatch"


def test_c5_alias_over_two_indexes_has_its_own_code() -> None:
    reason = "Alias [logs] has more than one indices associated with it [[a, b]]"
    error = {"type": "illegal_argument_exception", "reason": reason}
    outcome = bulk.read_answer(200, bulk_answer([item(400, error)]).body, 1)
    assert outcome.items[0].code == "OS.AliasWithMultipleIndicesNotAllowed"


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (403, b'{"Message":"no"}', "OS.ServiceException", True),
        (429, b"", "OS.ServiceException", True),
        (500, b"", "OS.ServiceException", True),
        (502, b"<html>", "OS.BadGateway", True),
        (504, b"", "OS.GatewayTimeout", True),
        (408, b"", "OS.RequestTimeout", True),
        (503, b'{"error":{"type":"cluster_block_exception"}}', "OS.ClusterBlockException", True),
        (400, b"bad", "OS.ServiceException", False),
        (413, b"big", "OS.ServiceException", False),
        (200, b"<html>fine</html>", "OS.ServiceException", True),
        (200, b'{"items":[', "OS.ServiceException", True),
        (200, b"{}", "OS.ServiceException", True),
        (200, b"[]", "OS.ServiceException", True),
        (200, b'{"errors":true,"items":[{}]}', "OS.ServiceException", True),
        (200, b'{"errors":true,"items":[{"index":{}}]}', "OS.ServiceException", True),
        (200, b'{"errors":true,"items":null}', "OS.ServiceException", True),
    ],
)
def test_c8_c9_answers_that_fail_as_a_whole(
    status: int, body: bytes, code: str, retryable: bool
) -> None:
    whole = bulk.read_answer(status, body, 1).whole
    assert whole is not None
    assert (whole.code, whole.retryable) == (code, retryable)
    assert whole.message.startswith("Error received from Elasticsearch cluster. ")


def test_c9_half_an_answer_leaves_the_rest_to_be_retried() -> None:
    outcome = bulk.read_answer(200, bulk_answer([item()]).body, 3)
    assert outcome.whole is None
    assert {position: one.retryable for position, one in outcome.items.items()} == {
        1: True,
        2: True,
    }


@settings(deadline=None)
@given(st.binary(max_size=60), st.integers(100, 599))
def test_c9_no_answer_raises(body: bytes, status: int) -> None:
    bulk.read_answer(status, body, 2)


def test_d1_zero_duration_means_no_retry() -> None:
    assert next_delay(1, 0.0, 0.0, 0.5) is None


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=1, exclude_max=True), st.integers(1, 7200))
def test_d1_back_off_grows_and_the_last_attempt_ends_the_duration(
    chance: float, duration: int
) -> None:
    elapsed = 0.0
    delays: list[float] = []
    while (delay := next_delay(len(delays) + 1, elapsed, duration, chance)) is not None:
        assert 0 < delay <= LONGEST_DELAY
        delays.append(delay)
        elapsed += delay
    assert elapsed == pytest.approx(duration)
    assert delays[:-1] == sorted(delays[:-1])
