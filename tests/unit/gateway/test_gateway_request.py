"""What a request says of itself."""

import pytest

from firehose_logging.local.gateway.request import CredentialScope, Request, credential_scope

SCOPE = CredentialScope("AKIDEXAMPLE", "20261122", "eu-west-1", "firehose")
HEADER = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-west-1/firehose/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=00"
)


def test_the_scope_is_read_from_the_authorization_header() -> None:
    assert credential_scope({"authorization": HEADER}, "") == SCOPE


def test_the_scope_is_read_from_a_presigned_query() -> None:
    query = "a=b&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-west-1%2Ffirehose%2Faws4_request"
    assert credential_scope({}, query) == SCOPE


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic Zm9vOmJhcg==", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c, x=y"],
)
def test_anything_else_is_an_unsigned_request(authorization: str) -> None:
    assert credential_scope({"authorization": authorization}, "X-Amz-Credential=x") is None


def test_an_unsigned_request_belongs_to_its_target_or_else_to_s3() -> None:
    target = {"x-amz-target": "Firehose_20150804.PutRecord"}
    assert Request("POST", "/", headers=target).service == "firehose"
    assert Request("GET", "/bucket").service == "s3"


def test_a_form_is_read_only_where_the_body_is_one() -> None:
    body = b"Action=ListUsers&PathPrefix=%2F"
    form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert Request("POST", "/", headers=form, body=body).form == {
        "Action": "ListUsers",
        "PathPrefix": "/",
    }
    assert Request("POST", "/", body=body).form == {}
