"""Errors as botocore's own parsers read them."""

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.errors import error_answer, unsupported
from firehose_logging.local.gateway.request import CredentialScope, Request

JSON_TARGET = {"x-amz-target": "Firehose_20150804.PutRecord"}
CBOR = {"smithy-protocol": "rpc-v2-cbor"}
PROTOCOLS = [
    ("firehose", "json", Request("POST", "/", headers=JSON_TARGET)),
    ("lambda", "rest-json", Request("GET", "/2015-03-31/functions/f")),
    ("iam", "query", Request("GET", "/", "Action=GetRole")),
    ("ec2", "ec2", Request("GET", "/", "Action=DescribeVpcs")),
    ("s3", "rest-xml", Request("GET", "/bucket")),
    ("cloudwatch", "smithy-rpc-v2-cbor", Request("POST", "/", headers=CBOR)),
]


def signed(service: str, request: Request) -> Request:
    scope = CredentialScope("AKIDEXAMPLE", "20261122", "eu-west-1", service)
    return Request(
        request.method, request.path, request.query, request.headers, body=b"", scope=scope
    )


@pytest.mark.parametrize(("service", "protocol", "request_"), PROTOCOLS)
@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("InternalFailure", 500)])
def test_an_error_keeps_code_and_message_in_every_protocol(
    service: str, protocol: str, request_: Request, code: str, status: int
) -> None:
    error = ApiError(code, 'no "<such>" & thing: ä', status)
    answer = error_answer(signed(service, request_), error)
    model = ServiceModel(Loader().load_service_model(service, "service-2"))
    shapes = (model.operation_model(name).output_shape for name in model.operation_names)
    shape = next(shape for shape in shapes if shape is not None)
    parsed = create_parser(protocol).parse(
        {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body},
        shape,
    )
    assert parsed["Error"]["Code"] == code
    assert parsed["Error"]["Message"] == 'no "<such>" & thing: ä'
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(("service", "protocol", "request_"), PROTOCOLS)
def test_an_unsupported_call_is_named_and_is_no_server_error(
    service: str, protocol: str, request_: Request
) -> None:
    error = unsupported(signed(service, request_), "DoIt")
    assert error.message == f"{service}:DoIt is not supported by the local stack."
    assert error.status in (400, 501)


def test_an_unsupported_call_without_a_name_is_told_by_method_and_path() -> None:
    error = unsupported(signed("es", Request("PATCH", "/nothing")), "")
    assert error.message == "es call (PATCH /nothing) is not supported by the local stack."


def test_an_answer_to_head_has_no_body() -> None:
    assert error_answer(Request("HEAD", "/bucket"), ApiError("NotFound", "no", 404)).body == b""


def test_a_json_error_answers_in_the_version_that_was_asked_in() -> None:
    headers = {**JSON_TARGET, "content-type": "application/x-amz-json-1.0"}
    answer = error_answer(Request("POST", "/", headers=headers), ApiError("X", "y"))
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"
