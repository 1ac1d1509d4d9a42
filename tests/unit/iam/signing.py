"""Requests signed by botocore, as they would go over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from firehose_logging.local.api import ApiError, Principal
from firehose_logging.local.iam.sigv4 import Secret, SignedRequest, Verified, verify

USER = Principal(arn="arn:aws:iam::111122223333:user/ada", account="111122223333")
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjE==/+token"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Signed:
    request: SignedRequest
    secret: Secret
    at: float

    def verify(self, **expected: Any) -> Verified:
        return verify(self.request, self.secret_of, self.at, **expected)

    def verify_and_return(self) -> Signed:
        self.verify()
        return self

    def with_secret(self, **parts: Any) -> Signed:
        return replace(self, secret=replace(self.secret, **parts))

    def verify_at(self, now: float) -> Verified:
        return verify(self.request, self.secret_of, now)

    def changed(self, **parts: Any) -> Signed:
        return replace(self, request=replace(self.request, **parts))

    def with_header(self, name: str, value: str) -> Signed:
        kept = [(n, v) for n, v in self.request.headers if n.lower() != name.lower()]
        return self.changed(headers=[*kept, (name, value)])

    def without_header(self, name: str) -> Signed:
        kept = [(n, v) for n, v in self.request.headers if n.lower() != name.lower()]
        return self.changed(headers=kept)

    def header(self, name: str) -> str:
        return next(v for n, v in self.request.headers if n.lower() == name.lower())

    def secret_of(self, key_id: str) -> Secret | None:
        return self.secret if key_id == KEY_ID else None


def signed(
    *,
    service: str,
    method: str = "POST",
    path: str = "/",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    token: str | None = None,
    presigned_for: int | None = None,
    region: str = REGION,
    trailing_checksum: bool = False,
) -> Signed:
    url = f"http://localhost:4566{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body)
    if trailing_checksum:
        request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
    credentials = Credentials(KEY_ID, SECRET_KEY, token)
    is_s3 = service == "s3"
    if presigned_for is None:
        auth = (S3SigV4Auth if is_s3 else SigV4Auth)(credentials, service, region)
    else:
        query_auth = S3SigV4QueryAuth if is_s3 else SigV4QueryAuth
        auth = query_auth(credentials, service, region, expires=presigned_for)
    auth.add_auth(request)
    parts = urlsplit(str(request.url))
    sent = [(name, str(value)) for name, value in request.headers.items()]
    if not any(name.lower() == "host" for name, _ in sent):
        sent.append(("Host", parts.netloc))
    timestamp = request.context["timestamp"]
    moment = datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    return Signed(
        request=SignedRequest(method, parts.path, parts.query, sent, body),
        secret=Secret(SECRET_KEY, USER, session_token=token),
        at=moment.timestamp(),
    )


def refused(case: Signed, **expected: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        case.verify(**expected)
    return caught.value
