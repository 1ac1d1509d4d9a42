"""What is allowed and what is done must be the same operation."""

import pytest

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.operations import operation_of
from firehose_logging.local.gateway.request import CredentialScope, Request

FORM = {"content-type": "application/x-www-form-urlencoded"}


def request(
    service: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b""
) -> Request:
    scope = CredentialScope("AKIDEXAMPLE", "20261122", "eu-west-1", service)
    path, _, query = path.partition("?")
    return Request("POST", path, query, headers or {}, body=body, scope=scope)


@pytest.mark.parametrize(
    "one",
    [
        request("sts", "/", headers=FORM, body=b"Action=AssumeRole&Action=GetCallerIdentity"),
        request("sts", "/?Action=GetCallerIdentity", headers=FORM, body=b"Action=AssumeRole"),
        request("logs", "/?Action=DeleteLogGroup", headers={"x-amz-target": "L.DescribeLogGroups"}),
        request("monitoring", "/service/G/operation/ListMetrics", headers=FORM, body=b"Action=X"),
        request("s3", "/bucket/key?Action=DeleteObject"),
        request("lambda", "/2015-03-31/functions", headers=FORM, body=b"Action=DeleteFunction"),
    ],
)
def test_a_request_that_names_two_operations_is_refused(one: Request) -> None:
    with pytest.raises(ApiError, match="names more than one operation"):
        operation_of(one)


def test_the_same_operation_may_be_named_twice() -> None:
    again = request("sts", "/?Action=AssumeRole", headers=FORM, body=b"Action=AssumeRole")
    assert operation_of(again) == "AssumeRole"


def test_a_target_header_means_nothing_to_services_of_other_protocols() -> None:
    target = {"x-amz-target": "X.GetCallerIdentity"}
    form = request("sts", "/", headers={**FORM, **target}, body=b"Action=AssumeRole")
    assert operation_of(form) == "AssumeRole"
    assert operation_of(request("s3", "/bucket/key?uploads", headers=target)) == (
        "CreateMultipartUpload"
    )


def test_an_object_may_hold_what_looks_like_a_form() -> None:
    put = request("s3", "/bucket/key?uploadId=x", headers=FORM, body=b"Action=DeleteBucket")
    assert operation_of(put) == "CompleteMultipartUpload"
