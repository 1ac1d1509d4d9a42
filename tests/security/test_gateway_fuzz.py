"""Whoever writes a request that two readers read differently: what is allowed is what is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from moto.core.utils import camelcase_to_underscores

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.addressing import with_bucket_in_path
from firehose_logging.local.gateway.reading.bindings import model_of
from firehose_logging.local.gateway.reading.reading import read
from firehose_logging.local.gateway.request import CredentialScope, Request
from firehose_logging.local.iam.parameters import HttpParts, parameters_of

from .moto_view import Done, MotoView

REGION = "eu-west-1"
WATCHED = (
    *("UserName", "RoleName", "PolicyArn", "RoleArn", "PolicyDocument", "RoleSessionName"),
    *("KeyId", "AliasName", "TargetKeyId", "logGroupName", "logStreamName", "DomainName"),
)
BOUNDED = settings(
    max_examples=100,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@cache
def moto() -> MotoView:
    return MotoView(WATCHED)


def request(
    service: str,
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes = b"",
) -> Request:
    path, _, query = target.partition("?")
    flat: dict[str, str] = {}
    for name, value in headers:
        flat[name] = f"{flat[name]},{value}" if name in flat else value
    scope = CredentialScope("AKIAIOSFODNN7EXAMPLE", "20261122", REGION, service)
    return Request(method, path, query, flat, tuple(headers), body=body, scope=scope)


def both(one: Request) -> tuple[str, Mapping[str, object], Request, Done] | None:
    """Return what the gateway authorizes and what moto does; ``None`` where it does nothing."""
    try:
        canonical, operation = read(with_bucket_in_path(one), answered_here=False)
    except ApiError:
        return None
    if not operation:
        return None
    parts = HttpParts(canonical.path, canonical.query, canonical.headers, canonical.body)
    asked = parameters_of(canonical.service, operation, parts)
    done = moto().of(canonical)
    return None if done is None else (operation, asked, canonical, done)


def same_call(one: Request) -> None:
    compared = both(one)
    if compared is None:
        return
    operation, asked, canonical, done = compared
    assert (done.operation, done.region) == (operation, REGION)
    assert done.path == canonical.path
    for name in WATCHED:
        if done.parameters[name] is not None or name in members_of(one.service, operation):
            assert done.parameters[name] == asked.get(name), name


def members_of(service: str, operation: str) -> set[str]:
    model = model_of(service)
    shape = model.operation_model(operation).input_shape if model is not None else None
    return set(shape.members) if shape is not None else set()


def mostly(usual: str, *others: str) -> st.SearchStrategy[str]:
    """Choose the usual value twice out of three times, lest most requests be refused."""
    return st.integers(0, 2).flatmap(
        lambda die: st.just(usual) if die else st.sampled_from([usual, *others])
    )


names = st.sampled_from(
    ["UserName", "UserName", "RoleName", "username", "User%4Eame", "PolicyDocument", "Action"]
)
actions = mostly("CreateUser", "ListUsers", "DeleteUser", "GetRole", "createuser")
values = st.sampled_from(["mine", "theirs", "a%26UserName%3Dtheirs", "a+b", "", "%C3%A9", "%FF"])
pairs = st.tuples(names, values).map(lambda pair: f"{pair[0]}={pair[1]}")
parameters = st.tuples(st.lists(pairs, max_size=2), mostly("&", "&&", ";", "&=")).map(
    lambda parts: parts[1].join(parts[0])
)
FORM = "application/x-www-form-urlencoded"
OTHERS = (
    *("Application/X-WWW-Form-URLencoded ; charset=utf-8", f"{FORM}2", "text/plain", ""),
    *("application/json", "multipart/form-data; boundary=x", "application/x-amz-json-1.1"),
)
types = mostly(FORM, *OTHERS)
nothing: list[tuple[str, str]] = []
stray = st.just(nothing) | st.lists(
    st.sampled_from(
        [
            *(("action", "DeleteUser"), ("username", "theirs"), ("keyid", "theirs")),
            *(("x-http-method-override", "DELETE"), ("x-amz-target", "TrentService.DisableKey")),
            *(("x-amz-target", "TrentService.Decrypt"), ("content-encoding", "identity")),
            *(("user-agent", "region/us-west-2"), ("host", "iam.us-west-2.amazonaws.com")),
            *(("host", "s3-control.localhost"), ("x-amz-copy-source", "/theirs/key")),
            *(("x-forwarded-host", "theirs.s3.amazonaws.com"), ("x-moto-account-id", "1" * 12)),
        ]
    ),
    max_size=2,
)


@BOUNDED
@given(
    action=actions,
    in_query=st.booleans(),
    query=mostly("", "UserName=mine") | parameters,
    body=parameters,
    kind=types,
    more=stray,
)
def test_a_form_means_the_same_to_who_allows_and_who_does(
    *, action: str, in_query: bool, query: str, body: str, kind: str, more: list[tuple[str, str]]
) -> None:
    named = f"Action={action}&"
    target = f"/?{named if in_query else ''}{query}"
    sent = f"{'' if in_query else named}{body}".encode()
    same_call(request("iam", "POST", target, [("content-type", kind), *more], sent))


members = st.sampled_from(['"KeyId"', '"AliasName"', '"TargetKeyId"', '"Key\\u0049d"', '"Action"'])
strings = st.sampled_from(
    ["mine", "theirs", "a&KeyId=theirs&b", "&Action=DisableKey&", "=", "%26KeyId%3Dtheirs", "é"]
)
json_values = strings.map(json.dumps) | mostly('"mine"', "NaN", '{"KeyId": "theirs"}', "1e999")
documents = st.lists(st.tuples(members, json_values).map(": ".join), min_size=1, max_size=3).map(
    lambda parts: "{" + ", ".join(parts) + "}"
)


@BOUNDED
@given(
    body=documents | mostly("{}", "KeyId=theirs", "", "[]", "\ufeff{}"),
    target=mostly("TrentService.DescribeKey", "X.Decrypt", "TrentService.A.DisableKey"),
    query=mostly("", "KeyId=theirs", "Action=DisableKey", "X-Amz-Date=1", "&", "?"),
    encoding=mostly("utf-8", "utf-16"),
    kind=mostly("application/x-amz-json-1.1", FORM, *OTHERS),
    more=stray,
)
@example(
    body='{"KeyId": "mine", "AliasName": "&Action=DisableKey&"}',
    target="TrentService.DescribeKey",
    query="",
    encoding="utf-8",
    kind="application/x-amz-json-1.1",
    more=[],
)
def test_a_json_document_means_the_same_to_who_allows_and_who_does(
    *, body: str, target: str, query: str, encoding: str, kind: str, more: list[tuple[str, str]]
) -> None:
    headers = [("x-amz-target", target), ("content-type", kind), *more]
    same_call(request("kms", "POST", f"/?{query}", headers, body.encode(encoding)))


segments = st.sampled_from(
    [
        *("mine", "..", ".", "%2e%2e", "mine%2Ftheirs", "theirs%2Fconfig", "%252e%252e"),
        *("a%00", "%FF", "../theirs", ""),
    ]
)
rest_calls = st.sampled_from(
    [
        ("es", "GET", "/2021-01-01/opensearch/domain/{}"),
        ("es", "GET", "/2021-01-01/opensearch/domain/{}/config"),
        ("es", "DELETE", "/2021-01-01/opensearch/domain/{}"),
        ("lambda", "GET", "/2015-03-31/functions/{}"),
        ("lambda", "DELETE", "/2015-03-31/functions/{}"),
        ("lambda", "PUT", "/2015-03-31/functions/{}/configuration"),
        ("lambda", "GET", "/2017-03-31/tags/{}"),
        ("lambda", "GET", "//2015-03-31/functions/{}"),
        ("lambda", "GET", "/2015-03-31/%66unctions/{}"),
    ]
)


@BOUNDED
@given(
    call=rest_calls,
    resource=segments,
    end=mostly("", "/", "//", "/."),
    query=mostly("", "DomainName=theirs", "Qualifier=1&Qualifier=2", "Action=DeleteDomain"),
    body=mostly("", '{"DomainName": "mine", "DomainName": "theirs"}', "&x=y") | documents,
    kind=types,
    more=stray,
)
def test_a_path_means_the_same_to_who_allows_and_who_does(
    *,
    call: tuple[str, str, str],
    resource: str,
    end: str,
    query: str,
    body: str,
    kind: str,
    more: list[tuple[str, str]],
) -> None:
    service, method, template = call
    target = f"{template.format(resource)}{end}?{query}"
    headers = [("content-type", kind), *more]
    compared = both(request(service, method, target, headers, body.encode()))
    if compared is None:
        return
    operation, asked, canonical, done = compared
    assert done.region == REGION
    assert done.operation == operation
    assert done.path == canonical.path
    assert "%2F" not in done.path
    assert not {"", ".", ".."} & set(done.path.rstrip("/").split("/")[1:])
    for name in ("FunctionName", "DomainName"):
        if name in asked and "{" not in str(asked[name]):
            in_path = quote(str(asked[name]), safe="-._~") in done.path.split("/")
            assert in_path or done.parameters.get(name) == asked[name]


# Where moto's S3 has another name for what is the same operation.
ALSO_CALLED = {
    "all_buckets": "list_buckets",
    "get_bucket_tags": "get_bucket_tagging",
    "delete_bucket_tags": "delete_bucket_tagging",
    "get_bucket_lifecycle": "get_bucket_lifecycle_configuration",
    "put_bucket_lifecycle": "put_bucket_lifecycle_configuration",
    "list_bucket": "list_objects",
}
buckets = st.sampled_from(
    ["", *["mine", "theirs", "%6Dine", "mine%2Ftheirs", "..", "moto-api", "iam_x"]]
)
keys = st.sampled_from(
    ["", "key", "a/b", "/key", "../theirs/key", "a%2Fb", "%2e%2e", "a+b", "a%2Bb", "%C3%A9", "key/"]
)
subresources = st.lists(
    st.sampled_from(
        [
            *("acl", "acl=x", "policy", "policy=1", "tagging", "uploads", "versioning", "ACL"),
            *("list-type=2", "list-type=3", "uploadId=u", "partNumber=1", "versionId=v", "delete"),
            *("prefix=a", "prefix=a&prefix=b", "versions", "publicAccessBlock", "lifecycle"),
            *(
                "x-id=GetObject",
                "location",
                "encryption",
                "restore",
                "select",
                "website",
                "logging",
            ),
        ]
    ),
    max_size=2,
).map("&".join)


@BOUNDED
@given(
    method=st.sampled_from(["GET", "PUT", "DELETE", "POST", "HEAD"]),
    host=st.sampled_from(["127.0.0.1:4566", "mine.localhost:4566", "s3.cn-north-1.amazonaws.com"]),
    bucket=buckets,
    key=keys,
    query=subresources,
    kind=types,
    more=stray.map(lambda found: [pair for pair in found if pair[0] != "host"]),
    body=st.sampled_from([b"", b"key=theirs&file=x", b"--x\r\n", b"<Tagging/>"]),
)
def test_an_object_means_the_same_to_who_allows_and_who_does(
    *,
    method: str,
    host: str,
    bucket: str,
    key: str,
    query: str,
    kind: str,
    more: list[tuple[str, str]],
    body: bytes,
) -> None:
    target = f"/{bucket}/{key}" if key else f"/{bucket}"
    headers = [("host", host), ("content-type", kind), *more]
    compared = both(request("s3", method, f"{target}?{query}", headers, body))
    if compared is None:
        return
    operation, asked, _, done = compared
    assert done.region == REGION
    assert (done.bucket or None, done.key or None) == (asked.get("Bucket"), asked.get("Key"))
    called = ALSO_CALLED.get(done.operation, done.operation)
    assert called == camelcase_to_underscores(operation)
    if operation == "PutObject":
        assert done.parameters["body"] == body
