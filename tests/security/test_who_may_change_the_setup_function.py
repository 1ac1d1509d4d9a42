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

WAYS = [
    ("lambda:InvokeFunction", FUNCTION),
    ("lambda:UpdateFunctionCode", FUNCTION),
    ("lambda:UpdateFunctionConfiguration", FUNCTION),
    ("lambda:AddPermission", FUNCTION),
    ("lambda:CreateFunctionUrlConfig", FUNCTION),
    ("iam:PassRole", ROLE),
    ("iam:PutRolePolicy", ROLE),
    ("iam:AttachRolePolicy", ROLE),
    ("iam:UpdateAssumeRolePolicy", ROLE),
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
    assert allowed("developer", action, resource.replace("domain-setup", "orders"))
