"""Statements E1 to E7: the transforming function."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.ports import AccessError, Invocation
from firehose_logging.local.firehose.records import Records
from firehose_logging.local.firehose.transform_payload import (
    MAX_PAYLOAD_BYTES,
    build_request,
    read_answer,
    split_by_payload,
)

from .standin import (
    DOMAIN,
    FUNCTION,
    LOGGING,
    START,
    Bench,
    Function,
    bulk_answer,
    configuration,
    item,
    processing,
)

Entries = list[dict[str, Any]]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.firehose.start()
    yield bench
    await bench.firehose.stop(0.2)


@pytest.fixture
async def function(bench: Bench) -> Function:
    function = Function()
    bench.aws.function = function
    await bench.create(ProcessingConfiguration=processing(), CloudWatchLoggingOptions=LOGGING)
    return function


async def test_e1_request_names_stream_and_records(bench: Bench, function: Function) -> None:
    await bench.put(b'{"a":"x"}')
    await bench.clock.advance(130)
    (event,) = function.events
    assert event["invocationId"]
    assert event["deliveryStreamArn"].endswith("deliverystream/logs")
    assert event["region"] == "eu-west-1"
    (record,) = event["records"]
    assert record["approximateArrivalTimestamp"] == (START + 2) * 1000
    assert b64decode(record["data"]) == b'{"a":"x"}'
    assert record["recordId"]


async def test_e2_ok_is_delivered_changed_and_dropped_is_not(
    bench: Bench, function: Function
) -> None:
    def change(entries: Entries) -> Entries:
        return [entries[0], {"recordId": entries[1]["recordId"], "result": "Dropped"}]

    function.change = change
    await bench.put(b'{"a":"x"}', b'{"a":"y"}')
    await bench.clock.advance(500)
    assert list(bench.aws.documents.values()) == [b'{"A":"X"}']
    assert not bench.aws.objects


async def test_e3_the_functions_buffer_comes_before_the_destinations(
    bench: Bench, function: Function
) -> None:
    await bench.put(b'{"a":"x"}')
    await bench.clock.advance(59)
    assert not function.events
    await bench.clock.advance(2)
    assert function.events
    assert not bench.aws.documents
    await bench.clock.advance(60)
    assert bench.aws.documents


@pytest.mark.parametrize(
    "parameters",
    [
        {"LambdaArn": "nothing"},
        {"NumberOfRetries": "301"},
        {"NumberOfRetries": "x"},
        {"BufferSizeInMBs": "0.1"},
        {"BufferSizeInMBs": "3.1"},
        {"BufferIntervalInSeconds": "901"},
    ],
)
async def test_e3_parameters_outside_their_range_are_refused(
    bench: Bench, parameters: dict[str, str]
) -> None:
    request = configuration(ProcessingConfiguration=processing(**parameters))
    with pytest.raises(ApiError) as caught:
        await bench.call("CreateDeliveryStream", **request)
    assert caught.value.code == "InvalidArgumentException"
    assert next(iter(parameters)) in caught.value.message


async def test_other_processors_are_named_as_unsupported(bench: Bench) -> None:
    other = {"Enabled": True, "Processors": [{"Type": "Decompression", "Parameters": []}]}
    with pytest.raises(ApiError, match="Decompression is not supported by the local stack"):
        await bench.call("CreateDeliveryStream", **configuration(ProcessingConfiguration=other))


@settings(deadline=None)
@given(st.lists(st.integers(0, 1_024_000), min_size=1, max_size=40))
def test_e3_requests_stay_below_the_payload_limit(sizes: list[int]) -> None:
    data = [b"x" * size for size in sizes]
    records = Records(list(range(len(sizes))), [START] * len(sizes), data)
    runs = list(split_by_payload(records))
    assert [record for run in runs for record in run] == list(records)
    for run in runs:
        request = build_request(run, "i" * 36, "arn:" + "x" * 200, "eu-west-1", "4" * 37)
        assert len(request) <= MAX_PAYLOAD_BYTES


def test_e3_an_answer_over_six_megabytes_fails_the_invocation() -> None:
    whole = read_answer(b" " * (MAX_PAYLOAD_BYTES + 1), Records(), "").whole
    assert whole is not None
    assert whole.code == "Lambda.FunctionError"


@pytest.mark.parametrize(("retries", "calls"), [({}, 4), ({"NumberOfRetries": "0"}, 1)])
async def test_e4_retries_use_fresh_invocation_ids_and_stable_record_ids(
    bench: Bench, retries: dict[str, str], calls: int
) -> None:
    function = bench.aws.function = Function()
    function.change = lambda _entries: Invocation(b'{"errorMessage":"boom"}', "Unhandled")
    await bench.create(ProcessingConfiguration=processing(**retries))
    await bench.put(b"{}")
    await bench.clock.advance(500)
    assert len({event["invocationId"] for event in function.events}) == calls
    assert len({event["records"][0]["recordId"] for event in function.events}) == 1
    (line,) = bench.failed_documents("processing-failed")
    assert line["errorCode"] == "Lambda.FunctionError"
    assert line["attemptsMade"] == calls


async def test_e4_a_function_that_recovers_loses_nothing(bench: Bench, function: Function) -> None:
    def change(entries: Entries) -> Any:
        return Invocation(b"{}", "Unhandled") if len(function.events) < 4 else entries

    function.change = change
    await bench.put(b'{"a":"x"}')
    await bench.clock.advance(200)
    assert list(bench.aws.documents.values()) == [b'{"A":"X"}']


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda entries: entries[:1], "Lambda.MissingRecordId"),
        (
            lambda entries: [entries[0], entries[1], entries[1]],
            "Lambda.DuplicatedRecordId",
        ),
        (
            lambda entries: [entries[0], {**entries[1], "result": "ProcessingFailed"}],
            "Lambda.ProcessingFailedStatus",
        ),
    ],
)
async def test_e5_failures_of_single_records(
    bench: Bench, function: Function, change: Callable[[Entries], Entries], code: str
) -> None:
    function.change = change
    await bench.put(b'{"a":"x"}', b'{"a":"y"}')
    await bench.clock.advance(500)
    assert list(bench.aws.documents.values()) == [b'{"A":"X"}']
    (line,) = bench.failed_documents("processing-failed")
    assert (line["errorCode"], line["attemptsMade"]) == (code, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda entries: [entries[0], {**entries[1], "result": "Fine"}], "Lambda.FunctionError"),
        (lambda entries: [entries[0], {**entries[1], "data": "!"}], "Lambda.FunctionError"),
        (lambda entries: [entries[0], {**entries[1], "data": 5}], "Lambda.FunctionError"),
        (lambda _: Invocation(b"[]", None), "Lambda.FunctionError"),
        (lambda _: Invocation(b'{"records":[1]}', None), "Lambda.FunctionError"),
        (lambda _: Invocation(b"null", None), "Lambda.FunctionError"),
        (lambda _: Invocation(b"{", None), "Lambda.JsonProcessingException"),
        (lambda _: Invocation(b'{"errorType":"KeyError"}', "Unhandled"), "Lambda.FunctionError"),
        (
            lambda _: Invocation(b'{"errorMessage":"Task timed out after 3.00 seconds"}', "x"),
            "Lambda.FunctionTimedOut",
        ),
    ],
)
async def test_e5_failures_of_the_whole_invocation(
    bench: Bench, function: Function, change: Callable[[Entries], Any], code: str
) -> None:
    function.change = change
    await bench.put(b'{"a":"x"}', b'{"a":"y"}')
    await bench.clock.advance(500)
    assert not bench.aws.documents
    lines = bench.failed_documents("processing-failed")
    assert [line["errorCode"] for line in lines] == [code, code]


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("AccessDeniedException", "Lambda.InvokeAccessDenied"),
        ("ResourceNotFoundException", "Lambda.ResourceNotFound"),
        ("TooManyRequestsException", "Lambda.InvokeLimitExceeded"),
    ],
)
async def test_e5_g4_functions_that_can_not_be_invoked(
    bench: Bench, function: Function, refusal: str, code: str
) -> None:
    bench.aws.refusals["Invoke"] = AccessError(refusal, "no")
    await bench.put(b"{}")
    await bench.clock.advance(500)
    (line,) = bench.failed_documents("processing-failed")
    assert line["errorCode"] == code


async def test_e6_failed_line_holds_the_original_and_the_function(
    bench: Bench, function: Function
) -> None:
    function.change = lambda _entries: []
    await bench.put(b'{"a":"x"}')
    await bench.clock.advance(500)
    (line,) = bench.failed_documents("processing-failed")
    assert b64decode(line.pop("rawData")) == b'{"a":"x"}'
    assert line.pop("errorMessage")
    assert line == {
        "attemptsMade": 1,
        "arrivalTimestamp": (START + 2) * 1000,
        "errorCode": "Lambda.MissingRecordId",
        "attemptEndingTimestamp": (START + 62) * 1000,
        "lambdaArn": FUNCTION,
    }


async def test_e7_all_documents_backs_up_the_untransformed_records(bench: Bench) -> None:
    bench.aws.function = Function()
    await bench.create(ProcessingConfiguration=processing(), S3BackupMode="AllDocuments")
    await bench.put(b'{"a":"x"}')
    await bench.clock.advance(500)
    assert list(bench.aws.objects.values()) == [b'{"a":"x"}']
    assert list(bench.aws.documents.values()) == [b'{"A":"X"}']


async def test_d6_what_the_domain_refuses_is_backed_up_as_transformed(
    bench: Bench, function: Function
) -> None:
    bench.aws.answer = lambda lines: bulk_answer([item(400, {"type": "x"}) for _ in lines])
    await bench.put(b'{"a":"x"}')
    await bench.clock.advance(500)
    (line,) = bench.failed_documents()
    assert b64decode(line["rawData"]) == b'{"A":"X"}'


async def test_f2_events_of_the_function_name_it_as_processor(
    bench: Bench, function: Function
) -> None:
    function.change = lambda _entries: []
    await bench.put(b"{}")
    await bench.clock.advance(100)
    event = bench.aws.events[0][2]
    assert event["processor"] == FUNCTION
    assert event["errorCode"] == "Lambda.MissingRecordId"
    assert event["destination"] == DOMAIN


async def test_transformed_records_are_held_until_they_are_delivered(
    bench: Bench, function: Function
) -> None:
    bench.aws.refusals["Bulk"] = AccessError("OS.ConnectionError", "down")
    await bench.put(b'{"a":"x"}')
    await bench.clock.advance(200)
    stream = bench.firehose._registry.get("eu-west-1", "logs").stream
    assert stream.held == 9
    bench.aws.refusals.clear()
    await bench.clock.advance(20)
    assert stream.held == 0
