"""Whoever writes a request that two readers read differently: what is allowed is what is done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given, settings
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
    phases=[Phase.generate],
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


names = st.sampled_from(
    ["UserName", "username", "RoleName", "Policy%41rn", "RoleArn", "PolicyDocument", "Action"]
)
actions = st.sampled_from(["ListUsers", "CreateUser", "DeleteUser", "AssumeRole", "createuser"])
values = st.sampled_from(["mine", "theirs", "a%26UserName%3Dtheirs", "a+b", "", "%C3%A9", "%FF"])
pairs = st.tuples(names, values).map(lambda pair: f"{pair[0]}={pair[1]}")
forms = st.tuples(
    st.lists(actions.map(lambda action: f"Action={action}"), max_size=2),
    st.lists(pairs, max_size=3),
    st.sampled_from(["&", "&&", ";", "&="]),
).map(lambda parts: parts[2].join([*parts[0], *parts[1]]))
types = st.sampled_from(
    [
        *("application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded ; charset=utf-8"),
        *("application/x-www-form-urlencoded2", "text/plain", "application/json"),
        *("multipart/form-data; boundary=x", "application/x-amz-json-1.1", ""),
    ]
)
stray = st.lists(
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
    service=st.sampled_from(["iam", "sts"]),
    method=st.sampled_from(["GET", "POST"]),
    query=forms,
    body=forms,
    kind=types,
    more=stray,
)
def test_a_form_means_the_same_to_who_allows_and_who_does(
    *, service: str, method: str, query: str, body: str, kind: str, more: list[tuple[str, str]]
) -> None:
    headers = [("content-type", kind), *more] if kind else more
    same_call(request(service, method, f"/?{query}", headers, body.encode()))


members = st.sampled_from(['"KeyId"', '"AliasName"', '"TargetKeyId"', '"Key\\u0049d"', '"Action"'])
strings = st.sampled_from(
    ["mine", "theirs", "a&KeyId=theirs&b", "&Action=DisableKey&", "=", "%26KeyId%3Dtheirs", "é"]
)
json_values = st.one_of(
    strings.map(json.dumps),
    st.just("NaN"),
    st.just('{"KeyId": "theirs"}'),
    st.just("1e999"),
    st.just("[]"),
)
documents = st.lists(st.tuples(members, json_values).map(": ".join), max_size=3).map(
    lambda parts: "{" + ", ".join(parts) + "}"
)
targets = st.sampled_from(
    ["TrentService.Decrypt", "TrentService.DisableKey", "X.Decrypt", "TrentService.A.DisableKey"]
)


@BOUNDED
@given(
    body=documents | st.sampled_from(["KeyId=theirs", "", "[]", "\ufeff{}"]),
    target=targets,
    query=st.sampled_from(["", "KeyId=theirs", "Action=DisableKey", "X-Amz-Date=1", "&", "?"]),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
    kind=types,
    more=stray,
)
def test_a_json_document_means_the_same_to_who_allows_and_who_does(
    *, body: str, target: str, query: str, encoding: str, kind: str, more: list[tuple[str, str]]
) -> None:
    headers = [("x-amz-target", target), ("content-type", kind), *more]
    same_call(request("kms", "POST", f"/?{query}", headers, body.encode(encoding)))


segments = st.sampled_from(
    [
        "mine",
        "theirs",
        "..",
        ".",
        "",
        "%2e%2e",
        "%2F",
        "theirs%2Fconfig",
        "%252e%252e",
        "a%00",
        "%FF",
    ]
)
rest_paths = st.tuples(
    st.sampled_from(
        [
            *("/2021-01-01/opensearch/domain", "/2015-01-01/es/domain", "/2015-03-31/functions"),
            *("//2015-03-31/functions", "/2015-03-31/functions/..", "/2015-03-31/%66unctions"),
        ]
    ),
    st.lists(segments, max_size=2),
    st.sampled_from(["", "/", "/config", "/configuration", "/policy", "//"]),
).map(lambda parts: "/".join([parts[0], *parts[1]]) + parts[2])


@BOUNDED
@given(
    service=st.sampled_from(["es", "lambda"]),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=rest_paths,
    query=st.sampled_from(
        ["", "DomainName=theirs", "Qualifier=1&Qualifier=2", "Action=DeleteDomain"],
    ),
    body=st.sampled_from(
        ["", '{"DomainName": "mine"}', '{"DomainName": "mine", "DomainName": "theirs"}', "&x=y"]
    )
    | documents,
    kind=types,
    more=stray,
)
def test_a_path_means_the_same_to_who_allows_and_who_does(
    *,
    service: str,
    method: str,
    path: str,
    query: str,
    body: str,
    kind: str,
    more: list[tuple[str, str]],
) -> None:
    compared = both(
        request(service, method, f"{path}?{query}", [("content-type", kind), *more], body.encode())
    )
    if compared is None:
        return
    operation, asked, canonical, done = compared
    assert done.region == REGION
    if done.operation is not None and service == "lambda":
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
