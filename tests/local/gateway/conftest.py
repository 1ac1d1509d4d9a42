"""What tests of the gateway's enforcement share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from .callers import REGION, Caller, MakeRole, MakeUser, document


@pytest.fixture
def name() -> str:
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def make_user(gateway: Any) -> MakeUser:
    async def make(*statements: Mapping[str, Any]) -> Caller:
        user = f"u-{uuid.uuid4().hex[:12]}"
        await gateway.call("iam", "create_user", UserName=user)
        if statements:
            await gateway.call(
                "iam",
                "put_user_policy",
                UserName=user,
                PolicyName="own",
                PolicyDocument=document(*statements),
            )
        key = (await gateway.call("iam", "create_access_key", UserName=user))["AccessKey"]
        return Caller(gateway.url, key["AccessKeyId"], key["SecretAccessKey"])

    return make


@pytest.fixture
async def bucket(gateway: Any, name: str) -> str:
    location = {"LocationConstraint": REGION}
    await gateway.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=location)
    return name


@pytest.fixture
def make_role(gateway: Any, name: str) -> MakeRole:
    async def make(trust: Mapping[str, Any], *statements: Mapping[str, Any]) -> str:
        made = await gateway.call(
            "iam", "create_role", RoleName=name, AssumeRolePolicyDocument=document(trust)
        )
        if statements:
            await gateway.call(
                "iam",
                "put_role_policy",
                RoleName=name,
                PolicyName="own",
                PolicyDocument=document(*statements),
            )
        arn: str = made["Role"]["Arn"]
        return arn

    return make
