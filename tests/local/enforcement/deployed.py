"""The module, applied by Terraform to a stack whose time runs fast and whose engine is a list."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from firehose_logging.local.home import Home
from firehose_logging.local.stack import Stack, StackOptions
from firehose_logging.verify.terraform import Workspace

from .engine import ListEngine

ROOT = Path(__file__).resolve().parents[3]
CONFIGURATION = Path(__file__).with_name("deployment").relative_to(ROOT)
DENIALS = "firehose_logging.local.gateway.authorization.authorization"
SPEED = 300.0
TRANSFORM = """
import base64, json

def handler(event, context):
    def changed(record):
        document = json.loads(base64.b64decode(record["data"])) | {"transformed": True}
        return base64.b64encode(json.dumps(document).encode()).decode()

    return {
        "records": [
            {"recordId": one["recordId"], "result": "Ok", "data": changed(one)}
            for one in event["records"]
        ]
    }
"""


class Account:
    """An account on a stack: calls in threads, by its administrator or by other keys."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.region = environment["AWS_REGION"]
        self._clients: dict[tuple[str, str], Any] = {}

    async def call(
        self, service: str, operation: str, keys: dict[str, str] | None = None, **parameters: Any
    ) -> Any:
        client = self._client(service, keys or self.environment)
        return await asyncio.to_thread(getattr(client, operation), **parameters)

    def _client(self, service: str, keys: dict[str, str]) -> Any:
        place = service, keys["AWS_ACCESS_KEY_ID"]
        if place not in self._clients:
            make: Any = boto3.client
            self._clients[place] = make(
                service,
                region_name=self.region,
                endpoint_url=self.environment["AWS_ENDPOINT_URL"],
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                config=Config(
                    retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"}
                ),
            )
        return self._clients[place]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@dataclass(frozen=True)
class Deployed:
    """A deployment that tests may take permissions from.

    Attributes:
        account: where it is.
        outputs: of the configuration, by name.
        documents: what is in the domain.
        producer: the keys of the user ``producer``.
        denials: what the gateway refused, in its own words.
    """

    account: Account
    outputs: dict[str, Any]
    documents: list[Any]
    producer: dict[str, str]
    denials: list[str]


@asynccontextmanager
async def fast_stack(home: Path) -> AsyncIterator[tuple[Account, ListEngine]]:
    """Run a stack in this process, a second of it being five minutes of Firehose's."""
    engine = ListEngine()
    await engine.server.start()
    claim = Home(home).claim()
    options = StackOptions(Home(home), port=0, engine=engine.url, speed=SPEED)
    stack = Stack(options, claim, lambda _line: None)
    try:
        state = await stack.start()
        account = Account(dict(state.environment))
        try:
            yield account, engine
        finally:
            account.close()
    finally:
        await stack.stop()
        claim.release()
        await engine.server.stop()


async def variables_in(account: Account) -> dict[str, Any]:
    """Make what the configuration needs to be there; return its variables."""
    domain = await account.call(
        "opensearch", "create_domain", DomainName="enforced", EngineVersion="OpenSearch_3.5"
    )
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
    role = await account.call(
        "iam", "create_role", RoleName="function", AssumeRolePolicyDocument=json.dumps(trust)
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("transform.py", TRANSFORM)
    function = await account.call(
        "lambda",
        "create_function",
        FunctionName="transform",
        Role=role["Role"]["Arn"],
        Runtime="python3.12",
        Handler="transform.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    subnets = (await account.call("ec2", "describe_subnets"))["Subnets"]
    await account.call("iam", "create_user", UserName="producer")
    return {
        "domain_arn": domain["DomainStatus"]["ARN"],
        "function_arn": function["FunctionArn"],
        "vpc_id": subnets[0]["VpcId"],
        "subnet_ids": [subnets[0]["SubnetId"]],
    }


@contextmanager
def denials_noted() -> Iterator[list[str]]:
    """Collect what the gateway says when it refuses a call."""
    noted: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            noted.append(record.getMessage())

    logger, handler = logging.getLogger(DENIALS), Handler()
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield noted
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


@asynccontextmanager
async def deployed(scratch: Path) -> AsyncIterator[Deployed]:
    """Apply the configuration to a stack of its own; the stack takes it along when it ends."""
    async with fast_stack(scratch / "home") as (account, engine):
        workspace = Workspace(
            ROOT / CONFIGURATION,
            scratch / "terraform",
            environment=account.environment,
            variables=await variables_in(account),
        )
        await asyncio.to_thread(workspace.init)
        await asyncio.to_thread(workspace.apply)
        outputs = await asyncio.to_thread(workspace.outputs)
        key = (await account.call("iam", "create_access_key", UserName="producer"))["AccessKey"]
        with denials_noted() as denials:
            yield Deployed(
                account,
                {name: output["value"] for name, output in outputs.items()},
                engine.documents,
                {
                    "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                    "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
                },
                denials,
            )
