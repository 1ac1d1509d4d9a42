"""What becomes of a batch, by Firehose's answer or botocore's error."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions

from firehose_logging.core import sending
from firehose_logging.core.sending import read_answer, read_error

_OK = {"RecordId": "1"}
_SLOW = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}


def _client_error(code: str, status: int = 400, message: str = "no") -> exceptions.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return exceptions.ClientError(response, "PutRecordBatch")


def test_a13_the_entries_with_an_error_code_failed() -> None:
    response = {"FailedPutCount": 2, "RequestResponses": [_SLOW, _OK, _SLOW]}
    answer = read_answer(response, 3)
    assert answer.kind == sending.PARTIAL
    assert list(answer.failed) == [0, 2]


def test_a13_no_failed_put_means_delivered() -> None:
    assert read_answer({"FailedPutCount": 0, "RequestResponses": [_OK]}, 1).kind == "delivered"


@pytest.mark.parametrize(
    "response", [{"FailedPutCount": 1}, {"FailedPutCount": 1, "RequestResponses": [_SLOW]}]
)
def test_an_answer_that_does_not_match_the_request_is_not_believed(
    response: dict[str, Any],
) -> None:
    assert read_answer(response, 2).kind == sending.BUSY


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ServiceUnavailableException", 500),
        ("ThrottlingException", 400),
        ("LimitExceededException", 400),
        ("SlowDown", 503),
        ("SomethingNew", 502),
        ("SomethingNew", 429),
        ("InternalFailure", 400),
    ],
)
def test_a14_throttling_and_server_errors_are_tried_again_soon(code: str, status: int) -> None:
    assert read_error(_client_error(code, status), "s").kind == sending.BUSY


@pytest.mark.parametrize(
    "error",
    [
        exceptions.EndpointConnectionError(endpoint_url="http://x"),
        exceptions.ReadTimeoutError(endpoint_url="http://x"),
        exceptions.ConnectTimeoutError(endpoint_url="http://x"),
        exceptions.ConnectionClosedError(endpoint_url="http://x"),
        exceptions.SSLError(endpoint_url="http://x", error=OSError("truncated")),
        ConnectionResetError(),
        MemoryError(),
    ],
)
def test_connection_errors_are_tried_again_soon(error: Exception) -> None:
    assert read_error(error, "s").kind == sending.BUSY


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ValidationException", 400),
        ("InvalidArgumentException", 400),
        ("SerializationException", 400),
        ("413", 413),
    ],
)
def test_a12_a_shape_that_firehose_does_not_take_is_rejected(code: str, status: int) -> None:
    assert read_error(_client_error(code, status), "s").kind == sending.REJECTED


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("AccessDeniedException", "firehose:PutRecordBatch"),
        ("ResourceNotFoundException", "FIREHOSE_LOGGING_STREAM"),
        ("ExpiredTokenException", "AWS_ACCESS_KEY_ID"),
        ("InvalidKMSResourceException", "takes no records"),
    ],
)
def test_what_somebody_has_to_mend_is_told_with_the_remedy(code: str, told: str) -> None:
    answer = read_error(_client_error(code), "my-stream")
    assert answer.kind == sending.REFUSED
    assert told in answer.problem


def test_a_stream_with_another_source_is_not_the_records_fault() -> None:
    message = "This operation is not permitted on KinesisStreamAsSource delivery stream type."
    assert read_error(_client_error("InvalidArgumentException", 400, message), "s").kind == (
        sending.REFUSED
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (exceptions.NoRegionError(), "AWS_REGION"),
        (exceptions.NoCredentialsError(), "AWS_ACCESS_KEY_ID"),
        (exceptions.PartialCredentialsError(provider="env", cred_var="x"), "AWS_ACCESS_KEY_ID"),
        (exceptions.ProfileNotFound(profile="nobody"), "nobody"),
        (ValueError("Invalid endpoint: nonsense"), "nonsense"),
    ],
)
def test_missing_settings_are_named(error: Exception, told: str) -> None:
    answer = read_error(error, "s")
    assert answer.kind == sending.UNCONFIGURED
    assert told in answer.problem
