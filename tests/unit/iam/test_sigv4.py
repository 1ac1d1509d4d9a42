"""Signatures by botocore hold, and break with any byte that they cover."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local.api import ApiError

from .signing import KEY_ID, REGION, TOKEN, USER, Signed, signed

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


def refused(case: Signed, **expected: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        case.verify(**expected)
    return caught.value


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


def test_the_date_header_serves_where_x_amz_date_is_absent() -> None:
    case = signed(service="es", headers={"Date": "any"})
    assert "X-Amz-Date" not in dict(case.request.headers)
    case.verify()


def test_a_hash_computed_while_the_body_came_in_stands_for_the_body() -> None:
    case = signed(service="firehose", body=b"{}")
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    case.changed(body=b"", body_sha256=digest).verify()
    refused(case.changed(body=b"", body_sha256="0" * 64))


def test_unsigned_payload_is_for_s3_alone() -> None:
    headers = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    unsigned = signed(service="s3", presigned_for=60, method="PUT", path="/b/k")
    unsigned.changed(body=b"anything").verify()
    assert refused(signed(service="es", headers=headers, body=b"x")).code == (
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


WRONG_SIGNATURE = {
    "firehose": ("InvalidSignatureException", 400),
    "lambda": ("InvalidSignatureException", 403),
    "es": ("InvalidSignatureException", 403),
    "sts": ("SignatureDoesNotMatch", 403),
    "s3": ("SignatureDoesNotMatch", 403),
    "ec2": ("AuthFailure", 401),
}
UNKNOWN_KEY = {
    "firehose": ("UnrecognizedClientException", 400),
    "lambda": ("UnrecognizedClientException", 403),
    "sts": ("InvalidClientTokenId", 403),
    "s3": ("InvalidAccessKeyId", 403),
    "ec2": ("AuthFailure", 401),
}
EXPIRED_TOKEN = {
    "firehose": ("ExpiredTokenException", 400),
    "es": ("ExpiredTokenException", 403),
    "sts": ("ExpiredToken", 403),
    "s3": ("ExpiredToken", 400),
    "ec2": ("RequestExpired", 400),
}
BAD_TOKEN = {
    "firehose": ("UnrecognizedClientException", 400),
    "sts": ("InvalidClientTokenId", 403),
    "s3": ("InvalidToken", 400),
}
UNSIGNED = {
    "firehose": ("MissingAuthenticationTokenException", 400),
    "es": ("MissingAuthenticationTokenException", 403),
    "sts": ("MissingAuthenticationToken", 403),
    "s3": ("AccessDenied", 403),
}
TOO_OLD = {
    "firehose": ("InvalidSignatureException", 400),
    "sts": ("SignatureDoesNotMatch", 403),
    "ec2": ("RequestExpired", 400),
    "s3": ("RequestTimeTooSkewed", 403),
}


@pytest.mark.parametrize(("service", "answer"), WRONG_SIGNATURE.items())
def test_a_wrong_secret_is_answered_as_the_service_does(
    service: str, answer: tuple[str, int]
) -> None:
    case = signed(service=service).with_secret(secret_key="another")
    error = refused(case)
    assert (error.code, error.status) == answer
    if service != "ec2":
        assert error.message.startswith("The request signature we calculated does not match")


@pytest.mark.parametrize(("service", "answer"), UNKNOWN_KEY.items())
def test_an_unknown_key_is_answered_as_the_service_does(
    service: str, answer: tuple[str, int]
) -> None:
    case = signed(service=service)
    header = case.header("Authorization").replace(KEY_ID, "AKIAUNKNOWN")
    error = refused(case.with_header("Authorization", header))
    assert (error.code, error.status) == answer


@pytest.mark.parametrize(("service", "answer"), EXPIRED_TOKEN.items())
def test_an_expired_token_is_answered_as_the_service_does(
    service: str, answer: tuple[str, int]
) -> None:
    case = signed(service=service, token=TOKEN)
    case.with_secret(expires_at=case.at + 1).verify()
    error = refused(case.with_secret(expires_at=case.at))
    assert (error.code, error.status) == answer


@pytest.mark.parametrize(("service", "answer"), BAD_TOKEN.items())
def test_another_sessions_token_is_answered_as_the_service_does(
    service: str, answer: tuple[str, int]
) -> None:
    error = refused(signed(service=service, token=TOKEN).with_secret(session_token="other"))
    assert (error.code, error.status) == answer


def test_a_temporary_key_without_its_token_counts_as_unknown() -> None:
    case = signed(service="s3").with_secret(session_token=TOKEN)
    assert refused(case).code == "InvalidAccessKeyId"


def test_a_token_sent_with_a_long_term_key_is_refused() -> None:
    case = signed(service="sts", token=TOKEN).with_secret(session_token=None)
    assert refused(case).code == "InvalidClientTokenId"


@pytest.mark.parametrize(("service", "answer"), UNSIGNED.items())
def test_an_unsigned_request_is_answered_as_the_service_does(
    service: str, answer: tuple[str, int]
) -> None:
    error = refused(signed(service=service).without_header("Authorization"), service=service)
    assert (error.code, error.status) == answer


@pytest.mark.parametrize(("service", "answer"), TOO_OLD.items())
def test_a_request_is_good_for_five_minutes_and_for_fifteen_at_s3(
    service: str, answer: tuple[str, int]
) -> None:
    case = signed(service=service)
    skew = 900 if service == "s3" else 300
    for direction in (-1, 1):
        case.verify_at(case.at + direction * skew)
        with pytest.raises(ApiError) as caught:
            case.verify_at(case.at + direction * (skew + 1))
        assert (caught.value.code, caught.value.status) == answer


def test_a_late_request_is_told_the_times() -> None:
    case = signed(service="firehose")
    with pytest.raises(ApiError) as late:
        case.verify_at(case.at + 301)
    with pytest.raises(ApiError) as early:
        case.verify_at(case.at - 301)
    stamp = r"\d{8}T\d{6}Z"
    assert re.fullmatch(
        rf"Signature expired: {stamp} is now earlier than {stamp} \({stamp} - 5 min\.\)",
        late.value.message,
    )
    assert re.fullmatch(
        rf"Signature not yet current: {stamp} is still later than {stamp} \({stamp} \+ 5 min\.\)",
        early.value.message,
    )


def test_a_presigned_request_is_good_until_it_expires() -> None:
    case = signed(service="s3", method="GET", path="/b/k", presigned_for=60)
    case.verify_at(case.at + 60)
    with pytest.raises(ApiError) as caught:
        case.verify_at(case.at + 61)
    assert (caught.value.code, caught.value.message) == ("AccessDenied", "Request has expired")


def test_a_presigned_request_is_good_for_a_week_at_most() -> None:
    signed(service="s3", method="GET", presigned_for=604_800).verify()
    error = refused(signed(service="s3", method="GET", presigned_for=604_801))
    assert error.code == "AuthorizationQueryParametersError"


def test_a_scope_of_another_service_region_or_day_is_refused() -> None:
    case = signed(service="es")
    case.verify(service="es", region=REGION)
    assert refused(case, service="firehose").message == (
        "Credential should be scoped to correct service: 'firehose'. "
    )
    assert refused(case, region="us-east-1").message == (
        f"Credential should be scoped to a valid region, not '{REGION}'. "
    )
    header = case.header("Authorization")
    day = case.header("X-Amz-Date")[:8]
    yesterday = case.with_header("Authorization", header.replace(f"/{day}/", "/20200101/"))
    assert refused(yesterday).message.startswith("Date in Credential scope does not match")
    other_end = case.with_header("Authorization", header.replace("aws4_request", "aws5_request"))
    assert "valid terminator: 'aws4_request'" in refused(other_end).message


def test_s3_names_the_region_that_it_expects() -> None:
    error = refused(signed(service="s3", path="/b"), region="eu-central-1")
    assert error.code == "AuthorizationHeaderMalformed"
    assert error.message == (
        "The authorization header is malformed; "
        f"the region '{REGION}' is wrong; expecting 'eu-central-1'"
    )


@pytest.mark.parametrize("missing", ["Credential", "SignedHeaders", "Signature"])
def test_an_incomplete_header_is_told_what_it_lacks(missing: str) -> None:
    case = signed(service="firehose", headers={"X-Amz-Target": "Firehose_20150804.PutRecord"})
    header = case.header("Authorization").replace(f"{missing}=", "Other=")
    error = refused(case.with_header("Authorization", header))
    assert error.code == "IncompleteSignatureException"
    assert f"Authorization header requires '{missing}' parameter." in error.message


@pytest.mark.parametrize(
    "header",
    ["", " ", "AWS4-HMAC-SHA256", "AWS key:sig", "Basic dXNlcjpwdw==", "AWS4-HMAC-SHA256 ,,=,=="],
)
def test_an_unreadable_header_is_refused_without_a_stack_trace(header: str) -> None:
    for service in ("firehose", "s3", "sts", "es"):
        assert refused(
            signed(service=service).with_header("Authorization", header), service=service
        ).status in {400, 403}


@given(header=st.text(st.characters(max_codepoint=0xFF), max_size=60))
def test_no_header_at_all_gets_by(header: str) -> None:
    case = signed(service="es")
    refused(case.with_header("Authorization", f"AWS4-HMAC-SHA256 {header}"))


@given(query=st.text(st.characters(max_codepoint=0xFF), max_size=60))
def test_no_query_at_all_gets_by(query: str) -> None:
    case = signed(service="s3", method="GET", presigned_for=60)
    refused(case.changed(query=f"X-Amz-Algorithm=AWS4-HMAC-SHA256&{query}"))


def test_the_host_must_be_signed() -> None:
    case = signed(service="firehose")
    header = case.header("Authorization").replace("host;", "")
    assert refused(case.with_header("Authorization", header)).message == (
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    )


def test_s3_wants_all_its_headers_signed() -> None:
    case = signed(service="s3", path="/b/k", method="PUT")
    error = refused(case.with_header("x-amz-acl", "public-read"))
    assert error.message == "There were headers present in the request which were not signed"


def test_a_second_signature_in_the_query_is_refused() -> None:
    case = signed(service="s3", method="GET", presigned_for=60)
    assert refused(case.with_header("Authorization", "AWS4-HMAC-SHA256 x")).status == 400


def test_secrets_stay_out_of_reprs() -> None:
    case = signed(service="es", token=TOKEN)
    assert TOKEN not in repr(case.secret)
    assert case.secret.secret_key not in repr(case.secret)
