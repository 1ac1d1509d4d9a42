"""Firehose as an AWS client: moto and a TLS engine stand-in on real sockets."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import sys
import zipfile
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from firehose_logging.local.api import ApiCall, Principal
from firehose_logging.local.clock import RealClock
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.tls import TlsServer
from firehose_logging.local.firehose import Firehose
from firehose_logging.local.firehose.aws_access import AwsAccess, ServiceCredentials
from firehose_logging.local.firehose.ports import AccessError, LogEvent, MetricDatum
from firehose_logging.local.gateway.server import HttpServer, bind

ACCOUNT = "123456789012"
REGION = "eu-west-1"
STREAM = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/s"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/writer"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Engine:
    """Takes bulk requests over TLS; refuses documents that hold the word ``bad``."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.headers: list[dict[str, str]] = []
        self.queries: list[str] = []
        self.application = Starlette(routes=[Route("/_bulk", self.bulk, methods=["POST"])])

    async def bulk(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        self.queries.append(request.url.query)
        rows = (await request.body()).splitlines()
        items = []
        for head, document in zip(rows[0::2], rows[1::2], strict=True):
            bad = b"bad" in document
            if not bad:
                self.documents[json.loads(head)["index"]["_id"]] = json.loads(document)
            error = {"error": {"type": "mapper_parsing_exception"}} if bad else {}
            items.append({"index": {"status": 400 if bad else 201, **error}})
        return JSONResponse({"errors": any("error" in i["index"] for i in items), "items": items})


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(moto_url: str) -> Any:
    make: Any = boto3.client
    return lambda service: make(service, region_name=REGION, endpoint_url=moto_url, **KEYS)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[tuple[Engine, str, str]]:
    engine = Engine()
    authority = Authority(tmp_path, RealClock().now())
    server = TlsServer(engine.application, authority.server_identity)
    await server.start()
    yield engine, f"localhost:{server.port}", str(authority.bundle)
    await server.stop()


@pytest.fixture
async def access(moto_url: str, engine: tuple[Engine, str, str]) -> AsyncIterator[AwsAccess]:
    keys = ServiceCredentials("test", "test")
    access = AwsAccess(moto_url, engine[2], keys, ACCOUNT)
    yield access
    await access.close()


async def test_bulk_is_signed_by_the_assumed_role_for_service_es(
    access: AwsAccess, engine: tuple[Engine, str, str]
) -> None:
    role = await access.as_role(ROLE, STREAM)
    answer = await role.bulk(engine[1], b'{"index":{"_index":"i","_id":"1"}}\n{"a":1}\n')
    assert answer.status == 200
    assert engine[0].documents == {"1": {"a": 1}}
    headers = engine[0].headers[0]
    assert f"/{REGION}/es/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"]


async def test_bulk_asks_for_no_more_of_the_answer_than_is_looked_at(
    access: AwsAccess, engine: tuple[Engine, str, str]
) -> None:
    role = await access.as_role(ROLE, STREAM)
    await role.bulk(engine[1], b'{"index":{"_index":"i"}}\n{"bad":1}\n')
    assert parse_qs(engine[0].queries[0]) == {
        "filter_path": ["errors,items.*.status,items.*.error"]
    }


async def test_a_bulk_body_is_let_go_of_once_it_is_answered(
    access: AwsAccess, engine: tuple[Engine, str, str]
) -> None:
    role = await access.as_role(ROLE, STREAM)
    body = b'{"index":{"_index":"i","_id":"1"}}\n{"a":1}\n' * 10_000
    gc.collect()
    gc.disable()
    try:
        before = sys.getrefcount(body)
        assert (await role.bulk(engine[1], body)).status == 200
        assert sys.getrefcount(body) == before
    finally:
        gc.enable()


async def test_role_is_assumed_once_and_anew_on_demand(access: AwsAccess) -> None:
    first = await access.as_role(ROLE, STREAM)
    assert await access.as_role(ROLE, STREAM) is first
    assert await access.assume_anew(ROLE, STREAM) is not first


async def test_endpoint_that_refuses_connections_is_a_connection_error(
    access: AwsAccess,
) -> None:
    role = await access.as_role(ROLE, STREAM)
    with pytest.raises(AccessError) as caught:
        await role.bulk("localhost:1", b"{}\n")
    assert caught.value.code == "OS.ConnectionError"


async def test_certificate_of_another_authority_is_not_trusted(
    moto_url: str, engine: tuple[Engine, str, str], tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other", RealClock().now())
    access = AwsAccess(moto_url, str(other.bundle), ServiceCredentials("test", "test"), ACCOUNT)
    role = await access.as_role(ROLE, STREAM)
    with pytest.raises(AccessError, match=r"OS\.ConnectionError.*CERTIFICATE_VERIFY_FAILED"):
        await role.bulk(engine[1], b"{}\n")
    await access.close()


async def test_missing_domain_and_bucket_keep_aws_codes(access: AwsAccess) -> None:
    role = await access.as_role(ROLE, STREAM)
    with pytest.raises(AccessError) as domain:
        await role.describe_domain(f"arn:aws:es:{REGION}:{ACCOUNT}:domain/nothing")
    assert domain.value.code == "ResourceNotFoundException"
    with pytest.raises(AccessError) as bucket:
        await role.put_object("nothing", "key", b"", None)
    assert bucket.value.code == "NoSuchBucket"


TO_DOMAIN = "DeliveryToAmazonOpenSearchService"
METRICS = (
    *(f"{TO_DOMAIN}.{name}" for name in ("Bytes", "Records", "DataFreshness", "Success")),
    *(f"{TO_DOMAIN}.{name}" for name in ("AuthFailure", "DeliveryRejected")),
    *(f"DeliveryToS3.{name}" for name in ("Bytes", "Records", "DataFreshness", "Success")),
    *("IncomingBytes", "IncomingRecords", "IncomingPutRequests", "ThrottledRecords"),
    *("BytesPerSecondLimit", "RecordsPerSecondLimit", "PutRequestsPerSecondLimit"),
    *(f"PutRecord.{name}" for name in ("Bytes", "Latency", "Requests")),
    *(f"PutRecordBatch.{name}" for name in ("Bytes", "Latency", "Requests", "Records")),
    *("ExecuteProcessing.Duration", "ExecuteProcessing.Success"),
    *("SucceedProcessing.Records", "SucceedProcessing.Bytes"),
    *(f"KMSKey{name}" for name in ("AccessDenied", "Disabled", "InvalidState", "NotFound")),
)


async def test_f3_every_metric_can_be_read_by_get_metric_data(
    access: AwsAccess, client: Any
) -> None:
    now = RealClock().now()
    await access.put_metrics(
        REGION,
        [
            MetricDatum("logs", name, "Count", now, 2, 10 + number, 3, 7 + number)
            for number, name in enumerate(METRICS)
        ],
    )
    dimensions = [{"Name": "DeliveryStreamName", "Value": "logs"}]
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Firehose",
                    "MetricName": name,
                    "Dimensions": dimensions,
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for number, name in enumerate(METRICS)
    ]
    cloudwatch = client("cloudwatch")
    found = await asyncio.to_thread(
        cloudwatch.get_metric_data,
        MetricDataQueries=queries,
        StartTime=now - 300,
        EndTime=now + 300,
    )
    cloudwatch.close()
    sums = {result["Id"]: sum(result["Values"]) for result in found["MetricDataResults"]}
    assert sums == {f"m{number}": 10 + number for number in range(len(METRICS))}


async def test_f2_log_events_arrive_oldest_first(access: AwsAccess, client: Any) -> None:
    logs = client("logs")
    await asyncio.to_thread(logs.create_log_group, logGroupName="g")
    await asyncio.to_thread(logs.create_log_stream, logGroupName="g", logStreamName="s")
    now = RealClock().now()
    role = await access.as_role(ROLE, STREAM)
    events = [LogEvent(now + 86_400, "ahead"), LogEvent(now - 1, "first")]
    await role.put_log_events("g", "s", events)
    found = await asyncio.to_thread(logs.get_log_events, logGroupName="g", logStreamName="s")
    logs.close()
    assert [event["message"] for event in found["events"]] == ["first", "ahead"]


async def test_g5_network_interfaces_are_made_and_deleted(access: AwsAccess, client: Any) -> None:
    ec2 = client("ec2")
    subnet = (await asyncio.to_thread(ec2.describe_subnets))["Subnets"][0]
    groups = (await asyncio.to_thread(ec2.describe_security_groups))["SecurityGroups"]
    before = await asyncio.to_thread(_descriptions, ec2)
    role = await access.as_role(ROLE, STREAM)
    places = [subnet["SubnetId"]], [groups[0]["GroupId"]]
    assert await role.find_vpc(*places) == subnet["VpcId"]
    arn = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/in-vpc"
    await role.create_interfaces(arn, *places)
    await role.create_interfaces(f"{arn}-other", *places)
    await role.delete_interfaces(arn)
    left = await asyncio.to_thread(_descriptions, ec2)
    ec2.close()
    assert left - before == {f"Amazon Data Firehose {arn}-other"}
    with pytest.raises(AccessError, match="NotFound"):
        await role.find_vpc(["subnet-00000000"], places[1])


def _descriptions(ec2: Any) -> set[str]:
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    return {interface["Description"] for interface in interfaces}


async def test_state_of_a_key(access: AwsAccess, client: Any) -> None:
    kms = client("kms")
    key = (await asyncio.to_thread(kms.create_key))["KeyMetadata"]["Arn"]
    assert await access.key_state(key, REGION) == "Enabled"
    await asyncio.to_thread(kms.disable_key, KeyId=key.rpartition("/")[2])
    assert await access.key_state(key, REGION) == "Disabled"
    kms.close()
    with pytest.raises(AccessError, match="NotFoundException"):
        await access.key_state(key[:-1] + "?", REGION)


async def test_from_put_to_index_and_refused_documents_to_the_bucket(
    access: AwsAccess, engine: tuple[Engine, str, str], client: Any
) -> None:
    s3 = client("s3")
    location = {"LocationConstraint": REGION}
    await asyncio.to_thread(s3.create_bucket, Bucket="failed", CreateBucketConfiguration=location)
    firehose = Firehose(RealClock(speed=60), access, ACCOUNT)
    await firehose.start()

    async def call(operation: str, **members: Any) -> Any:
        principal = Principal(f"arn:aws:iam::{ACCOUNT}:user/tester", ACCOUNT)
        body = json.dumps(members).encode()
        answer = await firehose.handle(ApiCall("firehose", operation, REGION, principal, body))
        return json.loads(answer.body)

    hints = {"SizeInMBs": 1, "IntervalInSeconds": 60}
    bucket = {
        "RoleARN": ROLE,
        "BucketARN": "arn:aws:s3:::failed",
        "CompressionFormat": "ZIP",
        "BufferingHints": hints,
    }
    await call(
        "CreateDeliveryStream",
        DeliveryStreamName="logs",
        AmazonopensearchserviceDestinationConfiguration={
            "RoleARN": ROLE,
            "ClusterEndpoint": f"https://{engine[1]}",
            "IndexName": "logging-test",
            "BufferingHints": hints,
            "S3Configuration": bucket,
        },
    )
    while True:
        description = await call("DescribeDeliveryStream", DeliveryStreamName="logs")
        if description["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE":
            break
        await asyncio.sleep(0.01)
    data = [b'{"n":1}', b'{"n":"bad"}', b'{"n":2}']
    entries = [{"Data": b64encode(one).decode()} for one in data]
    await call("PutRecordBatch", DeliveryStreamName="logs", Records=entries)
    await firehose.stop()
    assert list(engine[0].documents.values()) == [{"n": 1}, {"n": 2}]
    listing = await asyncio.to_thread(s3.list_objects_v2, Bucket="failed")
    (entry,) = listing["Contents"]
    assert entry["Key"].endswith(".zip")
    body = await asyncio.to_thread(lambda: s3.get_object(Bucket="failed", Key=entry["Key"]))
    archive = zipfile.ZipFile(io.BytesIO(body["Body"].read()))
    s3.close()
    line = json.loads(archive.read(archive.namelist()[0]))
    assert b64decode(line["rawData"]) == b'{"n":"bad"}'


ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIA0</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
<SessionToken>t</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""


async def test_g6_the_account_is_the_external_id(tmp_path: Path) -> None:
    asked: list[dict[str, list[str]]] = []

    async def assume(request: Request) -> Response:
        asked.append(parse_qs((await request.body()).decode()))
        return Response(ASSUMED, media_type="text/xml")

    authority = Authority(tmp_path, RealClock().now())
    application = Starlette(routes=[Route("/", assume, methods=["POST"])])
    listener = bind("127.0.0.1", 0)
    server = HttpServer(application, listener)
    await server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    keys = ServiceCredentials("test", "test")
    access = AwsAccess(url, str(authority.bundle), keys, ACCOUNT)
    await access.as_role(ROLE, STREAM)
    await access.close()
    await server.stop()
    listener.close()
    assert asked[0]["ExternalId"] == [ACCOUNT]
    assert asked[0]["RoleArn"] == [ROLE]
