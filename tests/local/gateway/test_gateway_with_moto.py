"""The gateway in front of moto, called by boto3 and by hand."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

LAMBDA_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture
def name() -> str:
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def source() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("index.py", "def handler(event, context): return event")
    return archive.getvalue()


async def post(gateway: Any, target: str, body: bytes = b"{}") -> httpx.Response:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
    answer: httpx.Response = await gateway.send("firehose", "POST", "/", body=body, headers=headers)
    return answer


async def test_the_administrator_is_who_calls(gateway: Any) -> None:
    identity = await gateway.call("sts", "get_caller_identity")
    assert identity["Arn"] == "arn:aws:iam::123456789012:user/local-administrator"


async def test_an_object_comes_back_byte_for_byte_with_its_metadata(
    gateway: Any, name: str
) -> None:
    await gateway.call(
        "s3",
        "create_bucket",
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    key, body = "a folder/ü+%2F=&?#.gz", bytes(range(256)) * 5000
    await gateway.call(
        "s3", "put_object", Bucket=name, Key=key, Body=body, Metadata={"with_underscore": "x"}
    )
    found = await gateway.call("s3", "list_objects_v2", Bucket=name)
    assert [entry["Key"] for entry in found["Contents"]] == [key]
    got = await gateway.call("s3", "get_object", Bucket=name, Key=key)
    assert got["Body"].read() == body
    assert got["Metadata"] == {"with_underscore": "x"}
    head = await gateway.call("s3", "head_object", Bucket=name, Key=key)
    assert head["ContentLength"] == len(body)


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("iam", "get_role", {"RoleName": "no-such-role"}),
        ("s3", "head_bucket", {"Bucket": "no-such-bucket-anywhere"}),
        ("logs", "describe_log_streams", {"logGroupName": "/none"}),
        ("opensearch", "describe_domain", {"DomainName": "none"}),
    ],
)
async def test_what_moto_says_no_to_stays_an_aws_error(
    gateway: Any, service: str, operation: str, parameters: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as refusal:
        await gateway.call(service, operation, **parameters)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404, 409)


async def test_metrics_and_logs_are_readable_by_todays_clients(gateway: Any, name: str) -> None:
    datum = {"MetricName": "IncomingRecords", "Value": 3.0}
    await gateway.call("cloudwatch", "put_metric_data", Namespace=name, MetricData=[datum])
    listed = await gateway.call("cloudwatch", "list_metrics", Namespace=name)
    assert [metric["MetricName"] for metric in listed["Metrics"]] == ["IncomingRecords"]
    await gateway.call("logs", "create_log_group", logGroupName=name)
    groups = await gateway.call("logs", "describe_log_groups", logGroupNamePrefix=name)
    assert [group["logGroupName"] for group in groups["logGroups"]] == [name]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("accessanalyzer", "list_analyzers", {}),
        ("opensearch", "list_packages_for_domain", {"DomainName": "some"}),
        ("iam", "generate_organizations_access_report", {"EntityPath": "o-a123456789/r-abcd/x"}),
        ("logs", "get_log_anomaly_detector", {"anomalyDetectorArn": "arn:aws:logs:x:1:y:z"}),
        ("lambda", "invoke_async", {"FunctionName": "f", "InvokeArgs": b"{}"}),
    ],
)
async def test_an_unsupported_call_says_so_in_awss_shape(
    gateway: Any, service: str, operation: str, parameters: dict[str, str]
) -> None:
    with pytest.raises(ClientError, match="is not supported by the local stack"):
        await gateway.call(service, operation, **parameters)


@pytest.mark.parametrize("service", ["s3", "lambda", "es", "firehose", "iam", "nothing"])
@pytest.mark.parametrize(("method", "path"), [("PATCH", "/a/b"), ("GET", "/2015-03-31/x")])
async def test_no_answer_is_ever_html(gateway: Any, service: str, method: str, path: str) -> None:
    answer = await gateway.send(service, method, path)
    assert answer.status_code >= 400
    assert "html" not in answer.text.lower()
    assert "html" not in answer.headers["content-type"]


async def test_a_service_of_our_own_is_told_who_calls_and_what(gateway: Any) -> None:
    answer = await post(gateway, "Firehose_20150804.PutRecord", b'{"a": 1}')
    assert answer.text.splitlines() == [
        "firehose",
        "PutRecord",
        "eu-west-1",
        "arn:aws:iam::123456789012:user/local-administrator",
        '{"a": 1}',
    ]
    assert answer.headers["x-amzn-requestid"]


async def test_an_error_of_our_own_service_reaches_boto3_as_modelled(gateway: Any) -> None:
    answer = await post(gateway, "Firehose_20150804.Refuse")
    assert answer.status_code == 400
    assert answer.json() == {"__type": "LimitExceededException", "message": "too many"}


async def test_a_failure_of_our_own_is_an_aws_error_and_the_gateway_goes_on(gateway: Any) -> None:
    answer = await post(gateway, "Firehose_20150804.Break")
    assert answer.status_code == 500
    assert answer.json()["__type"] == "InternalFailure"
    assert (await post(gateway, "Firehose_20150804.PutRecord")).status_code == 200


async def _create_domain(gateway: Any, name: str, **parameters: Any) -> dict[str, Any]:
    created = await gateway.call("opensearch", "create_domain", DomainName=name, **parameters)
    status: dict[str, Any] = created["DomainStatus"]
    return status


async def test_a_domain_is_ready_at_once_with_its_own_endpoint(gateway: Any, name: str) -> None:
    created = await _create_domain(gateway, name, EngineVersion="OpenSearch_2.19")
    described = await gateway.call("opensearch", "describe_domain", DomainName=name)
    listed = await gateway.call("opensearch", "describe_domains", DomainNames=[name])
    for status in (created, described["DomainStatus"], listed["DomainStatusList"][0]):
        assert status["Endpoint"] == gateway.endpoints.open_now[name]
        assert status["Created"] is True
        assert status["Processing"] is False


async def test_a_domain_in_a_vpc_shows_its_endpoint_there(gateway: Any, name: str) -> None:
    vpc = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    status = await _create_domain(gateway, name, VPCOptions=vpc)
    assert status["Endpoints"] == {"vpc": gateway.endpoints.open_now[name]}
    assert "Endpoint" not in status


async def test_the_ip_address_type_is_kept_and_updated(gateway: Any, name: str) -> None:
    created = await _create_domain(gateway, name, IPAddressType="dualstack")
    assert created["IPAddressType"] == "dualstack"
    updated = await gateway.call(
        "opensearch", "update_domain_config", DomainName=name, IPAddressType="ipv4"
    )
    assert updated["DomainConfig"]["IPAddressType"]["Options"] == "ipv4"
    described = await gateway.call("opensearch", "describe_domain", DomainName=name)
    assert described["DomainStatus"]["IPAddressType"] == "ipv4"
    config = await gateway.call("opensearch", "describe_domain_config", DomainName=name)
    assert config["DomainConfig"]["IPAddressType"]["Options"] == "ipv4"


async def test_a_deleted_domain_closes_its_endpoint(gateway: Any, name: str) -> None:
    await _create_domain(gateway, name)
    await gateway.call("opensearch", "delete_domain", DomainName=name)
    assert name not in gateway.endpoints.open_now
    with pytest.raises(ClientError, match="ResourceNotFound"):
        await gateway.call("opensearch", "describe_domain", DomainName=name)


async def test_a_domain_whose_endpoint_cannot_open_is_not_made(
    gateway: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.endpoints, "refuse", "no ports left")
    with pytest.raises(ClientError, match=f"endpoint of domain {name} .* no ports left"):
        await _create_domain(gateway, name)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        await gateway.call("opensearch", "describe_domain", DomainName=name)


async def test_settings_of_buckets_that_moto_lacks_are_refused(gateway: Any, name: str) -> None:
    location = {"LocationConstraint": "eu-west-1"}
    await gateway.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=location)
    for operation, parameters in (
        ("get_bucket_metrics_configuration", {"Id": "all"}),
        ("put_bucket_metrics_configuration", {"Id": "all", "MetricsConfiguration": {"Id": "all"}}),
        ("get_bucket_metadata_configuration", {}),
    ):
        with pytest.raises(ClientError, match="is not supported by the local stack"):
            await gateway.call("s3", operation, Bucket=name, **parameters)


async def test_the_description_of_a_rule_about_a_group_is_shown(gateway: Any, name: str) -> None:
    group = await gateway.call(
        "ec2", "create_security_group", GroupName=name, Description="of a test"
    )
    pair = {"GroupId": group["GroupId"], "Description": "from our own"}
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}
    await gateway.call(
        "ec2",
        "authorize_security_group_ingress",
        GroupId=group["GroupId"],
        IpPermissions=[rule],
    )
    wanted = [{"Name": "group-id", "Values": [group["GroupId"]]}]
    shown = await gateway.call("ec2", "describe_security_group_rules", Filters=wanted)
    described = [each.get("Description") for each in shown["SecurityGroupRules"]]
    assert "from our own" in described


@pytest.fixture
async def create_function(gateway: Any, name: str, source: bytes) -> Callable[..., Any]:
    role = await gateway.call(
        "iam", "create_role", RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST
    )

    async def create(**parameters: Any) -> Any:
        return await gateway.call(
            "lambda",
            "create_function",
            FunctionName=name,
            Role=role["Role"]["Arn"],
            Runtime="python3.12",
            Handler="index.handler",
            Code={"ZipFile": source},
            **parameters,
        )

    return create


async def test_a_functions_logging_config_is_kept_and_updated(
    gateway: Any, name: str, create_function: Callable[..., Any]
) -> None:
    given = {"LogFormat": "JSON", "LogGroup": "/other", "ApplicationLogLevel": "WARN"}
    created = await create_function(LoggingConfig=given)
    assert created["LoggingConfig"] == {**given, "SystemLogLevel": "INFO"}
    got = await gateway.call("lambda", "get_function", FunctionName=name)
    assert got["Configuration"]["LoggingConfig"] == created["LoggingConfig"]
    text = {"LogFormat": "Text", "LogGroup": "/third"}
    await gateway.call(
        "lambda", "update_function_configuration", FunctionName=name, LoggingConfig=text
    )
    config = await gateway.call("lambda", "get_function_configuration", FunctionName=name)
    assert config["LoggingConfig"] == text


async def test_a_functions_logging_config_has_lambdas_defaults_and_ends_with_it(
    gateway: Any, name: str, create_function: Callable[..., Any]
) -> None:
    defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    await create_function(LoggingConfig={"LogFormat": "Text", "LogGroup": "/other"})
    await gateway.call("lambda", "delete_function", FunctionName=name)
    assert (await create_function())["LoggingConfig"] == defaults
