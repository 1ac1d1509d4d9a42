"""Each permission of the streams' role and of producers, taken away: what breaks, and how it shows.

The policies are those that Terraform made; whatever is added to one of them has to be added to a
table here: to what breaks without it, or to what AWS's pages demand although nothing here needs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .deployed import Deployed, deployed
from .policies import ManagedPolicy, Permission, RolePolicy, TrustPolicy, actions_of
from .scenario import Day, Step

BREAKS: Mapping[Permission, Mapping[Step, str]] = {
    ("WriteRecords", "es:DescribeDomain"): {
        Step.CREATE: "Verify that the IAM role has access to the Elasticsearch domain",
        Step.DELIVER: "OS.AccessDenied",
    },
    ("WriteRecords", "es:ESHttpPost"): {Step.DELIVER: "es:ESHttpPost"},
    ("BackUp", "s3:PutObject"): {Step.BACK_UP: "S3.AccessDenied"},
    ("EncryptBackup", "kms:GenerateDataKey"): {Step.BACK_UP: "kms:GenerateDataKey"},
    ("LogErrors", "logs:PutLogEvents"): {Step.LOG: "logs:PutLogEvents"},
    ("Transform", "lambda:InvokeFunction"): {Step.DELIVER: "Lambda.InvokeAccessDenied"},
    ("LookAtNetwork", "ec2:DescribeSubnets"): {Step.CREATE: "ec2:DescribeSubnets"},
    ("LookAtNetwork", "ec2:DescribeSecurityGroups"): {Step.CREATE: "ec2:DescribeSecurityGroups"},
    ("LookAtNetwork", "ec2:DescribeVpcs"): {Step.CREATE: "ec2:DescribeVpcs"},
    ("LookAtNetwork", "ec2:DescribeVpcAttribute"): {Step.CREATE: "ec2:DescribeVpcAttribute"},
    ("LookAtNetwork", "ec2:DescribeNetworkInterfaces"): {Step.DELETE: "1 network interfaces"},
    ("MakeInterfaces", "ec2:CreateNetworkInterface"): {Step.CREATE: "ENI_ACCESS_DENIED"},
    ("UseInterfaces", "ec2:DeleteNetworkInterface"): {Step.DELETE: "1 network interfaces"},
}
"""What breaks without an action of the role, and what is said then."""

_GUIDE = "https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html"
_TO_OPENSEARCH = f"{_GUIDE}#using-iam-es"
_IN_VPC = f"{_GUIDE}#using-iam-es-vpc"

DEMANDED: Mapping[Permission, str] = {
    ("WriteRecords", "es:DescribeDomainConfig"): _TO_OPENSEARCH,
    ("WriteRecords", "es:DescribeDomains"): _TO_OPENSEARCH,
    ("WriteRecords", "es:ESHttpPut"): _TO_OPENSEARCH,
    ("ReadClusterState", "es:ESHttpGet"): _TO_OPENSEARCH,
    ("FindBackupBucket", "s3:GetBucketLocation"): _TO_OPENSEARCH,
    ("FindBackupBucket", "s3:ListBucket"): _TO_OPENSEARCH,
    ("FindBackupBucket", "s3:ListBucketMultipartUploads"): _TO_OPENSEARCH,
    ("BackUp", "s3:AbortMultipartUpload"): _TO_OPENSEARCH,
    ("BackUp", "s3:GetObject"): _TO_OPENSEARCH,
    ("EncryptBackup", "kms:Decrypt"): _TO_OPENSEARCH,
    ("Transform", "lambda:GetFunctionConfiguration"): _TO_OPENSEARCH,
    ("UseInterfaces", "ec2:CreateNetworkInterfacePermission"): _IN_VPC,
}
"""Where AWS demands an action of the role that nothing breaks without, here."""

OTHERS: Mapping[str, str] = {
    "aws:SourceAccount": "999999999999",
    "aws:SourceArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/of-somebody-else",
    "sts:ExternalId": "999999999999",
}
"""For each condition under which Firehose may assume the role, a value that it does not have."""

RECORD = {"Data": b'{"name":"of a producer"}'}
PUTS: Mapping[str, Mapping[str, Any]] = {
    "put_record": {"Record": RECORD},
    "put_record_batch": {"Records": [RECORD]},
}

PRODUCER_BREAKS: Mapping[Permission, Mapping[str, str]] = {
    ("Log", "firehose:PutRecord"): {"put_record": "AccessDeniedException"},
    ("Log", "firehose:PutRecordBatch"): {"put_record_batch": "AccessDeniedException"},
    ("EncryptThroughFirehose", "kms:GenerateDataKey"): dict.fromkeys(
        PUTS, "InvalidKMSResourceException"
    ),
    ("EncryptThroughFirehose", "kms:Decrypt"): dict.fromkeys(PUTS, "InvalidKMSResourceException"),
}
"""Which calls of a producer are refused without an action of its policy, and with which code."""


@pytest.fixture(scope="module")
async def deployment(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployed]:
    async with deployed(tmp_path_factory.mktemp("enforcement")) as made:
        yield made


@pytest.fixture(scope="module")
async def role_policy(deployment: Deployed) -> RolePolicy:
    policy = RolePolicy(deployment.account, deployment.outputs["role"]["name"])
    await policy.read()
    return policy


@pytest.fixture(scope="module")
async def trust_policy(deployment: Deployed) -> TrustPolicy:
    policy = TrustPolicy(deployment.account, deployment.outputs["role"]["name"])
    await policy.read()
    return policy


@pytest.fixture(scope="module")
async def producer_policy(deployment: Deployed) -> ManagedPolicy:
    policy = ManagedPolicy(deployment.account, deployment.outputs["producer_policy_arn"])
    await policy.read()
    return policy


@pytest.fixture(scope="module")
async def day(deployment: Deployed) -> Day:
    made = Day(deployment)
    await made.prepare()
    return made


def test_every_action_stands_in_a_table(
    role_policy: RolePolicy, producer_policy: ManagedPolicy
) -> None:
    assert sorted(actions_of(role_policy.document)) == sorted([*BREAKS, *DEMANDED])
    assert sorted(actions_of(producer_policy.document)) == sorted(PRODUCER_BREAKS)


async def test_g1_with_the_whole_policy_nothing_breaks(day: Day) -> None:
    assert await day.pass_by() == {}


async def test_g1_g2_g3_g4_g5_nothing_here_needs_what_only_awss_pages_demand(
    role_policy: RolePolicy, day: Day
) -> None:
    async with role_policy.lacking(set(DEMANDED)):
        assert await day.pass_by() == {}


@pytest.mark.parametrize(("sid", "action"), BREAKS)
async def test_g1_g2_g3_g4_g5_without_an_action_of_the_role_what_needs_it_breaks_and_nothing_else(
    role_policy: RolePolicy, day: Day, sid: str, action: str
) -> None:
    async with role_policy.lacking({(sid, action)}):
        broken = await day.pass_by()
    expected = BREAKS[sid, action]
    assert broken.keys() == expected.keys(), broken
    for step, said in expected.items():
        assert said in broken[step], step
    assert await day.mended()


def test_g6_every_condition_of_the_trust_stands_in_a_table(trust_policy: TrustPolicy) -> None:
    assert trust_policy.conditions.keys() == OTHERS.keys()


@pytest.mark.parametrize("key", OTHERS)
async def test_g6_a6_a_role_that_trusts_somebody_else_can_be_given_to_no_stream(
    trust_policy: TrustPolicy, day: Day, key: str
) -> None:
    async with trust_policy.asking_for(key, OTHERS[key]):
        broken = await day.pass_by()
    # What was assumed before counts until it expires, as it does at AWS.
    assert broken.keys() == {Step.CREATE}, broken
    assert "Firehose is unable to assume role" in broken[Step.CREATE]
    assert await day.mended()


async def refused_puts(deployment: Deployed) -> dict[str, ClientError]:
    """Return which calls of the producer are refused, and how."""
    refusals = {operation: await refusal(deployment, operation) for operation in PUTS}
    return {operation: error for operation, error in refusals.items() if error is not None}


async def refusal(deployment: Deployed, operation: str) -> ClientError | None:
    stream = deployment.outputs["streams"][0]
    call = deployment.account.call
    try:
        await call(
            "firehose", operation, deployment.producer, DeliveryStreamName=stream, **PUTS[operation]
        )
    except ClientError as error:
        return error
    return None


async def test_g9_a_producer_with_the_whole_policy_may_put(deployment: Deployed) -> None:
    assert await refused_puts(deployment) == {}


@pytest.mark.parametrize(("sid", "action"), PRODUCER_BREAKS)
async def test_g9_without_an_action_of_its_policy_a_producer_is_refused(
    deployment: Deployed, producer_policy: ManagedPolicy, sid: str, action: str
) -> None:
    async with producer_policy.lacking({(sid, action)}):
        refused = await refused_puts(deployment)
    codes = {operation: error.response["Error"]["Code"] for operation, error in refused.items()}
    assert codes == PRODUCER_BREAKS[sid, action]
    for error in refused.values():
        assert action in error.response["Error"]["Message"]
