"""Callers of the gateway with keys of their own, and the policies that they are given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

REGION = "eu-west-1"
ACCOUNT = "123456789012"


class Caller:
    """Somebody with keys of their own."""

    def __init__(self, url: str, key: str, secret: str, token: str | None = None) -> None:
        self.url = url
        self.credentials = Credentials(key, secret, token)
        self.keys = {
            "aws_access_key_id": key,
            "aws_secret_access_key": secret,
            "aws_session_token": token,
        }

    async def call(self, service: str, operation: str, **parameters: Any) -> Any:
        def call() -> Any:
            make: Any = boto3.client  # the stubs know one overload per service
            client = make(
                service,
                region_name=REGION,
                endpoint_url=self.url,
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
                **self.keys,
            )
            try:
                return getattr(client, operation)(**parameters)
            finally:
                client.close()

        return await asyncio.to_thread(call)

    async def refusal(self, service: str, operation: str, **parameters: Any) -> tuple[str, str]:
        """Return code and text of the error that the call ends in."""
        with pytest.raises(ClientError) as refused:
            await self.call(service, operation, **parameters)
        error = refused.value.response["Error"]
        return str(error["Code"]), str(error["Message"])


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: str | list[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal: Mapping[str, str], **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": condition} if condition else statement


MakeUser = Callable[..., Awaitable[Caller]]
MakeRole = Callable[..., Awaitable[str]]
