"""Who calls is shown by the signature; without a valid one nobody is let in."""

from __future__ import annotations

import asyncio
import subprocess
from typing import Any

import httpx
import pytest
from tests.local.programs import program

from .callers import REGION, Caller, MakeUser, allow


async def test_unsigned_calls_are_refused_elsewhere(gateway: Any) -> None:
    headers = {
        "x-amz-target": "Firehose_20150804.ListDeliveryStreams",
        "content-type": "application/x-amz-json-1.1",
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(gateway.url, content=b"{}", headers=headers)
    assert answer.json()["__type"] == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("firehose", "list_delivery_streams", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ],
)
async def test_an_unknown_key_is_refused(
    gateway: Any, service: str, operation: str, code: str
) -> None:
    stranger = Caller(gateway.url, "AKIAIOSFODNN7EXAMPLE", "secret")
    assert (await stranger.refusal(service, operation))[0] == code


async def test_a_wrong_secret_is_refused(make_user: MakeUser) -> None:
    user = await make_user(allow("*", "*"))
    user.keys["aws_secret_access_key"] = "guessed"
    assert (await user.refusal("iam", "list_users"))[0] == "SignatureDoesNotMatch"
    assert (await user.refusal("s3", "list_buckets"))[0] == "SignatureDoesNotMatch"


async def test_a_key_that_was_switched_off_is_unknown(gateway: Any, make_user: MakeUser) -> None:
    user = await make_user(allow("*", "*"))
    name = (await user.call("sts", "get_caller_identity"))["Arn"].rpartition("/")[2]
    await gateway.call(
        "iam",
        "update_access_key",
        UserName=name,
        AccessKeyId=user.keys["aws_access_key_id"],
        Status="Inactive",
    )
    assert (await user.refusal("iam", "list_users"))[0] == "InvalidClientTokenId"


async def test_curl_signs_as_the_gateway_expects(make_user: MakeUser, bucket: str) -> None:
    reader = await make_user(allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"))

    async def curl(service: str, path: str) -> str:
        user = f"{reader.keys['aws_access_key_id']}:{reader.keys['aws_secret_access_key']}"
        done = await asyncio.to_thread(
            subprocess.run,
            [
                *(program("curl"), "--silent", "--show-error", "--noproxy", "*", "--user", user),
                *("--aws-sigv4", f"aws:amz:{REGION}:{service}"),
                *("-H", f"x-amz-content-sha256: {EMPTY_SHA256}", f"{reader.url}{path}"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert "ListBucketResult" in await curl("s3", f"/{bucket}?list-type=2")
    assert "<Code>AccessDenied</Code>" in await curl("s3", f"/{bucket}?policy=")


EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
