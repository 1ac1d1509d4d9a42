"""Objects under a key, and aliases of keys, ask for the key as well."""

from __future__ import annotations

from typing import Any

from .callers import ACCOUNT, REGION, MakeUser, allow


async def test_objects_under_a_key_need_the_key(
    gateway: Any, make_user: MakeUser, bucket: str
) -> None:
    key = (await gateway.call("kms", "create_key"))["KeyMetadata"]["Arn"]
    objects = allow(["s3:PutObject", "s3:GetObject"], f"arn:aws:s3:::{bucket}/*")
    sealed = {"Bucket": bucket, "Key": "a/b", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    without = await make_user(objects)
    code, text = await without.refusal("s3", "put_object", Body=b"x", **sealed)
    assert code == "AccessDenied"
    assert "kms:GenerateDataKey" in text
    writer = await make_user(
        objects,
        allow(
            "kms:GenerateDataKey",
            key,
            Condition={
                "StringEquals": {
                    "kms:ViaService": f"s3.{REGION}.amazonaws.com",
                    "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/a/b",
                }
            },
        ),
    )
    await writer.call("s3", "put_object", Body=b"x", **sealed)
    assert "kms:Decrypt" in (await writer.refusal("s3", "get_object", Bucket=bucket, Key="a/b"))[1]
    _, text = await writer.refusal("s3", "put_object", Body=b"x", **{**sealed, "Key": "c"})
    assert "kms:GenerateDataKey" in text
    assert (await gateway.call("s3", "get_object", Bucket=bucket, Key="a/b"))["Body"].read() == b"x"


async def test_an_alias_needs_permission_on_itself_and_on_its_key(
    gateway: Any, make_user: MakeUser, name: str
) -> None:
    key = (await gateway.call("kms", "create_key"))["KeyMetadata"]["Arn"]
    alias = f"alias/{name}"
    wanted = {"AliasName": alias, "TargetKeyId": key}
    resource = f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"
    half = await make_user(allow("kms:CreateAlias", resource))
    assert key in (await half.refusal("kms", "create_alias", **wanted))[1]
    whole = await make_user(allow("kms:CreateAlias", [resource, key]))
    await whole.call("kms", "create_alias", **wanted)


async def test_a_buckets_default_key_and_its_bucket_key_count_as_well(
    gateway: Any, make_user: MakeUser, bucket: str
) -> None:
    key = (await gateway.call("kms", "create_key"))["KeyMetadata"]["Arn"]
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    await gateway.call(
        "s3",
        "put_bucket_encryption",
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [rule]},
    )
    condition = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}"}}
    writer = await make_user(
        allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"),
        allow("kms:GenerateDataKey", key, Condition=condition),
    )
    await writer.call("s3", "put_object", Bucket=bucket, Key="k", Body=b"x")
    stranger = await make_user(allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    _, text = await stranger.refusal("s3", "put_object", Bucket=bucket, Key="k", Body=b"x")
    assert "kms:GenerateDataKey" in text
