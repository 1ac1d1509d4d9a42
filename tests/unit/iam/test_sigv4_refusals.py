"""How each service turns a caller away: AWS's codes, statuses and texts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local.api import ApiError

from .signing import KEY_ID, REGION, TOKEN, refused, signed

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
