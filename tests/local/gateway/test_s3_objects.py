"""What S3 does with objects and moto does not: bodies of any type, keys that are switched off."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

REGION = "eu-west-1"


@pytest.fixture
async def bucket(gateway: Any) -> str:
    name = f"t-{uuid.uuid4().hex[:12]}"
    location = {"LocationConstraint": REGION}
    await gateway.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=location)
    return name


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "multipart/form-data; boundary=x",
        "application/json",
        "",
    ],
)
@pytest.mark.parametrize("body", [b"a=1&b=2", b'{"key": "x"}', b"key=%zz&file=other", b"\xff\x00"])
async def test_an_object_of_any_type_is_stored_as_it_was_sent(
    gateway: Any, bucket: str, content_type: str, body: bytes
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    put = await gateway.send("s3", "PUT", f"/{bucket}/object", body=body, headers=headers)
    assert put.status_code == 200, put.text
    got = await gateway.call("s3", "get_object", Bucket=bucket, Key="object")
    assert got["Body"].read() == body
    if content_type:
        assert got["ContentType"] == content_type


@pytest.fixture
async def key(gateway: Any) -> str:
    return str((await gateway.call("kms", "create_key"))["KeyMetadata"]["Arn"])


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("disable_key", "KMS.DisabledException"),
        ("schedule_key_deletion", "KMS.KMSInvalidStateException"),
    ],
)
async def test_a_key_that_is_switched_off_neither_encrypts_nor_decrypts(
    gateway: Any, bucket: str, key: str, operation: str, code: str
) -> None:
    sealed = {"Bucket": bucket, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    await gateway.call("s3", "put_object", Key="before", Body=b"x", **sealed)
    await gateway.call("kms", operation, KeyId=key)
    with pytest.raises(ClientError, match=f"{code}.*{key}"):
        await gateway.call("s3", "put_object", Key="after", Body=b"x", **sealed)
    with pytest.raises(ClientError, match=code):
        await gateway.call("s3", "get_object", Bucket=bucket, Key="before")
    await gateway.call("s3", "put_object", Bucket=bucket, Key="plain", Body=b"x")


async def test_a_key_that_is_switched_on_again_opens_what_it_closed(
    gateway: Any, bucket: str, key: str
) -> None:
    sealed = {"Bucket": bucket, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    await gateway.call("s3", "put_object", Key="sealed", Body=b"x", **sealed)
    await gateway.call("kms", "disable_key", KeyId=key)
    await gateway.call("kms", "enable_key", KeyId=key)
    got = await gateway.call("s3", "get_object", Bucket=bucket, Key="sealed")
    assert got["Body"].read() == b"x"
