"""A request is routed by what its signature holds for, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firehose_logging.local.api import ApiError, Principal
from firehose_logging.local.gateway.authentication import Authentication
from firehose_logging.local.gateway.credentials import KeyRing
from firehose_logging.local.gateway.request import CredentialScope, Request, credential_scope
from firehose_logging.local.iam import canonical
from firehose_logging.local.iam.claims import timestamp_of
from firehose_logging.local.iam.sigv4 import UNSIGNED_PAYLOAD

NOW = 1_780_000_000.0
BODY = b'{"DeliveryStreamName":"logging-test"}'


def _put_object(before_credential: str = "") -> tuple[Request, Authentication]:
    """Sign a PUT to S3 whose body is not part of the signature."""
    keys = KeyRing()
    key_id, secret, *_ = keys.issue_for_service("firehose.amazonaws.com")
    timestamp = timestamp_of(NOW)
    date = timestamp[:8]
    headers = {
        "host": "localhost",
        "x-amz-content-sha256": UNSIGNED_PAYLOAD,
        "x-amz-date": timestamp,
    }
    signed = tuple(headers)
    text = canonical.request_of(
        method="PUT",
        path="/bucket/key",
        query="",
        headers=canonical.headers_of({name: [value] for name, value in headers.items()}, signed),
        signed=signed,
        body_hash=UNSIGNED_PAYLOAD,
    )
    scope = f"{date}/eu-west-1/s3/aws4_request"
    signature = canonical.sign(
        canonical.signing_key(secret, date, "eu-west-1", "s3"),
        canonical.string_to_sign(timestamp, scope, text),
    )
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 {before_credential}Credential={key_id}/{scope}, "
        f"SignedHeaders={';'.join(signed)}, Signature={signature}"
    )
    request = Request(
        "PUT",
        "/bucket/key",
        headers=headers,
        raw_headers=tuple(headers.items()),
        body=BODY,
        scope=credential_scope(headers, ""),
    )
    return request, Authentication(keys, lambda: NOW)


def test_what_was_signed_for_a_service_is_taken_by_that_service() -> None:
    request, authentication = _put_object()
    assert request.service == "s3"
    assert isinstance(authentication.principal_of(request), Principal)


def test_what_was_signed_for_one_service_is_not_taken_by_another_that_is_only_named() -> None:
    other = f"XCredential=AKIAX/{timestamp_of(NOW)[:8]}/eu-west-1/firehose/aws4_request, "
    request, authentication = _put_object(other)
    assert request.service == "s3"
    with pytest.raises(ApiError):
        authentication.principal_of(request)
    named = replace(request, scope=CredentialScope("AKIAX", "20261122", "eu-west-1", "firehose"))
    with pytest.raises(ApiError):
        authentication.principal_of(named)
