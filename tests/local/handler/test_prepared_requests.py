"""Prepared request bodies, beside botocore's own, its Stubber and moto."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.session import get_session
from botocore.stub import Stubber

from firehose_logging.core.prepared import prepare_requests
from firehose_logging.core.sending import FirehoseSender

if TYPE_CHECKING:
    from tests.local.handler.conftest import Run, Sink

pytestmark = pytest.mark.usefixtures("here")

RECORDS = [b"", b"a", b'{"b": "\\n"}', bytes(range(256)), b"x" * 100_000]


class _Clients:
    """A session that hands out one client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def client(self, name: str, **options: Any) -> Any:
        return self._client


def test_the_prepared_body_says_what_botocores_own_says(sink: Sink) -> None:
    plain: Any = get_session().create_client("firehose", region_name="eu-west-1")
    call: dict[str, Any] = {
        "DeliveryStreamName": "s",
        "Records": [{"Data": data} for data in RECORDS],
    }
    plain.put_record_batch(**call)
    prepare_requests(plain)
    answer = plain.put_record_batch(**call)
    assert sink.batches == [RECORDS, RECORDS]
    assert answer["FailedPutCount"] == 0
    assert [record["Data"] for record in call["Records"]] == RECORDS, "the caller's list"


@pytest.mark.parametrize("failing", [[], [0], [1, 3]])
def test_an_answer_is_read_the_same_way(sink: Sink, failing: list[int]) -> None:
    def answer(sink: Sink, records: list[bytes]) -> tuple[int, dict[str, Any]]:
        slow = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
        entries = [
            slow if number in failing else {"RecordId": '"FailedPutCount":0,'}
            for number, _ in enumerate(records)
        ]
        return 200, {"RequestResponses": entries, "FailedPutCount": len(failing)}

    sink.behaviour = answer
    assert list(FirehoseSender(None, None, None).send("s", RECORDS).failed) == failing


def test_it_works_with_a_client_that_has_no_events() -> None:
    calls: list[Any] = []

    class Client:
        def put_record_batch(self, **call: Any) -> Any:
            calls.append(call)
            return {"FailedPutCount": 0}

    sender = FirehoseSender(_Clients(Client()), None, None)
    assert sender.send("s", [b"a"]).kind == "delivered"
    assert calls == [{"DeliveryStreamName": "s", "Records": [{"Data": b"a"}]}]


def test_it_works_under_botocores_stubber() -> None:
    client = boto3.client("firehose", region_name="eu-west-1")
    with Stubber(client) as stubber:
        stubber.add_response(
            "put_record_batch",
            {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}, {"RecordId": "2"}]},
            {"DeliveryStreamName": "s", "Records": [{"Data": b"a"}, {"Data": b"b"}]},
        )
        stubber.add_client_error("put_record_batch", "AccessDeniedException", "no", 400)
        sender = FirehoseSender(_Clients(client), None, None)
        assert sender.send("s", [b"a", b"b"]).kind == "delivered"
        assert sender.send("s", [b"a"]).kind == "refused"


def test_it_works_under_motos_decorator(run: Run) -> None:
    process = run(
        """
import logging, boto3
from moto import mock_aws
from firehose_logging import FirehoseHandler

@mock_aws
def test():
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="log-records")
    boto3.client("firehose", region_name="us-east-1").create_delivery_stream(
        DeliveryStreamName="logging-test",
        S3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/r",
            "BucketARN": "arn:aws:s3:::log-records",
        },
    )
    logger = logging.Logger("app")
    handler = FirehoseHandler(region_name="us-east-1")
    logger.addHandler(handler)
    logger.info("hello")
    logger.info("again")
    assert handler.flush(30)
    handler.close()
    for entry in s3.list_objects_v2(Bucket="log-records")["Contents"]:
        print(s3.get_object(Bucket="log-records", Key=entry["Key"])["Body"].read().decode())

test()
""",
        AWS_ENDPOINT_URL="",
        S3_IGNORE_SUBDOMAIN_BUCKETNAME="",  # moto as users have it, not as the local stack sets it
    )
    assert process.returncode == 0, process.stderr
    first, end = json.JSONDecoder().raw_decode(process.stdout)
    assert first["message"] == "hello"
    assert json.loads(process.stdout[end:])["message"] == "again"


def test_a_session_of_boto3_or_botocore_is_used(sink: Sink) -> None:
    for session in (
        boto3.Session(aws_access_key_id="AKIAMINE", aws_secret_access_key="s"),
        get_session(),
    ):
        sender = FirehoseSender(session, "eu-west-1", None)
        assert sender.send("s", [b"a"]).kind == "delivered"
    assert sink.batches == [[b"a"], [b"a"]]
