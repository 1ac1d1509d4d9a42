"""The statement of docs/security.md that keeps the set-up function to deployments, tried."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from firehose_logging.local.api import Principal
from firehose_logging.local.iam.authorize import authorize
from firehose_logging.local.iam.context import request_keys
from firehose_logging.local.iam.evaluate import CallerPolicies, ResourceSide
from firehose_logging.local.iam.needs import Need
from firehose_logging.local.iam.policy import PolicyKind, read_policy

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:logging-test-domain-setup"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/logging/logging-test-eu-west-1-domain-setup"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}

DOMAIN = f"arn:aws:es:eu-west-1:{ACCOUNT}:domain/logging-test"

WAYS = [
    *(
        (f"lambda:{action}", f"{FUNCTION}{qualifier}")
        for qualifier in ("", ":$LATEST", ":7", ":live")
        for action in ("InvokeFunction", "InvokeAsync", "AddPermission", "CreateFunctionUrlConfig")
    ),
    ("lambda:InvokeFunctionUrl", FUNCTION),
    ("lambda:CreateEventSourceMapping", FUNCTION),
    ("lambda:CreateFunction", FUNCTION),
    ("lambda:DeleteFunction", FUNCTION),
    ("lambda:UpdateFunctionCode", FUNCTION),
    ("lambda:UpdateFunctionConfiguration", FUNCTION),
    ("lambda:PutFunctionConcurrency", FUNCTION),
    ("lambda:UpdateAlias", FUNCTION),
    ("iam:PassRole", ROLE),
    ("iam:PutRolePolicy", ROLE),
    ("iam:AttachRolePolicy", ROLE),
    ("iam:UpdateAssumeRolePolicy", ROLE),
    ("iam:DeleteRolePermissionsBoundary", ROLE),
    ("iam:PutRolePermissionsBoundary", ROLE),
    # Under the same name it has the same ARN, by which the domain knows its master.
    ("iam:DeleteRole", ROLE),
    ("iam:CreateRole", ROLE),
    ("sts:AssumeRole", ROLE),
    ("es:UpdateDomainConfig", DOMAIN),
    ("es:UpdateElasticsearchDomainConfig", DOMAIN),
    ("es:DeleteDomain", DOMAIN),
]


def allowed(role: str, action: str, resource: str) -> bool:
    """Return whether a role that may do everything still may, under the page's statement."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    (statement,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    policies = tuple(
        read_policy(document, PolicyKind.IDENTITY, "policy")
        for document in (json.dumps(EVERYTHING), statement)
    )
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session"
    caller = Principal(arn, ACCOUNT, role_arn=f"arn:aws:iam::{ACCOUNT}:role/{role}")
    context = request_keys(now=time.time(), secure=True, region="eu-west-1")
    return authorize(
        caller,
        [Need(action, resource)],
        CallerPolicies(identity=policies),
        lambda _need: ResourceSide(ACCOUNT),
        context,
    ).allowed


@pytest.mark.parametrize(("action", "resource"), WAYS)
def test_a_developer_who_may_do_everything_may_not_take_the_set_up_function(
    action: str, resource: str
) -> None:
    assert not allowed("developer", action, resource)
    assert allowed("deployment", action, resource)


@pytest.mark.parametrize(("action", "resource"), WAYS)
def test_other_functions_and_roles_are_left_to_developers(action: str, resource: str) -> None:
    others = resource.replace("domain-setup", "orders").replace("domain/logging-test", "domain/x")
    assert allowed("developer", action, others)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("lambda:GetFunction", FUNCTION),
        ("lambda:ListTags", FUNCTION),
        ("iam:GetRolePolicy", ROLE),
        ("es:DescribeDomain", DOMAIN),
        ("es:ESHttpGet", f"{DOMAIN}/logging-test-*/_search"),
    ],
)
def test_developers_may_look_at_the_set_up_function_and_use_the_domain(
    action: str, resource: str
) -> None:
    assert allowed("developer", action, resource)
