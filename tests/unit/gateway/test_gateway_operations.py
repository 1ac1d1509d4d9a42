"""Which operation a request means."""

import pytest

from firehose_logging.local.gateway.operations import operation_of
from firehose_logging.local.gateway.request import CredentialScope, Request


def request(
    service: str,
    method: str,
    path: str,
    query: str = "",
    *,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Request:
    scope = CredentialScope("AKIDEXAMPLE", "20261122", "eu-west-1", service)
    return Request(method, path, query, headers or {}, body=body, scope=scope)


@pytest.mark.parametrize(
    ("method", "path", "query", "operation"),
    [
        ("GET", "/", "", "ListBuckets"),
        ("HEAD", "/bucket", "", "HeadBucket"),
        ("GET", "/bucket", "list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/bucket", "policy", "GetBucketPolicy"),
        ("PUT", "/bucket/", "", "CreateBucket"),
        ("PUT", "/bucket", "versioning=", "PutBucketVersioning"),
        ("PUT", "/bucket/a/b%2Fc", "", "PutObject"),
        ("PUT", "/bucket/key", "partNumber=1&uploadId=x", "UploadPart"),
        ("GET", "/bucket/key", "tagging", "GetObjectTagging"),
        ("POST", "/bucket", "delete", "DeleteObjects"),
    ],
)
def test_s3_is_told_by_path_and_query(method: str, path: str, query: str, operation: str) -> None:
    assert operation_of(request("s3", method, path, query)) == operation


def test_s3_copies_are_told_by_their_header() -> None:
    source = {"x-amz-copy-source": "other/key"}
    assert operation_of(request("s3", "PUT", "/bucket/key", headers=source)) == "CopyObject"


@pytest.mark.parametrize(
    ("service", "method", "path", "operation"),
    [
        ("es", "POST", "/2021-01-01/opensearch/domain", "CreateDomain"),
        ("es", "GET", "/2021-01-01/opensearch/domain/d", "DescribeDomain"),
        ("es", "GET", "/2021-01-01/opensearch/domain/d/config", "DescribeDomainConfig"),
        ("es", "GET", "/2015-01-01/es/domain/d", "DescribeElasticsearchDomain"),
        ("lambda", "POST", "/2015-03-31/functions/f/invocations", "Invoke"),
        ("lambda", "GET", "/2015-03-31/functions/f/configuration", "GetFunctionConfiguration"),
    ],
)
def test_rest_services_are_told_by_their_models(
    service: str, method: str, path: str, operation: str
) -> None:
    assert operation_of(request(service, method, path)) == operation


def test_json_services_are_told_by_their_target() -> None:
    target = {"x-amz-target": "Firehose_20150804.PutRecordBatch"}
    assert operation_of(request("firehose", "POST", "/", headers=target)) == "PutRecordBatch"


def test_query_services_are_told_by_their_action() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert operation_of(request("iam", "GET", "/", "Action=GetRole&RoleName=r")) == "GetRole"
    posted = request("sts", "POST", "/", headers=form, body=b"Action=AssumeRole&Version=2011")
    assert operation_of(posted) == "AssumeRole"


def test_cbor_services_are_told_by_their_path() -> None:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    assert operation_of(request("monitoring", "POST", path)) == "PutMetricData"


@pytest.mark.parametrize("service", ["es", "no-such-service", "../../etc/passwd"])
def test_what_no_model_knows_has_no_name(service: str) -> None:
    assert operation_of(request(service, "PATCH", "/nothing/of/the/kind")) == ""
