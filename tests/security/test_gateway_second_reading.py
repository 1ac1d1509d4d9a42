"""A caller with few rights who names what he may touch, and means something else."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from tests.local.conftest import gateway  # noqa: F401 - a fixture
from tests.local.gateway.callers import (
    ACCOUNT,
    REGION,
    MakeRole,
    MakeUser,
    allow,
    document,
    trust,
)
from tests.local.gateway.conftest import (  # noqa: F401 - fixtures
    bucket,
    make_role,
    make_user,
    name,
)

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.body_limits import decompressed
from firehose_logging.local.gateway.request import CredentialScope, Request

from .test_gateway_confusions import FORM, VICTIM, send

THEIRS = "theirs"
JSON = "application/x-amz-json-1.1"


@pytest.mark.parametrize("operation", ["DescribeLogStreams", "DeleteLogGroup"])
async def test_who_may_do_all_with_one_log_group_reaches_no_other_by_a_name_of_no_parameter(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    name: str,  # noqa: F811
    operation: str,
) -> None:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
    await gateway.call("logs", "create_log_group", logGroupName=name)
    caller = await make_user(allow("logs:*", f"{group}:mine*"))
    asked = json.dumps({"logGroupName": name, "resourceArn": f"{group}:mine"})
    headers = {"x-amz-target": f"Logs_20140328.{operation}", "content-type": JSON}
    answer = await send(caller, "logs", "POST", "/", asked.encode(), headers)
    assert (answer.status_code, answer.json()["__type"]) == (400, "AccessDeniedException")


async def test_who_may_do_all_with_one_group_makes_no_keys_of_a_user(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
) -> None:
    caller = await make_user(allow("iam:*", f"arn:aws:iam::{ACCOUNT}:group/mine"))
    body = f"Action=CreateAccessKey&Version=2010-05-08&GroupName=mine&UserName={VICTIM}"
    answer = await send(caller, "iam", "POST", "/", body.encode(), FORM)
    assert answer.status_code == 403, answer.text
    keys = await gateway.call("iam", "list_access_keys", UserName=VICTIM)
    assert len(keys["AccessKeyMetadata"]) == 1


@pytest.mark.parametrize("action", ["DeleteAccessKey", "UpdateAccessKey&Status=Inactive"])
async def test_who_may_delete_his_own_keys_deletes_no_others_by_their_id(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    action: str,
) -> None:
    other = await make_user()
    caller = await make_user()
    me = (await caller.call("sts", "get_caller_identity"))["Arn"].rpartition("/")[2]
    own = document(allow("iam:*AccessKey", f"arn:aws:iam::{ACCOUNT}:user/{me}"))
    await gateway.call("iam", "put_user_policy", UserName=me, PolicyName="own", PolicyDocument=own)
    theirs = other.keys["aws_access_key_id"]
    body = f"Action={action}&Version=2010-05-08&AccessKeyId={theirs}"
    answer = await send(caller, "iam", "POST", "/", body.encode(), FORM)
    assert answer.status_code == 403, answer.text
    assert await other.call("sts", "get_caller_identity")
    key = caller.keys["aws_access_key_id"]
    await caller.call("iam", "delete_access_key", AccessKeyId=key)


async def test_who_may_publish_to_one_topic_publishes_to_no_other_beside_it(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    name: str,  # noqa: F811
) -> None:
    theirs = (await gateway.call("sns", "create_topic", Name=name))["TopicArn"]
    mine = (await gateway.call("sns", "create_topic", Name="mine"))["TopicArn"]
    caller = await make_user(allow("sns:*", mine))
    for beside in (f"TargetArn={quote(theirs)}", "PhoneNumber=%2B15550100"):
        body = f"Action=Publish&TopicArn={quote(mine)}&Message=x&{beside}"
        answer = await send(caller, "sns", "POST", "/", body.encode(), FORM)
        assert answer.status_code == 403, answer.text
    body = f"Action=TagResource&TopicArn={quote(mine)}&ResourceArn={quote(theirs)}"
    body += "&Tags.member.1.Key=a&Tags.member.1.Value=b"
    assert (await send(caller, "sns", "POST", "/", body.encode(), FORM)).status_code == 403


async def test_who_may_use_one_key_decrypts_nothing_of_another_by_naming_his_own(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
) -> None:
    theirs, mine = [
        (await gateway.call("kms", "create_key"))["KeyMetadata"]["Arn"] for _ in range(2)
    ]
    sealed = await gateway.call("kms", "encrypt", KeyId=theirs, Plaintext=b"secret")
    caller = await make_user(allow("kms:*", mine))
    code, text = await caller.refusal(
        "kms",
        "re_encrypt",
        SourceKeyId=mine,
        DestinationKeyId=mine,
        CiphertextBlob=sealed["CiphertextBlob"],
    )
    assert code == "AccessDeniedException"
    assert theirs in text


@pytest.mark.parametrize("kind", ["text/plain", JSON, ""])
@pytest.mark.parametrize("more", [{}, {"smithy-protocol": "rpc-v2-cbor"}])
async def test_who_names_an_operation_of_a_json_api_in_the_query_gets_a_refusal(
    make_user: MakeUser,  # noqa: F811
    kind: str,
    more: dict[str, str],
) -> None:
    caller = await make_user(allow(["kms:ListKeys", "cloudwatch:PutMetricData"], "*"))
    for service, path in (
        ("kms", "/?Action=ListKeys"),
        ("monitoring", "/service/GraniteServiceVersion20100801/operation/PutMetricData"),
    ):
        headers = {"content-type": kind, **more}
        body = b"Action=DisableKey&KeyId=theirs"
        answer = await send(caller, service, "POST", path, body, headers)
        assert answer.status_code == 400, (service, answer.text)


@pytest.mark.parametrize("elsewhere", ["us-east-1:123456789012", "eu-west-1:999999999999"])
async def test_who_may_act_on_a_function_elsewhere_reaches_none_of_its_name_here(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    make_role: MakeRole,  # noqa: F811
    name: str,  # noqa: F811
    elsewhere: str,
) -> None:
    role = await make_role(trust({"Service": "lambda.amazonaws.com"}))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("m.py", "def h(event, context): return 'ran'")
    await gateway.call(
        "lambda",
        "create_function",
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="m.h",
        Code={"ZipFile": archive.getvalue()},
    )
    await gateway.call(
        "lambda",
        "add_permission",
        FunctionName=name,
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
    arn = f"arn:aws:lambda:{elsewhere}:function:{name}"
    caller = await make_user(allow("lambda:*", arn))
    path = f"/2015-03-31/functions/{quote(arn, safe='')}"
    for method, end in (("GET", ""), ("POST", "/invocations"), ("DELETE", "")):
        answer = await send(caller, "lambda", method, path + end)
        assert answer.status_code in {403, 404}, answer.text
    assert await gateway.call("lambda", "get_function", FunctionName=name)


async def test_who_may_not_use_a_key_reads_no_object_under_it_by_copy_or_version(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    bucket: str,  # noqa: F811
) -> None:
    key = (await gateway.call("kms", "create_key"))["KeyMetadata"]["Arn"]
    await gateway.call(
        "s3",
        "put_bucket_versioning",
        Bucket=bucket,
        VersioningConfiguration={"Status": "Enabled"},
    )
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    put = await gateway.call("s3", "put_object", Bucket=bucket, Key="k", Body=b"s", **sealed)
    await gateway.call("s3", "put_object", Bucket=bucket, Key="k", Body=b"open")
    caller = await make_user(allow("s3:*", "*"))
    source = {"Bucket": bucket, "Key": "k", "VersionId": put["VersionId"]}
    there = {"Bucket": bucket, "Key": "copy"}
    upload = await caller.call("s3", "create_multipart_upload", **there)
    part = {**there, "PartNumber": 1, "UploadId": upload["UploadId"]}
    for operation, asked in (
        ("get_object", source),
        ("head_object", source),
        ("copy_object", {**there, "CopySource": source}),
        ("copy_object", {**there, "CopySource": source, "ServerSideEncryption": "AES256"}),
        ("upload_part_copy", {**part, "CopySource": source}),
    ):
        with pytest.raises(ClientError) as refused:
            await caller.call("s3", operation, **asked)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403, operation
    assert await caller.call("s3", "get_object", Bucket=bucket, Key="k")


async def test_who_may_delete_objects_deletes_no_versions_among_many(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    bucket: str,  # noqa: F811
) -> None:
    await gateway.call(
        "s3",
        "put_bucket_versioning",
        Bucket=bucket,
        VersioningConfiguration={"Status": "Enabled"},
    )
    put = await gateway.call("s3", "put_object", Bucket=bucket, Key="k", Body=b"s")
    caller = await make_user(allow("s3:DeleteObject", "*"))
    objects = [{"Key": "other"}, {"Key": "k", "VersionId": put["VersionId"]}]
    code, text = await caller.refusal(
        "s3", "delete_objects", Bucket=bucket, Delete={"Objects": objects}
    )
    assert code == "AccessDenied"
    assert "s3:DeleteObjectVersion" in text
    await caller.call("s3", "delete_objects", Bucket=bucket, Delete={"Objects": objects[:1]})


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ({"ACL": "public-read"}, "s3:PutObjectAcl"),
        ({"GrantReadACP": "uri=x"}, "s3:PutObjectAcl"),
        ({"Tagging": "a=b"}, "s3:PutObjectTagging"),
        ({"ObjectLockLegalHoldStatus": "ON"}, "s3:PutObjectLegalHold"),
    ],
)
async def test_who_may_put_objects_gives_them_nothing_more_by_headers(
    make_user: MakeUser,  # noqa: F811
    bucket: str,  # noqa: F811
    asked: dict[str, str],
    missing: str,
) -> None:
    caller = await make_user(allow("s3:PutObject", "*"))
    code, text = await caller.refusal("s3", "put_object", Bucket=bucket, Key="k", **asked)
    assert code == "AccessDenied"
    assert missing in text


async def test_who_may_make_buckets_makes_none_open_to_all(
    make_user: MakeUser,  # noqa: F811
    name: str,  # noqa: F811
) -> None:
    caller = await make_user(allow("s3:CreateBucket", "*"))
    there = {"LocationConstraint": REGION}
    _, text = await caller.refusal(
        "s3",
        "create_bucket",
        Bucket=name,
        ACL="public-read-write",
        CreateBucketConfiguration=there,
    )
    assert "s3:PutBucketAcl" in text
    await caller.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=there)


async def test_who_sends_a_large_document_to_s3_has_it_refused_unread(
    make_user: MakeUser,  # noqa: F811
    bucket: str,  # noqa: F811
) -> None:
    caller = await make_user(allow("s3:*", "*"))
    body = b"<Delete>" + b"<a/>" * 1_100_000 + b"</Delete>"
    answer = await send(caller, "s3", "POST", f"/{bucket}?delete", body)
    assert (answer.status_code, "MaxMessageLengthExceeded" in answer.text) == (400, True)


def test_who_compresses_nothing_a_hundred_thousand_times_has_it_refused_at_once() -> None:
    body = gzip.compress(b"") * 100_000
    headers = {"content-encoding": "gzip"}
    scope = CredentialScope("AKIAIOSFODNN7EXAMPLE", "20261122", REGION, "monitoring")
    request = Request("POST", "/", "", headers, tuple(headers.items()), body=body, scope=scope)
    with pytest.raises(ApiError, match="more than 64 parts"):
        decompressed(request)
