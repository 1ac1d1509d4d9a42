"""What Terraform makes, and that it takes all of it away again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from firehose_logging.verify.deployment import Deployment
from firehose_logging.verify.terraform import PLAN_WITHOUT_CHANGES, Workspace


def test_the_stream_is_active(deployment: Deployment) -> None:
    firehose = boto3.client("firehose", region_name=deployment.region)
    described = firehose.describe_delivery_stream(DeliveryStreamName=deployment.stream_name)
    firehose.close()
    assert described["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE"
    assert described["DeliveryStreamDescription"]["DeliveryStreamARN"] == deployment.stream_arn


@pytest.mark.owns_deployment
def test_a_second_plan_shows_no_change(deployment: Deployment, workspace: Workspace) -> None:
    code, text = workspace.plan()
    assert code == PLAN_WITHOUT_CHANGES, text


@pytest.mark.owns_deployment
def test_destroy_leaves_nothing(new_workspace: Callable[..., Workspace]) -> None:
    workspace = new_workspace("destroyed-test")
    workspace.init()
    workspace.apply()
    made = Deployment.from_outputs(workspace.outputs())
    assert set(left_of(made)) == {"stream", "domain", "bucket", "roles", "log groups", "policies"}
    workspace.destroy()
    assert list(left_of(made)) == []


def left_of(deployment: Deployment) -> Iterator[str]:
    """Name each kind of resource of the deployment that is still there."""
    name = deployment.stream_name
    iam, logs = boto3.client("iam"), boto3.client("logs", region_name=deployment.region)
    try:
        if exists("firehose", "describe_delivery_stream", deployment, DeliveryStreamName=name):
            yield "stream"
        if exists("opensearch", "describe_domain", deployment, DomainName=deployment.domain_name):
            yield "domain"
        if exists("s3", "head_bucket", deployment, Bucket=deployment.backup_bucket):
            yield "bucket"
        if any(name in role["RoleName"] for role in iam.list_roles()["Roles"]):
            yield "roles"
        groups = logs.describe_log_groups()["logGroups"]
        if any(name in group["logGroupName"] for group in groups):
            yield "log groups"
        policies = iam.list_policies(Scope="Local")["Policies"]
        if any(name in policy["PolicyName"] for policy in policies):
            yield "policies"
    finally:
        iam.close()
        logs.close()


def exists(service: str, operation: str, deployment: Deployment, **arguments: str) -> bool:
    # boto3's stubs know each service by a literal; this helper takes its name as a value.
    client = boto3.client(service, region_name=deployment.region)  # type: ignore[call-overload]
    try:
        getattr(client, operation)(**arguments)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in {400, 404, 409}:
            raise
        return False
    finally:
        client.close()
    return True
