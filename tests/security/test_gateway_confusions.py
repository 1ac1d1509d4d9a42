"""A caller with few rights who writes requests that the gateway and moto could read differently."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import httpx
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from tests.local.conftest import gateway  # noqa: F401 - a fixture
from tests.local.gateway.callers import ACCOUNT, REGION, Caller, MakeUser, allow, document
from tests.local.gateway.conftest import bucket, make_user, name  # noqa: F401 - fixtures

FORM = {"content-type": "application/x-www-form-urlencoded"}
VICTIM = "local-administrator"


async def send(  # noqa: PLR0917 - the parts of a request
    caller: Caller,
    service: str,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    more: list[tuple[str, str]] | None = None,
) -> httpx.Response:
    """Send one signed request, with ``more`` header lines that nobody signed."""
    url = caller.url + path
    request = AWSRequest(method, url, data=body, headers=dict(headers or {}))
    sign = S3SigV4Auth if service == "s3" else SigV4Auth
    sign(caller.credentials, service, REGION).add_auth(request)
    lines = [*request.headers.items(), *(more or [])]
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, url, content=body, headers=lines)


async def users(gateway: Any) -> set[str]:  # noqa: F811
    listed = await gateway.call("iam", "list_users")
    return {user["UserName"] for user in listed["Users"]}


def own_keys(caller: str) -> dict[str, Any]:
    return allow("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/{caller}")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", "Action=CreateAccessKey&Version=2010-05-08&UserName={me}&UserName={victim}"),
        ("/?UserName={victim}", "Action=CreateAccessKey&Version=2010-05-08&UserName={me}"),
        ("/", "Action=CreateAccessKey&Version=2010-05-08&UserName={me}&username={victim}"),
        ("/", "Action=CreateAccessKey&UserName={me}&User%4Eame={victim}"),
        ("/?Action=CreateAccessKey", "Action=CreateAccessKey&UserName={me}"),
        ("/", "Action=CreateAccessKey&UserName={me}&action=DeleteUser"),
    ],
    ids=["twice", "query-and-body", "case", "encoded", "action-twice", "action-case"],
)
async def test_who_may_make_keys_for_himself_makes_none_by_naming_two_users(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    path: str,
    body: str,
) -> None:
    caller = await make_user()
    me = (await caller.call("sts", "get_caller_identity"))["Arn"].rpartition("/")[2]
    await gateway.call(
        "iam",
        "put_user_policy",
        UserName=me,
        PolicyName="keys",
        PolicyDocument=document(own_keys(me)),
    )
    names = {"me": me, "victim": VICTIM}
    answer = await send(
        caller, "iam", "POST", path.format(**names), body.format(**names).encode(), FORM
    )
    assert answer.status_code == 400, answer.text
    assert "<Code>MalformedQueryString</Code>" in answer.text
    for user in (me, VICTIM):
        keys = await gateway.call("iam", "list_access_keys", UserName=user)
        assert len(keys["AccessKeyMetadata"]) == 1


@pytest.mark.parametrize(
    "kind",
    [
        *("application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded", "text/plain"),
        *("application/json", "multipart/form-data; boundary=x", ""),
    ],
)
async def test_who_may_list_users_makes_none_in_a_body_of_another_type(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    kind: str,
) -> None:
    lister = await make_user(allow("iam:ListUsers", "*"))
    before = await users(gateway)
    body = b"Action=CreateUser&Version=2010-05-08&UserName=made-by-lister"
    if kind.startswith("multipart"):
        part = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        pairs = (tuple(pair.split(b"=")) for pair in body.split(b"&"))
        body = b"".join(part % pair for pair in pairs) + b"--x--\r\n"
    path = "/?Action=ListUsers&Version=2010-05-08"
    answer = await send(lister, "iam", "POST", path, body, {"content-type": kind} if kind else {})
    assert answer.status_code == 400, answer.text
    assert "<Code>MalformedQueryString</Code>" in answer.text
    assert await users(gateway) == before


async def test_who_names_two_credentials_is_refused(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
) -> None:
    caller = await make_user(allow("iam:ListUsers", "*"))
    url = f"{caller.url}/?Action=ListUsers&Version=2010-05-08"
    request = AWSRequest("GET", url)
    SigV4Auth(caller.credentials, "iam", REGION).add_auth(request)
    scheme, _, rest = request.headers["Authorization"].partition(" ")
    other = rest.split(",")[0].replace(caller.credentials.access_key, "AKIAAAAAAAAAAAAAAAAA")
    for doubled in (f"{scheme} {other}, {rest}", f"{scheme} {rest}, {other}"):
        sent = {**dict(request.headers.items()), "Authorization": doubled}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(url, headers=sent)
        assert answer.status_code == 403
        assert "<Code>IncompleteSignature</Code>" in answer.text


@pytest.mark.parametrize(
    "more",
    [
        [("x-amz-target", "TrentService.DisableKey"), ("x-amz-target", "TrentService.ListKeys")],
        [("content-type", "application/x-amz-json-1.1"), ("content-type", "text/plain")],
        [("x-amz-date", "20200101T000000Z")],
    ],
)
async def test_who_sends_a_header_twice_is_refused(
    make_user: MakeUser,  # noqa: F811
    more: list[tuple[str, str]],
) -> None:
    caller = await make_user(allow("kms:ListKeys", "*"))
    headers = {"x-amz-target": "TrentService.ListKeys"} if len(more) == 1 else {}
    answer = await send(caller, "kms", "POST", "/", b"{}", headers, more=more)
    assert answer.status_code in {400, 403}, answer.text
    assert "Keys" not in answer.json()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", '{{"KeyId": "{mine}", "KeyId": "{theirs}"}}'),
        ("/", '{{"KeyId": "{mine}", "Description": "&KeyId={theirs}&"}}'),
        ("/", '{{"KeyId": "{mine}", "Description": "&Action=ScheduleKeyDeletion&"}}'),
        ("/?KeyId={theirs}", '{{"KeyId": "{mine}", "Description": "x"}}'),
        ("/?Action=ScheduleKeyDeletion", '{{"KeyId": "{mine}", "Description": "x"}}'),
    ],
    ids=["twice", "form-in-a-string", "action-in-a-string", "in-the-query", "action-in-the-query"],
)
async def test_who_may_describe_one_key_changes_no_other(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    path: str,
    body: str,
) -> None:
    made = [await gateway.call("kms", "create_key", Description="as it was") for _ in range(2)]
    mine, theirs = (key["KeyMetadata"] for key in made)
    caller = await make_user(allow("kms:UpdateKeyDescription", mine["Arn"]))
    ids = {"mine": mine["KeyId"], "theirs": theirs["KeyId"]}
    headers = {
        "x-amz-target": "TrentService.UpdateKeyDescription",
        "content-type": "application/x-amz-json-1.1",
    }
    sent = body.format(**ids).encode()
    answer = await send(caller, "kms", "POST", path.format(**ids), sent, headers)
    assert answer.status_code in {200, 400}, answer.text
    for key in (mine, theirs):
        now = (await gateway.call("kms", "describe_key", KeyId=key["KeyId"]))["KeyMetadata"]
        assert now["KeyState"] == "Enabled"
        if key is theirs:
            assert now["Description"] == "as it was"


async def test_who_may_act_in_one_region_does_not_reach_another_by_a_user_agent(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    name: str,  # noqa: F811
) -> None:
    caller = await make_user(
        allow("logs:*", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"),
    )
    headers = {
        "x-amz-target": "Logs_20140328.CreateLogGroup",
        "content-type": "application/x-amz-json-1.1",
    }
    body = json.dumps({"logGroupName": name}).encode()
    more = [("user-agent", "region/us-west-2")]
    answer = await send(caller, "logs", "POST", "/", body, headers, more=more)
    assert answer.status_code == 200, answer.text
    here = await gateway.call("logs", "describe_log_groups", logGroupNamePrefix=name)
    assert [group["logGroupName"] for group in here["logGroups"]] == [name]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/moto-api/reset"),
        ("GET", "/moto-api/data.json"),
        ("GET", "/latest/meta-data/iam/security-credentials/default"),
    ],
)
async def test_who_may_do_anything_in_s3_reaches_nothing_but_s3(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    method: str,
    path: str,
) -> None:
    caller = await make_user(allow("s3:*", "*"))
    before = await users(gateway)
    answer = await send(caller, "s3", method, path)
    assert answer.status_code in {404, 501}, answer.text
    assert "NoSuchBucket" in answer.text or "NotImplemented" in answer.text
    assert await users(gateway) == before


async def test_who_signs_a_link_to_a_bucket_named_like_a_service_reaches_no_function(
    make_user: MakeUser,  # noqa: F811
) -> None:
    caller = await make_user(allow("s3:*", "*"))

    def link() -> str:
        make: Any = boto3.client  # the stubs know one overload per service
        client = make(
            "s3",
            region_name=REGION,
            endpoint_url=caller.url,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
            **caller.keys,
        )
        named = {"Bucket": "lambda_us-east-1", "Key": "functions/"}
        return str(client.generate_presigned_url("get_object", named))

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(await asyncio.to_thread(link))
    assert "<Code>NoSuchBucket</Code>" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/{b}?policy&acl", {}),
        ("GET", "/{b}?policy=1", {}),
        ("GET", "/{b}/key?acl&tagging", {}),
        ("GET", "/{b}?prefix=a&prefix=", {}),
        ("PUT", "/{b}/key?uploadId=x", {}),
        ("PUT", "/{b}/key?acl&tagging", {}),
        ("PUT", "/{b}/key", {"x-amz-copy-source": "/{b}/key?versionId=a&versionId=b"}),
    ],
)
async def test_who_names_two_parts_of_a_bucket_gets_neither(
    make_user: MakeUser,  # noqa: F811
    bucket: str,  # noqa: F811
    method: str,
    path: str,
    headers: dict[str, str],
) -> None:
    caller = await make_user(allow("s3:*", "*"))
    sent = {each: value.format(b=bucket) for each, value in headers.items()}
    answer = await send(caller, "s3", method, path.format(b=bucket), b"", sent)
    assert answer.status_code == 400, answer.text
    assert "<Code>InvalidArgument</Code>" in answer.text


async def test_who_may_not_delete_one_object_does_not_delete_it_with_white_space_around(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    bucket: str,  # noqa: F811
) -> None:
    await gateway.call("s3", "put_object", Bucket=bucket, Key="kept", Body=b"x")
    arn = f"arn:aws:s3:::{bucket}"
    caller = await make_user(
        allow("s3:*", f"{arn}/*"), {**allow("s3:DeleteObject", f"{arn}/kept"), "Effect": "Deny"}
    )
    for key in (" kept", "kept\n", "<!-- -->kept ", "&#32;kept"):
        body = f"<Delete><Object><Key>{key}</Key></Object></Delete>".encode()
        answer = await send(caller, "s3", "POST", f"/{bucket}?delete=", body)
        assert answer.status_code in {403, 501}, answer.text
    listed = await gateway.call("s3", "list_objects_v2", Bucket=bucket)
    assert [each["Key"] for each in listed["Contents"]] == ["kept"]


async def test_who_may_not_read_one_object_does_not_copy_it_under_another_name(
    gateway: Any,  # noqa: F811
    make_user: MakeUser,  # noqa: F811
    bucket: str,  # noqa: F811
) -> None:
    await gateway.call("s3", "put_object", Bucket=bucket, Key="secret", Body=b"x")
    arn = f"arn:aws:s3:::{bucket}"
    caller = await make_user(
        allow("s3:*", f"{arn}/*"), {**allow("s3:GetObject", f"{arn}/secret"), "Effect": "Deny"}
    )
    sources = [
        *(f"{bucket}/secret#x", f"{bucket}/secret;x", f"//{bucket}/secret", f"{bucket}/%73ecret"),
        *(f"{bucket}/%2573ecret", f"x:{bucket}/secret"),
    ]
    for source in sources:
        headers = {"x-amz-copy-source": source}
        answer = await send(caller, "s3", "PUT", f"/{bucket}/copy", b"", headers)
        assert answer.status_code in {400, 403, 404}, f"{source}: {answer.text}"


async def test_a_stranger_who_says_he_comes_from_elsewhere_counts_as_coming_from_here(
    gateway: Any,  # noqa: F811
    bucket: str,  # noqa: F811
) -> None:
    await gateway.call("s3", "put_object", Bucket=bucket, Key="k", Body=b"internal")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    }
    policy = document(statement)
    await gateway.call("s3", "put_bucket_policy", Bucket=bucket, Policy=policy)
    lies = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"]
    async with httpx.AsyncClient(trust_env=False) as client:
        for lie in lies:
            value = "for=203.0.113.9" if lie == "Forwarded" else "203.0.113.9"
            answer = await client.get(f"{gateway.url}/{bucket}/k", headers={lie: value})
            assert answer.status_code == 403


@pytest.mark.parametrize(
    "lines",
    [
        b"content-length: 2\r\ncontent-length: 40\r\n",
        b"content-length: 2\r\ntransfer-encoding: chunked\r\n",
        b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        b"content-length: 2\r\nx-folded: a\r\n b\r\n",
    ],
    ids=["two-lengths", "length-and-chunks", "two-encodings", "folded"],
)
async def test_who_frames_a_request_in_two_ways_is_refused(
    gateway: Any,  # noqa: F811
    lines: bytes,
) -> None:
    before = gateway.echo.calls
    address = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST / HTTP/1.1\r\nhost: localhost\r\n" + lines + b"\r\n{}0\r\n\r\n")
    status = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert status.split()[1] in {b"400", b"403"}
    assert gateway.echo.calls == before


@pytest.mark.parametrize(
    "path",
    [
        "/2021-01-01/opensearch/domain/{0}%2F..%2F{1}",
        "/2021-01-01/opensearch/domain/{0}/../{1}",
        "/2021-01-01/opensearch/domain//{1}",
        "/2021-01-01/opensearch/domain/%2e%2e%2f{1}",
        "/2015-01-01/es/domain/{0}%2Fconfig",
    ],
)
async def test_who_may_describe_one_domain_reaches_no_other_by_its_path(
    make_user: MakeUser,  # noqa: F811
    path: str,
) -> None:
    arn = f"arn:aws:es:{REGION}:{ACCOUNT}:domain"
    caller = await make_user(allow("es:*", f"{arn}/mine*"), allow("es:*", f"{arn}/..*"))
    answer = await send(caller, "es", "GET", path.format("mine", "theirs"))
    assert answer.status_code in {400, 403}, answer.text
    assert quote("DomainStatus") not in answer.text


async def test_who_may_use_the_stack_finds_no_region_of_another_partition(gateway: Any) -> None:  # noqa: F811
    caller = Caller(gateway.url, *gateway._keys)
    request = AWSRequest("GET", f"{caller.url}/?Action=ListUsers&Version=2010-05-08")
    SigV4Auth(caller.credentials, "iam", "cn-north-1").add_auth(request)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(str(request.url), headers=dict(request.headers.items()))
    assert answer.status_code == 403
    assert "valid region" in answer.text
