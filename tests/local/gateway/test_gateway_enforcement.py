"""What a caller may not do on AWS, it may not do at the gateway, and is told so in AWS's words."""

import asyncio
import json
import shutil
import subprocess
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

REGION = "eu-west-1"
ACCOUNT = "123456789012"
User = Callable[..., Awaitable["Caller"]]


class Caller:
    """Somebody with keys of their own."""

    def __init__(self, url: str, key: str, secret: str, token: str | None = None) -> None:
        self.url = url
        self.credentials = Credentials(key, secret, token)
        self.keys = {
            "aws_access_key_id": key,
            "aws_secret_access_key": secret,
            "aws_session_token": token,
        }

    async def call(self, service: str, operation: str, **parameters: Any) -> Any:
        def call() -> Any:
            make: Any = boto3.client  # the stubs know one overload per service
            client = make(
                service,
                region_name=REGION,
                endpoint_url=self.url,
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
                **self.keys,
            )
            try:
                return getattr(client, operation)(**parameters)
            finally:
                client.close()

        return await asyncio.to_thread(call)

    async def refusal(self, service: str, operation: str, **parameters: Any) -> tuple[str, str]:
        """Return code and text of the error that the call ends in."""
        with pytest.raises(ClientError) as refused:
            await self.call(service, operation, **parameters)
        error = refused.value.response["Error"]
        return str(error["Code"]), str(error["Message"])


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: str | list[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.fixture
def name() -> str:
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def make_user(gateway: Any) -> User:
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


async def test_a_user_without_policies_may_say_who_they_are_and_nothing_else(
    make_user: User,
) -> None:
    nobody = await make_user()
    identity = await nobody.call("sts", "get_caller_identity")
    code, text = await nobody.refusal("iam", "list_users")
    assert code == "AccessDenied"
    assert text == (
        f"User: {identity['Arn']} is not authorized to perform: iam:ListUsers on resource: "
        f"arn:aws:iam::{ACCOUNT}:user/ because no identity-based policy allows the "
        "iam:ListUsers action"
    )


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        (
            "firehose",
            "put_record",
            {"DeliveryStreamName": "s", "Record": {"Data": b"x"}},
            "AccessDeniedException",
        ),
        ("s3", "list_buckets", {}, "AccessDenied"),
        ("opensearch", "describe_domain", {"DomainName": "d-1"}, "AccessDeniedException"),
        ("logs", "describe_log_groups", {}, "AccessDeniedException"),
        ("lambda", "get_function", {"FunctionName": "f"}, "AccessDeniedException"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("kms", "list_keys", {}, "AccessDeniedException"),
        ("sns", "list_topics", {}, "AuthorizationError"),
    ],
)
async def test_each_service_denies_in_its_own_code(
    make_user: User, service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    nobody = await make_user()
    assert (await nobody.refusal(service, operation, **parameters))[0] == code


async def test_a_producer_may_write_to_its_own_stream_only(make_user: User) -> None:
    own = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/own"
    producer = await make_user(allow(["firehose:PutRecord", "firehose:PutRecordBatch"], own))
    record = {"Data": b"x"}
    await producer.call("firehose", "put_record", DeliveryStreamName="own", Record=record)
    code, text = await producer.refusal(
        "firehose", "put_record", DeliveryStreamName="other", Record=record
    )
    assert code == "AccessDeniedException"
    assert f"on resource: arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/other" in text
    code, _ = await producer.refusal("firehose", "delete_delivery_stream", DeliveryStreamName="own")
    assert code == "AccessDeniedException"


async def test_groups_and_managed_policies_count(gateway: Any, make_user: User, name: str) -> None:
    member = await make_user()
    user = (await member.call("sts", "get_caller_identity"))["Arn"].rpartition("/")[2]
    await gateway.call("iam", "create_group", GroupName=name)
    await gateway.call("iam", "add_user_to_group", GroupName=name, UserName=user)
    assert (await member.refusal("iam", "list_users"))[0] == "AccessDenied"
    await gateway.call(
        "iam",
        "attach_group_policy",
        GroupName=name,
        PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess",
    )
    assert (await member.call("iam", "list_users"))["Users"]
    await gateway.call(
        "iam",
        "put_user_policy",
        UserName=user,
        PolicyName="not",
        PolicyDocument=document({"Effect": "Deny", "Action": "iam:List*", "Resource": "*"}),
    )
    _, text = await member.refusal("iam", "list_users")
    assert "with an explicit deny in an identity-based policy" in text


async def test_a_bucket_policy_denies_even_the_administrator(gateway: Any, bucket: str) -> None:
    await gateway.call("s3", "put_object", Bucket=bucket, Key="k", Body=b"x")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    await gateway.call("s3", "put_bucket_policy", Bucket=bucket, Policy=document(statement))
    with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
        await gateway.call("s3", "get_object", Bucket=bucket, Key="k")


async def test_nobody_reads_a_bucket_unless_its_policy_says_so(gateway: Any, bucket: str) -> None:
    await gateway.call("s3", "put_object", Bucket=bucket, Key="k", Body=b"public")
    async with httpx.AsyncClient(trust_env=False) as client:
        refused = await client.get(f"{gateway.url}/{bucket}/k")
        assert refused.status_code == 403
        assert "<Code>AccessDenied</Code>" in refused.text
        statement = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal="*")
        await gateway.call("s3", "put_bucket_policy", Bucket=bucket, Policy=document(statement))
        assert (await client.get(f"{gateway.url}/{bucket}/k")).text == "public"
        assert (await client.put(f"{gateway.url}/{bucket}/k", content=b"x")).status_code == 403


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


async def test_a_wrong_secret_is_refused(make_user: User) -> None:
    user = await make_user(allow("*", "*"))
    user.keys["aws_secret_access_key"] = "guessed"
    assert (await user.refusal("iam", "list_users"))[0] == "SignatureDoesNotMatch"
    assert (await user.refusal("s3", "list_buckets"))[0] == "SignatureDoesNotMatch"


async def test_a_key_that_was_switched_off_is_unknown(gateway: Any, make_user: User) -> None:
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


@pytest.fixture
def make_role(gateway: Any, name: str) -> Callable[..., Awaitable[str]]:
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


def trust(principal: Mapping[str, str], **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": condition} if condition else statement


async def test_a_role_is_assumed_by_those_only_whom_it_trusts(
    gateway: Any, make_user: User, make_role: Callable[..., Awaitable[str]]
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
    gateway: Any, make_role: Callable[..., Awaitable[str]]
) -> None:
    role = await make_role(trust({"Service": "firehose.amazonaws.com"}))
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        await gateway.call("sts", "assume_role", RoleArn=role, RoleSessionName="session")


async def test_a_role_that_is_not_there_cannot_be_assumed(gateway: Any) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/none"
    with pytest.raises(ClientError, match="AccessDenied"):
        await gateway.call("sts", "assume_role", RoleArn=role, RoleSessionName="session")


async def test_a_session_policy_and_a_boundary_narrow_a_role(
    gateway: Any, name: str, make_role: Callable[..., Awaitable[str]]
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


async def test_a_bucket_in_the_host_name_is_the_one_that_is_asked_about(
    gateway: Any, make_user: User, bucket: str
) -> None:
    own = f"{bucket}-own"
    location = {"LocationConstraint": REGION}
    await gateway.call("s3", "create_bucket", Bucket=own, CreateBucketConfiguration=location)
    await gateway.call("s3", "put_object", Bucket=bucket, Key="secret", Body=b"secret")
    await gateway.call("s3", "put_object", Bucket=own, Key="mine", Body=b"mine")
    user = await make_user(allow("s3:GetObject", f"arn:aws:s3:::{own}/*"))
    port = gateway.url.rpartition(":")[2]

    async def get(path: str) -> httpx.Response:
        host = f"{own}.localhost:{port}"
        request = AWSRequest("GET", f"http://{host}{path}", headers={"host": host})
        S3SigV4Auth(user.credentials, "s3", REGION).add_auth(request)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(gateway.url + path, headers=dict(request.headers.items()))

    assert (await get("/mine")).text == "mine"
    assert "secret" not in (await get(f"/{bucket}/secret")).text.replace("/secret", "")


async def test_objects_under_a_key_need_the_key(gateway: Any, make_user: User, bucket: str) -> None:
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
    gateway: Any, make_user: User, name: str
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
    gateway: Any, make_user: User, bucket: str
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


async def test_passing_a_role_needs_permission(
    make_user: User, make_role: Callable[..., Awaitable[str]], name: str
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


async def test_curl_signs_as_the_gateway_expects(make_user: User, bucket: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    reader = await make_user(allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"))

    async def curl(service: str, path: str) -> str:
        user = f"{reader.keys['aws_access_key_id']}:{reader.keys['aws_secret_access_key']}"
        done = await asyncio.to_thread(
            subprocess.run,
            [
                *("curl", "--silent", "--show-error", "--noproxy", "*", "--user", user),
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


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:es", "arn:aws:es:mars-1:1:domain/d", "arn:aws:es:eu-west-1:123456789012:x", "x"],
)
async def test_an_arn_that_names_nothing_is_no_failure_of_the_stack(gateway: Any, arn: str) -> None:
    answer: httpx.Response = await gateway.send("es", "GET", f"/2021-01-01/tags/?arn={arn}")
    assert answer.status_code < 500
