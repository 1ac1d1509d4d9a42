"""Callers, policies and the question put to the evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.local.api import Principal
from firehose_logging.local.iam.context import Context, ContextValue, principal_keys
from firehose_logging.local.iam.evaluate import CallerPolicies, Decision, ResourceSide, evaluate
from firehose_logging.local.iam.policy import AccessRequest, Policy, PolicyKind, read_policy

HERE, THERE = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HERE}:role/writer"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/writer/stream"
USER = f"arn:aws:iam::{HERE}:user/ada"
WRITER = Principal(SESSION, HERE, role_arn=ROLE)
ADA = Principal(USER, HERE)
ROOT = Principal(f"arn:aws:iam::{HERE}:root", HERE)
FIREHOSE = Principal("firehose.amazonaws.com", "", is_service=True)
OBJECT = "arn:aws:s3:::backup/2026/a.gz"
ACTION = "s3:PutObject"
NO_IDENTITY = f"because no identity-based policy allows the {ACTION} action"
NO_RESOURCE = f"because no resource-based policy allows the {ACTION} action"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"Effect": effect, "Action": ACTION, "Resource": "*"}
    return {k: v for k, v in {**base, **elements}.items() if v is not None}


def policy(
    *statements: Mapping[str, Any], kind: PolicyKind = PolicyKind.IDENTITY, name: str = "p"
) -> Policy:
    return read_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind, name)


def bucket_policy(*statements: Mapping[str, Any]) -> Policy:
    return policy(*statements, kind=PolicyKind.RESOURCE, name="bucket policy")


def granting(principal: Any, **elements: Any) -> Policy:
    return bucket_policy(statement(Principal=principal, **elements))


def decide(
    *identity: Policy,
    by: Principal = WRITER,
    action: str = ACTION,
    resource: str | None = OBJECT,
    on: Policy | None = None,
    account: str = HERE,
    must_allow: bool = False,
    boundary: Policy | None = None,
    session: tuple[Policy, ...] = (),
    context: Mapping[str, ContextValue] | None = None,
) -> Decision:
    keys = Context({**principal_keys(by), **(context or {})})
    return evaluate(
        AccessRequest(by, action, resource, keys),
        CallerPolicies(identity, boundary, session),
        ResourceSide(account, on, must_allow=must_allow),
    )
