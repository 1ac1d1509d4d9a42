"""What a caller may not do on AWS, it may not do at the gateway, and is told so as there."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from .callers import ACCOUNT, REGION, MakeUser, allow, document


async def test_a_user_without_policies_may_say_who_they_are_and_nothing_else(
    make_user: MakeUser,
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
    make_user: MakeUser, service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    nobody = await make_user()
    assert (await nobody.refusal(service, operation, **parameters))[0] == code


async def test_a_producer_may_write_to_its_own_stream_only(make_user: MakeUser) -> None:
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


async def test_groups_and_managed_policies_count(
    gateway: Any, make_user: MakeUser, name: str
) -> None:
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


async def test_a_bucket_in_the_host_name_is_the_one_that_is_asked_about(
    gateway: Any, make_user: MakeUser, bucket: str
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


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:es", "arn:aws:es:mars-1:1:domain/d", "arn:aws:es:eu-west-1:123456789012:x", "x"],
)
async def test_an_arn_that_names_nothing_is_no_failure_of_the_stack(gateway: Any, arn: str) -> None:
    answer: httpx.Response = await gateway.send("es", "GET", f"/2021-01-01/tags/?arn={arn}")
    assert answer.status_code < 500
