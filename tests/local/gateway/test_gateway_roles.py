"""Roles are taken by those whom they trust, and given away by those who may."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .callers import ACCOUNT, Caller, MakeRole, MakeUser, allow, document, trust


async def test_a_role_is_assumed_by_those_only_whom_it_trusts(
    gateway: Any, make_user: MakeUser, make_role: MakeRole
) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "agreed"}}
    role = await make_role(
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, **condition),
        allow("s3:ListAllMyBuckets", "*"),
    )
    user = await make_user(allow("sts:AssumeRole", role))
    asked = {"RoleArn": role, "RoleSessionName": "session"}
    code, text = await user.refusal("sts", "assume_role", **asked)
    assert code == "AccessDenied"
    assert f"is not authorized to perform: sts:AssumeRole on resource: {role}" in text
    keys = (await user.call("sts", "assume_role", ExternalId="agreed", **asked))["Credentials"]
    session = Caller(
        gateway.url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    )
    assert "Buckets" in await session.call("s3", "list_buckets")
    _, text = await session.refusal("iam", "list_users")
    assert ":assumed-role/" in text
    session.keys["aws_session_token"] = "another"
    assert (await session.refusal("sts", "get_caller_identity"))[0] == "InvalidClientTokenId"
    session.keys["aws_session_token"] = None
    assert (await session.refusal("sts", "get_caller_identity"))[0] == "InvalidClientTokenId"


async def test_a_role_that_trusts_only_a_service_is_for_nobody_else(
    gateway: Any, make_role: MakeRole
) -> None:
    role = await make_role(trust({"Service": "firehose.amazonaws.com"}))
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        await gateway.call("sts", "assume_role", RoleArn=role, RoleSessionName="session")


async def test_a_role_that_is_not_there_cannot_be_assumed(gateway: Any) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/none"
    with pytest.raises(ClientError, match="AccessDenied"):
        await gateway.call("sts", "assume_role", RoleArn=role, RoleSessionName="session")


async def test_a_session_policy_and_a_boundary_narrow_a_role(
    gateway: Any, name: str, make_role: MakeRole
) -> None:
    role = await make_role(
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), allow(["s3:*", "iam:*"], "*")
    )
    keys = (
        await gateway.call(
            "sts",
            "assume_role",
            RoleArn=role,
            RoleSessionName="session",
            Policy=document(allow("s3:*", "*")),
        )
    )["Credentials"]
    session = Caller(
        gateway.url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    )
    assert "Buckets" in await session.call("s3", "list_buckets")
    assert "no session policy allows" in (await session.refusal("iam", "list_users"))[1]
    boundary = await gateway.call(
        "iam", "create_policy", PolicyName=name, PolicyDocument=document(allow("ec2:*", "*"))
    )
    await gateway.call(
        "iam",
        "put_role_permissions_boundary",
        RoleName=name,
        PermissionsBoundary=boundary["Policy"]["Arn"],
    )
    assert "no permissions boundary allows" in (await session.refusal("s3", "list_buckets"))[1]


async def test_passing_a_role_needs_permission(
    make_user: MakeUser, make_role: MakeRole, name: str
) -> None:
    role = await make_role(trust({"Service": "lambda.amazonaws.com"}))
    builder = await make_user(allow("lambda:CreateFunction", "*"))
    code, text = await builder.refusal(
        "lambda",
        "create_function",
        FunctionName=name,
        Role=role,
        Runtime="python3.12",
        Handler="a.b",
        Code={"ZipFile": b""},
    )
    assert code == "AccessDeniedException"
    assert f"iam:PassRole on resource: {role}" in text
