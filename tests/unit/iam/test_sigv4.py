"""Signatures by botocore hold, and break with any byte that they cover."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .signing import KEY_ID, REGION, TOKEN, USER, Signed, refused, signed

SERVICES = ["firehose", "sts", "es", "s3", "lambda", "monitoring", "kms"]
PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)

s3_keys = st.text(st.characters(codec="utf-8", min_codepoint=0x20), max_size=30)
es_segments = st.text("abcXYZ019-_.~*,:@!$'()+=%", min_size=1, max_size=8).map(
    lambda text: text.replace("%", "%2F")
)
es_paths = st.lists(es_segments, max_size=4).map(lambda parts: "/" + "/".join(parts))
queries = st.lists(st.tuples(st.text(max_size=6), st.text(max_size=8)), max_size=4).map(
    lambda pairs: "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in pairs)
)
header_values = st.text(PRINTABLE, max_size=12)
tokens = st.none() | st.just(TOKEN)


def s3_path(key: str) -> str:
    return "/bucket/" + quote(key, safe="/~")


@given(
    service=st.sampled_from(SERVICES),
    target=st.tuples(es_paths, queries),
    value=header_values,
    body=st.binary(max_size=64),
    token=tokens,
)
def test_what_botocore_signs_in_a_header_verifies(
    service: str, target: tuple[str, str], value: str, body: bytes, token: str | None
) -> None:
    path, query = target
    path = s3_path(path) if service == "s3" else path
    case = signed(
        service=service, path=path, query=query, headers={"X-Odd": value}, body=body, token=token
    )
    verified = case.verify()
    assert verified.principal == USER
    assert (verified.access_key_id, verified.region, verified.service) == (KEY_ID, REGION, service)
    assert not verified.is_presigned


@given(key=s3_keys, query=queries, token=tokens)
def test_any_s3_key_verifies(key: str, query: str, token: str | None) -> None:
    case = signed(service="s3", method="PUT", path=s3_path(key), query=query, token=token)
    assert case.verify().service == "s3"


@given(
    service=st.sampled_from(["s3", "sts", "es"]),
    query=st.sampled_from(["", "Action=GetCallerIdentity&Version=2011-06-15", "a=%2F%20b"]),
    token=tokens,
)
def test_what_botocore_signs_in_a_query_verifies(
    service: str, query: str, token: str | None
) -> None:
    case = signed(
        service=service, method="GET", path="/b/k", query=query, token=token, presigned_for=60
    )
    assert case.verify().is_presigned


def changed_at(text: str, index: int) -> str:
    other = "Q" if text[index] == "Z" else "Z"
    return text[:index] + other + text[index + 1 :]


@given(
    service=st.sampled_from(SERVICES),
    part=st.sampled_from(["method", "path", "query", "header", "body", "date", "signature"]),
    at=st.integers(0, 10_000),
    token=tokens,
)
def test_any_changed_byte_breaks_the_signature(
    service: str, part: str, at: int, token: str | None
) -> None:
    case = signed(
        service=service,
        path="/bucket/a~b-c%3Ad%20e" if service == "s3" else "/bucket/a*b,c%2Fd%20e",
        query="list-type=2&prefix=a%2Fb&empty=",
        headers={"X-Odd": "a  value,with=signs"},
        body=b'{"Record": "x"}',
        token=token,
    ).verify_and_return()
    request = case.request
    if part == "method":
        broken = case.changed(method=changed_at(request.method, at % len(request.method)))
    elif part == "path":
        broken = case.changed(path="/" + changed_at(request.path[1:], at % 20))
    elif part == "query":
        broken = case.changed(query=changed_at(request.query, at % len(request.query)))
    elif part == "header":
        value = case.header("X-Odd")
        broken = case.with_header("X-Odd", changed_at(value, at % len(value)))
    elif part == "body":
        body = bytearray(request.body)
        body[at % len(body)] ^= 1 + at % 255
        broken = case.changed(body=bytes(body))
    elif part == "date":
        broken = case.with_header("X-Amz-Date", case.header("X-Amz-Date")[:-2] + "xZ")
    else:
        value = case.header("Authorization")
        index = len(value) - 1 - at % 64
        broken = case.with_header("Authorization", changed_at(value, index))
    refused(broken)


@given(at=st.integers(0, 10_000), service=st.sampled_from(["s3", "sts"]))
def test_any_changed_byte_of_a_presigned_url_breaks_it(at: int, service: str) -> None:
    case = signed(service=service, method="GET", path="/b/k", query="x=1", presigned_for=60)
    query = case.request.query
    refused(case.changed(query=changed_at(query, at % len(query))))


def test_an_es_path_with_star_and_comma_goes_raw_and_is_signed_encoded() -> None:
    case = signed(service="es", method="GET", path="/logs-*,app-*/_search")
    case.verify()
    assert refused(case.changed(path="/logs-%2A,app-%2A/_search")).code == (
        "InvalidSignatureException"
    )


def test_an_s3_path_keeps_dots_and_slashes_while_others_are_normalised() -> None:
    refused(signed(service="s3", path="/b/x/../y").changed(path="/b/y"))
    signed(service="es", path="/b/x/.././/y/").changed(path="/b/y/").verify()


def test_a_plus_in_a_query_is_a_space_and_so_must_be_signed_as_one() -> None:
    encoded = signed(service="es", method="GET", path="/_search", query="q=a%20b")
    encoded.changed(query="q=a+b").verify()
    refused(signed(service="es", method="GET", path="/_search", query="q=a+b"))


def test_bytes_that_are_no_text_stay_apart_in_a_query() -> None:
    case = signed(service="es", method="GET", path="/_search", query="q=%FF")
    case.verify()
    refused(case.changed(query="q=%FE"))


def test_the_date_header_serves_where_x_amz_date_is_absent() -> None:
    case = signed(service="es", headers={"Date": "any"})
    assert "X-Amz-Date" not in dict(case.request.headers)
    case.verify()


def test_a_hash_computed_already_is_taken_as_that_of_the_body() -> None:
    case = signed(service="firehose", body=b"{}")
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    case.changed(body_sha256=digest).verify()
    refused(case.changed(body_sha256="0" * 64))


def test_unsigned_payload_is_for_s3_alone() -> None:
    headers = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    unsigned = signed(service="s3", presigned_for=60, method="PUT", path="/b/k")
    unsigned.changed(body=b"anything").verify()
    assert refused(signed(service="es", headers=headers, body=b"x")).code == (
        "InvalidSignatureException"
    )


def test_another_body_than_the_one_hashed_is_refused_even_when_the_hash_is_not_signed() -> None:
    put = signed(service="s3", method="PUT", path="/b/k", body=b"content")
    assert refused(put.changed(body=b"contents")).code == "XAmzContentSHA256Mismatch"
    search = signed(service="es", body=b"{}")
    assert refused(search.with_header("X-Amz-Content-SHA256", "0" * 64)).code == (
        "InvalidSignatureException"
    )


def in_unsigned_chunks(body: bytes, decoded_length: int) -> Signed:
    return signed(
        service="s3",
        method="PUT",
        path="/b/k",
        headers={"x-amz-decoded-content-length": str(decoded_length)},
        body=body,
        trailing_checksum=True,
    )


def test_unsigned_chunks_verify_when_they_hold_what_the_header_says() -> None:
    body = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n"
    in_unsigned_chunks(body, 3).verify()
    assert refused(in_unsigned_chunks(body, 4)).message == (
        "x-amz-decoded-content-length says 4, the chunks hold 3 bytes"
    )


@pytest.mark.parametrize(
    "body", [b"", b"zz\r\n", b"3\r\nab", b"3\r\nabcd\r\n0\r\n", b"0\r\nno-colon\r\n\r\n", b"-1\r\n"]
)
def test_malformed_chunks_are_an_incomplete_body(body: bytes) -> None:
    assert refused(in_unsigned_chunks(body, 3)).code == "IncompleteBody"


def test_a_body_hash_is_optional_for_a_domain_and_demanded_by_s3() -> None:
    assert "X-Amz-Content-SHA256" not in dict(signed(service="es").request.headers)
    without = signed(service="s3", path="/b/k").without_header("X-Amz-Content-SHA256")
    assert refused(without).message == (
        "Missing required header for this request: x-amz-content-sha256"
    )
