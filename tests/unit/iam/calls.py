"""Requests as botocore's clients make them, caught before they leave."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from firehose_logging.local.api import Principal
from firehose_logging.local.iam.actions import needs_of
from firehose_logging.local.iam.needs import Names, Need
from firehose_logging.local.iam.parameters import HttpParts, parameters_of

ACCOUNT = "111122223333"
REGION = "eu-west-1"
CALLER = Principal(f"arn:aws:iam::{ACCOUNT}:user/ada", ACCOUNT)


class _CaughtError(Exception):
    def __init__(self, request: Any) -> None:
        super().__init__()
        self.request = request


def _catch(request: Any, **_: Any) -> None:
    raise _CaughtError(request)


@cache
def _client(name: str) -> Any:
    client: Any = boto3.client(
        name,  # type: ignore[call-overload]  # any of them
        region_name=REGION,
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False),
    )
    client.meta.events.register("before-send", _catch)
    return client


def sent(client_name: str, method: str, **arguments: Any) -> HttpParts:
    try:
        getattr(_client(client_name), method)(**arguments)
    except _CaughtError as caught:
        request = caught.request
    parts = urlsplit(request.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    body = request.body or b""
    body = body.read() if hasattr(body, "read") else body
    body = body.encode() if isinstance(body, str) else body
    return HttpParts(parts.path, parts.query, headers, body)


def needs(
    service: str, operation: str, request: HttpParts, names: Names | None = None
) -> list[Need]:
    parameters = parameters_of(service, operation, request)
    return needs_of(service, operation, parameters, names or Names(ACCOUNT, REGION, CALLER))


def asked(
    service: str, operation: str, request: HttpParts, names: Names | None = None
) -> list[tuple[str, str | None]]:
    return [(need.action, need.resource) for need in needs(service, operation, request, names)]
