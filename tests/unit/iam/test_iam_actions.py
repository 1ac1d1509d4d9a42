"""What a real client's call needs. Service Authorization Reference, one page per service."""

from __future__ import annotations

from typing import Any

import pytest

from firehose_logging.local.iam.actions import needs_of
from firehose_logging.local.iam.catalog.keys import key_needs_via
from firehose_logging.local.iam.catalog.search import domain_http
from firehose_logging.local.iam.needs import Names, Need

from .calls import ACCOUNT, CALLER, REGION, asked, needs, sent

NAMES = Names(ACCOUNT, REGION, CALLER)
HERE = f"{REGION}:{ACCOUNT}"
STREAM = f"arn:aws:firehose:{HERE}:deliverystream/logs"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/writer"
KEY = f"arn:aws:kms:{HERE}:key/1234"
DOMAIN = f"arn:aws:es:{HERE}:domain/logs"
FUNCTION = f"arn:aws:lambda:{HERE}:function:clean"
GROUP = f"arn:aws:logs:{HERE}:log-group:/aws/x"

CASES: list[tuple[str, str, str, dict[str, Any], list[tuple[str, str | None]]]] = [
    (
        *("firehose", "PutRecord", "put_record"),
        {"DeliveryStreamName": "logs", "Record": {"Data": b"x"}},
        [("firehose:PutRecord", STREAM)],
    ),
    (
        *("firehose", "ListDeliveryStreams", "list_delivery_streams"),
        {},
        [("firehose:ListDeliveryStreams", "*")],
    ),
    (
        *("firehose", "CreateDeliveryStream", "create_delivery_stream"),
        {
            "DeliveryStreamName": "logs",
            "ExtendedS3DestinationConfiguration": {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::b"},
        },
        [("firehose:CreateDeliveryStream", STREAM), ("iam:PassRole", ROLE)],
    ),
    (
        *("logs", "PutLogEvents", "put_log_events"),
        {"logGroupName": "/aws/x", "logStreamName": "s", "logEvents": []},
        [("logs:PutLogEvents", f"{GROUP}:log-stream:s")],
    ),
    (
        *("logs", "CreateLogGroup", "create_log_group"),
        {"logGroupName": "/aws/x", "tags": {"a": "b"}},
        [("logs:CreateLogGroup", f"{GROUP}:log-stream:"), ("logs:TagResource", GROUP)],
    ),
    (
        *("logs", "DescribeLogGroups", "describe_log_groups"),
        {"logGroupNamePrefix": "/aws/x"},
        [("logs:DescribeLogGroups", f"arn:aws:logs:{HERE}:log-group::log-stream:")],
    ),
    (
        *("sts", "AssumeRole", "assume_role"),
        {"RoleArn": ROLE, "RoleSessionName": "s", "Tags": [{"Key": "a", "Value": "b"}]},
        [("sts:AssumeRole", ROLE), ("sts:TagSession", ROLE)],
    ),
    (*("sts", "GetCallerIdentity", "get_caller_identity"), {}, []),
    (
        *("kms", "Decrypt", "decrypt"),
        {"CiphertextBlob": b"x", "KeyId": KEY},
        [("kms:Decrypt", KEY)],
    ),
    (*("kms", "DescribeKey", "describe_key"), {"KeyId": "1234"}, [("kms:DescribeKey", KEY)]),
    (*("kms", "CreateKey", "create_key"), {}, [("kms:CreateKey", "*")]),
    (
        *("kms", "CreateAlias", "create_alias"),
        {"AliasName": "alias/a", "TargetKeyId": "1234"},
        [("kms:CreateAlias", f"arn:aws:kms:{HERE}:alias/a"), ("kms:CreateAlias", KEY)],
    ),
    (
        *("kms", "ReEncrypt", "re_encrypt"),
        {"CiphertextBlob": b"x", "SourceKeyId": "1", "DestinationKeyId": "1234"},
        [("kms:ReEncryptFrom", f"arn:aws:kms:{HERE}:key/1"), ("kms:ReEncryptTo", KEY)],
    ),
    (
        *("opensearch", "DescribeDomain", "describe_domain"),
        {"DomainName": "logs"},
        [("es:DescribeDomain", DOMAIN)],
    ),
    (
        *("opensearch", "DescribeDomains", "describe_domains"),
        {"DomainNames": ["logs", "b"]},
        [
            ("es:DescribeDomains", DOMAIN),
            ("es:DescribeDomains", f"arn:aws:es:{HERE}:domain/b"),
        ],
    ),
    (
        *("opensearch", "CreateDomain", "create_domain"),
        {"DomainName": "logs"},
        [("es:CreateDomain", DOMAIN)],
    ),
    (*("opensearch", "ListTags", "list_tags"), {"ARN": DOMAIN}, [("es:ListTags", DOMAIN)]),
    (*("opensearch", "ListDomainNames", "list_domain_names"), {}, [("es:ListDomainNames", "*")]),
    (
        *("es", "DescribeElasticsearchDomain", "describe_elasticsearch_domain"),
        {"DomainName": "logs"},
        [("es:DescribeElasticsearchDomain", DOMAIN)],
    ),
    (
        *("lambda", "Invoke", "invoke"),
        {"FunctionName": "clean", "Qualifier": "3", "Payload": b'{"FunctionName": "other"}'},
        [("lambda:InvokeFunction", f"{FUNCTION}:3")],
    ),
    (
        *("lambda", "Invoke", "invoke"),
        {"FunctionName": "clean", "Payload": b'{"Qualifier": "3"}'},
        [("lambda:InvokeFunction", FUNCTION)],
    ),
    (
        *("lambda", "GetFunctionConfiguration", "get_function_configuration"),
        {"FunctionName": f"{FUNCTION}:live"},
        [("lambda:GetFunctionConfiguration", f"{FUNCTION}:live")],
    ),
    (
        *("lambda", "CreateFunction", "create_function"),
        {"FunctionName": "clean", "Role": ROLE, "Code": {"ZipFile": b"x"}},
        [("lambda:CreateFunction", FUNCTION), ("iam:PassRole", ROLE)],
    ),
    (*("lambda", "ListFunctions", "list_functions"), {}, [("lambda:ListFunctions", "*")]),
    (
        *("iam", "AttachRolePolicy", "attach_role_policy"),
        {"RoleName": "writer", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        [("iam:AttachRolePolicy", ROLE)],
    ),
    (
        *("iam", "CreateRole", "create_role"),
        {"RoleName": "writer", "Path": "/team/", "AssumeRolePolicyDocument": "{}"},
        [("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/team/writer")],
    ),
    (
        *("iam", "AddUserToGroup", "add_user_to_group"),
        {"GroupName": "g", "UserName": "u"},
        [("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT}:group/g")],
    ),
    (*("iam", "GetUser", "get_user"), {}, [("iam:GetUser", CALLER.arn)]),
    (
        *("iam", "CreatePolicy", "create_policy"),
        {"PolicyName": "p", "PolicyDocument": "{}"},
        [("iam:CreatePolicy", f"arn:aws:iam::{ACCOUNT}:policy/p")],
    ),
    (*("iam", "ListRoles", "list_roles"), {}, [("iam:ListRoles", f"arn:aws:iam::{ACCOUNT}:role/")]),
    (
        *("cloudwatch", "PutMetricAlarm", "put_metric_alarm"),
        {"AlarmName": "late", "EvaluationPeriods": 1, "ComparisonOperator": "LessThanThreshold"},
        [("cloudwatch:PutMetricAlarm", f"arn:aws:cloudwatch:{HERE}:alarm:late")],
    ),
    (
        *("cloudwatch", "DeleteAlarms", "delete_alarms"),
        {"AlarmNames": ["a", "b"]},
        [
            ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:a"),
            ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:b"),
        ],
    ),
    (
        *("cloudwatch", "PutDashboard", "put_dashboard"),
        {"DashboardName": "d", "DashboardBody": "{}"},
        [("cloudwatch:PutDashboard", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/d")],
    ),
    (
        *("ec2", "DescribeSubnets", "describe_subnets"),
        {"SubnetIds": ["subnet-1"]},
        [("ec2:DescribeSubnets", "*")],
    ),
    (
        *("ec2", "CreateNetworkInterface", "create_network_interface"),
        {"SubnetId": "subnet-1", "Groups": ["sg-1", "sg-2"], "ClientToken": "x"},
        [
            ("ec2:CreateNetworkInterface", f"arn:aws:ec2:{HERE}:subnet/subnet-1"),
            ("ec2:CreateNetworkInterface", f"arn:aws:ec2:{HERE}:security-group/sg-1"),
            ("ec2:CreateNetworkInterface", f"arn:aws:ec2:{HERE}:security-group/sg-2"),
            ("ec2:CreateNetworkInterface", f"arn:aws:ec2:{HERE}:network-interface/*"),
        ],
    ),
    (
        *("ec2", "DeleteNetworkInterface", "delete_network_interface"),
        {"NetworkInterfaceId": "eni-1"},
        [("ec2:DeleteNetworkInterface", f"arn:aws:ec2:{HERE}:network-interface/eni-1")],
    ),
    (
        *("sns", "Publish", "publish"),
        {"TopicArn": f"arn:aws:sns:{HERE}:alarms", "Message": "x"},
        [("sns:Publish", f"arn:aws:sns:{HERE}:alarms")],
    ),
    (
        *("sns", "CreateTopic", "create_topic"),
        {"Name": "alarms"},
        [("sns:CreateTopic", f"arn:aws:sns:{HERE}:alarms")],
    ),
    (
        *("sqs", "SendMessage", "send_message"),
        {"QueueUrl": "http://127.0.0.1:9/q", "MessageBody": "x"},
        [("sqs:SendMessage", None)],
    ),
]
SIGNING_NAMES = {"opensearch": "es", "cloudwatch": "monitoring"}


@pytest.mark.parametrize(("client", "operation", "method", "arguments", "expected"), CASES)
def test_a_call_needs(
    client: str,
    operation: str,
    method: str,
    arguments: dict[str, Any],
    expected: list[tuple[str, str | None]],
) -> None:
    request = sent(client, method, **arguments)
    assert asked(SIGNING_NAMES.get(client, client), operation, request) == expected


def test_conditions_come_with_the_call() -> None:
    assumption = sent("sts", "assume_role", RoleArn=ROLE, RoleSessionName="s", ExternalId=ACCOUNT)
    assert needs("sts", "AssumeRole", assumption)[0].context == {
        "sts:ExternalId": ACCOUNT,
        "sts:RoleSessionName": "s",
    }
    decryption = sent("kms", "decrypt", CiphertextBlob=b"x", EncryptionContext={"a": "b"})
    assert needs("kms", "Decrypt", decryption)[0].context == {
        "kms:CallerAccount": ACCOUNT,
        "kms:EncryptionContext:a": "b",
        "kms:EncryptionContextKeys": ["a"],
    }
    role = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::b"}
    creation = sent(
        "firehose",
        "create_delivery_stream",
        DeliveryStreamName="logs",
        ExtendedS3DestinationConfiguration=role,
    )
    assert needs("firehose", "CreateDeliveryStream", creation)[1].context == {
        "iam:PassedToService": "firehose.amazonaws.com",
        "iam:AssociatedResourceArn": STREAM,
    }


def test_names_with_a_path_and_aliases_are_resolved() -> None:
    known = {("role", "writer"): f"{ROLE}-at-a-path", ("key", "alias/a"): KEY}
    names = Names(ACCOUNT, REGION, CALLER, resolve=lambda kind, name: known.get((kind, name)))
    assert asked("iam", "GetRole", sent("iam", "get_role", RoleName="writer"), names) == [
        ("iam:GetRole", f"{ROLE}-at-a-path")
    ]
    encryption = sent("kms", "encrypt", KeyId="alias/a", Plaintext=b"x")
    assert asked("kms", "Encrypt", encryption, names) == [("kms:Encrypt", KEY)]


def test_an_interface_brings_the_subnet_and_the_vpc_that_it_is_in() -> None:
    known = {
        ("subnet of network-interface", "eni-1"): "subnet-1",
        ("vpc of network-interface", "eni-1"): "vpc-1",
        ("vpc of subnet", "subnet-1"): "vpc-1",
    }
    names = Names(ACCOUNT, REGION, CALLER, resolve=lambda kind, name: known.get((kind, name)))
    (deletion,) = needs_of("ec2", "DeleteNetworkInterface", {"NetworkInterfaceId": "eni-1"}, names)
    assert deletion.context == {
        "ec2:NetworkInterfaceID": "eni-1",
        "ec2:Subnet": f"arn:aws:ec2:{HERE}:subnet/subnet-1",
        "ec2:Vpc": f"arn:aws:ec2:{HERE}:vpc/vpc-1",
    }
    made_in, made = needs_of("ec2", "CreateNetworkInterface", {"SubnetId": "subnet-1"}, names)
    assert made_in.context == {
        "ec2:SubnetID": "subnet-1",
        "ec2:Vpc": f"arn:aws:ec2:{HERE}:vpc/vpc-1",
    }
    assert made.context == {}


def test_a_function_keeps_the_qualifier_that_its_name_has() -> None:
    request = sent("lambda", "invoke", FunctionName="clean:live", Qualifier="live")
    assert asked("lambda", "Invoke", request) == [("lambda:InvokeFunction", f"{FUNCTION}:live")]


def test_a_ciphertext_names_its_key_or_no_key_is_known() -> None:
    decryption = sent("kms", "decrypt", CiphertextBlob=b"x")
    assert asked("kms", "Decrypt", decryption) == [("kms:Decrypt", None)]
    names = Names(
        ACCOUNT, REGION, CALLER, resolve=lambda kind, _: KEY if kind == "ciphertext" else None
    )
    assert asked("kms", "Decrypt", decryption, names) == [("kms:Decrypt", KEY)]


@pytest.mark.parametrize(
    ("method", "path", "action", "resource"),
    [
        ("GET", "/", "es:ESHttpGet", "/"),
        ("HEAD", "/logs", "es:ESHttpHead", "/logs"),
        ("POST", "/_bulk", "es:ESHttpPost", "/_bulk"),
        ("PUT", "/logs-*,b/_mapping/", "es:ESHttpPut", "/logs-*,b/_mapping/"),
        ("DELETE", "/a%2Db", "es:ESHttpDelete", "/a-b"),
        ("PATCH", "/mine/../other/%2e%2e/x", "es:ESHttpPatch", "/x"),
        ("GET", "//_cluster//health", "es:ESHttpGet", "/_cluster/health"),
    ],
)
def test_a_call_to_a_domains_endpoint_needs(
    method: str, path: str, action: str, resource: str
) -> None:
    """G1: ``es:ESHttp*`` on ``domain/D/path``."""
    assert domain_http(method, DOMAIN, path) == Need(action, DOMAIN + resource)


def test_g9_a_producer_needs_the_streams_key_through_firehose() -> None:
    actions = ("kms:GenerateDataKey", "kms:Decrypt")
    found = key_needs_via("firehose", actions, KEY, {}, NAMES)
    assert [need.action for need in found] == list(actions)
    assert found[0].context == {
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "true",
        "kms:CallerAccount": ACCOUNT,
        "kms:ViaService": f"firehose.{REGION}.amazonaws.com",
    }


def test_a_service_that_is_not_listed_needs_its_operation_on_an_unknown_resource() -> None:
    assert needs_of("email", "SendEmail", {}, NAMES) == [Need("ses:SendEmail", None)]
    assert needs_of("s3", "", {}, NAMES) == [Need("s3:Unknown", None)]
