"""Statements A11 to A15: what PutRecord and PutRecordBatch take and answer."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose import Quotas, put
from firehose_logging.local.firehose.limits import MEBIBYTE, default_quotas
from firehose_logging.local.firehose.throttle import Throttle

from .standin import REGION, Bench, records


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.create()
    yield bench
    await bench.firehose.stop()


async def refused(bench: Bench, operation: str, **members: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await bench.call(operation, DeliveryStreamName="logs", **members)
    return caught.value


async def test_a11_record_of_the_largest_size_and_an_empty_one_are_taken(bench: Bench) -> None:
    for data in (b"x" * 1_024_000, b""):
        answer = await bench.call("PutRecord", DeliveryStreamName="logs", Record=records(data)[0])
        assert answer["RecordId"]
        assert answer["Encrypted"] is False


async def test_a11_record_one_byte_too_long_is_a_validation_exception(bench: Bench) -> None:
    error = await refused(bench, "PutRecord", Record=records(b"x" * 1_024_001)[0])
    assert error.code == "ValidationException"
    assert "record.data" in error.message
    batch = await refused(bench, "PutRecordBatch", Records=records(b"", b"x" * 1_024_001))
    assert batch.code == "ValidationException"
    assert "records.2.member.data" in batch.message


async def test_a12_five_hundred_records_and_four_mebibytes_are_taken(bench: Bench) -> None:
    assert (await bench.put(*[b"{}"] * 500))["FailedPutCount"] == 0
    whole = [b"x" * 1_000_000] * 4 + [b"x" * (4_194_304 - 4_000_000)]
    assert (await bench.put(*whole))["FailedPutCount"] == 0


@pytest.mark.parametrize("count", [0, 501])
async def test_a12_wrong_number_of_records_is_a_validation_exception(
    bench: Bench, count: int
) -> None:
    error = await refused(bench, "PutRecordBatch", Records=records(*[b"{}"] * count))
    assert error.code == "ValidationException"
    assert "at 'records' failed to satisfy constraint: Member must have length" in error.message


async def test_a12_a_total_one_byte_over_is_an_invalid_argument(bench: Bench) -> None:
    data = [b"x" * 1_000_000] * 4 + [b"x" * (4_194_304 - 4_000_000 + 1)]
    error = await refused(bench, "PutRecordBatch", Records=records(*data))
    assert error.code == "InvalidArgumentException"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "ValidationException"),
        ({"Records": None}, "ValidationException"),
        ({"Records": {}}, "SerializationException"),
        ({"Records": "x"}, "SerializationException"),
        ({"Records": [{}]}, "ValidationException"),
        ({"Records": [None]}, "SerializationException"),
        ({"Records": ["x"]}, "SerializationException"),
        ({"Records": [{"Data": None}]}, "ValidationException"),
        ({"Records": [{"Data": 5}]}, "SerializationException"),
        ({"Records": [{"Data": "no base64!"}]}, "SerializationException"),
        ({"Records": [{"Data": "e30"}]}, "SerializationException"),
        ({"Records": [{"Data": "e3\u00e9="}]}, "SerializationException"),
    ],
)
async def test_a12_malformed_records_are_named(
    bench: Bench, members: dict[str, Any], code: str
) -> None:
    assert (await refused(bench, "PutRecordBatch", **members)).code == code
    one = members.get("Records")
    if isinstance(one, list):
        assert (await refused(bench, "PutRecord", Record=one[0])).code in {
            code,
            "ValidationException",
        }


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_base64_is_decoded_as_the_standard_says(data: bytes) -> None:
    text = b64encode(data).decode()
    assert put.read_record({"Record": {"Data": text}}) == [data]


@settings(deadline=None)
@given(st.text(max_size=12))
def test_whatever_stands_in_data_is_decoded_or_refused(text: str) -> None:
    try:
        decoded = put.read_record({"Record": {"Data": text}})
    except ApiError as error:
        refusal = error.code
    else:
        refusal = ""
        assert b64encode(decoded[0]).decode() == text or text.endswith("=")
    assert refusal in {"", "SerializationException"}


async def test_a13_answers_come_in_request_order_with_unique_ids(bench: Bench) -> None:
    answer = await bench.put(b'{"n":1}', b'{"n":2}', b'{"n":3}')
    ids = [entry["RecordId"] for entry in answer["RequestResponses"]]
    assert answer["FailedPutCount"] == 0
    assert ids == sorted(set(ids))
    await bench.clock.advance(61)
    assert [document for _, document in sorted(bench.aws.documents.items())] == [
        b'{"n":1}',
        b'{"n":2}',
        b'{"n":3}',
    ]


async def test_a13_a_throttled_record_says_slow_down_inside_the_answer() -> None:
    bench = Bench(quotas=Quotas(records=500, requests=100, bytes=MEBIBYTE))
    await bench.create()
    await bench.put(*[b"{}"] * 400)
    answer = await bench.put(*[b"{}"] * 400)
    assert answer["FailedPutCount"] == 300
    responses = answer["RequestResponses"]
    assert all("RecordId" in entry for entry in responses[:100])
    assert (
        responses[100:]
        == [{"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}] * 300
    )
    await bench.clock.advance(61)
    assert len(bench.aws.documents) == 500
    await bench.firehose.stop()
    assert sum(datum.total for datum in bench.aws.metric("ThrottledRecords")) == 300


async def test_a14_throttled_put_record_is_http_500_and_modelled_errors_are_400() -> None:
    bench = Bench(quotas=Quotas(records=500, requests=1, bytes=MEBIBYTE))
    await bench.create()
    await bench.put(b"{}")
    error = await refused(bench, "PutRecord", Record=records(b"{}")[0])
    assert (error.code, error.message, error.status) == (
        "ServiceUnavailableException",
        "Slow down.",
        500,
    )
    missing = await refused(bench, "DescribeDeliveryStream", Limit=0)
    assert missing.status == 400
    await bench.firehose.stop()


@pytest.mark.parametrize(
    ("region", "quotas"),
    [
        ("us-east-1", (500_000, 2_000, 5 * MEBIBYTE)),
        ("us-west-2", (500_000, 2_000, 5 * MEBIBYTE)),
        ("eu-west-1", (500_000, 2_000, 5 * MEBIBYTE)),
        ("eu-central-1", (100_000, 1_000, MEBIBYTE)),
    ],
)
def test_a15_default_quotas(region: str, quotas: tuple[int, int, int]) -> None:
    found = default_quotas(region)
    assert (found.records, found.requests, found.bytes) == quotas


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=1_024_000), min_size=1, max_size=500))
def test_a15_a_stream_takes_no_more_than_its_quota(sizes: list[int]) -> None:
    throttle = Throttle(default_quotas("eu-central-1"), 0.0)
    taken = throttle.take_records(sizes, 0.0)
    assert sum(sizes[:taken]) <= 4 * MEBIBYTE
    if taken < len(sizes):
        assert sum(sizes[: taken + 1]) > 4 * MEBIBYTE


def test_a15_quotas_fill_again_with_time() -> None:
    throttle = Throttle(Quotas(records=1000, requests=2, bytes=MEBIBYTE), 0.0)
    assert [throttle.take_request(0.0) for _ in range(3)] == [True, True, False]
    assert throttle.take_request(0.5)
    throttle.take_records([1_000_000] * 4, 0.0)
    assert throttle.take_records([1_000_000], 0.0) == 0
    assert throttle.take_records([1_000_000], 1.0) == 1


async def test_unknown_stream_is_not_found(bench: Bench) -> None:
    body = json.dumps({"DeliveryStreamName": "other", "Records": records(b"{}")}).encode()
    with pytest.raises(ApiError) as caught:
        await bench.raw("PutRecordBatch", body, REGION)
    assert caught.value.code == "ResourceNotFoundException"


async def test_stream_name_of_a_wrong_type_is_refused(bench: Bench) -> None:
    for name in (5, ["logs"], {"a": 1}):
        with pytest.raises(ApiError, match="SerializationException"):
            await bench.call("PutRecord", DeliveryStreamName=name, Record=records(b"")[0])
