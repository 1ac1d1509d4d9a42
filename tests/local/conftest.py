"""What tests of the local stack share, in the test's own event loop.

A gateway in front of moto on a real socket.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import boto3
import certifi
import httpx
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from firehose_logging.local.api import ApiAnswer, ApiCall, ApiError
from firehose_logging.local.gateway.administrator import create_administrator
from firehose_logging.local.gateway.app import Gateway
from firehose_logging.local.gateway.authentication import Authentication
from firehose_logging.local.gateway.authorization.authorization import Authorization
from firehose_logging.local.gateway.control import Control
from firehose_logging.local.gateway.credentials import KeyRing
from firehose_logging.local.gateway.cures.kms_key_ids import KmsKeyIds
from firehose_logging.local.gateway.cures.lambda_invoke import LambdaInvoke
from firehose_logging.local.gateway.cures.lambda_logging import LambdaLoggingConfig
from firehose_logging.local.gateway.cures.opensearch_domains import OpenSearchDomains
from firehose_logging.local.gateway.cures.s3_keys import S3Keys
from firehose_logging.local.gateway.cures.s3_unsupported import S3Unsupported
from firehose_logging.local.gateway.cures.security_group_rules import SecurityGroupRules
from firehose_logging.local.gateway.cures.session_policies import SessionPolicies
from firehose_logging.local.gateway.functions.code import CodeStore
from firehose_logging.local.gateway.functions.functions import Functions, Surroundings
from firehose_logging.local.gateway.functions.role import FunctionRoles
from firehose_logging.local.gateway.moto_backend import MotoBackend
from firehose_logging.local.gateway.server import HttpServer, bind
from firehose_logging.local.gateway.service_clients import ServiceClients

REGION = "eu-west-1"


class RecordedEndpoints:
    """Domain endpoints that are addresses only."""

    def __init__(self) -> None:
        self.open_now: dict[str, str] = {}
        self.refuse = ""

    async def open(self, domain_name: str) -> str:
        if self.refuse:
            raise OSError(self.refuse)
        self.open_now[domain_name] = f"localhost:{40000 + len(self.open_now)}"
        return self.open_now[domain_name]

    async def close(self, domain_name: str) -> None:
        self.open_now.pop(domain_name, None)

    async def stop(self) -> None:
        self.open_now.clear()


class EchoService:
    """A service of our own that answers with what the gateway told it.

    Attributes:
        calls: how many it was asked.
    """

    def __init__(self) -> None:
        self.calls = 0

    async def handle(self, call: ApiCall) -> ApiAnswer:
        self.calls += 1
        if call.operation == "Refuse":
            raise ApiError("LimitExceededException", "too many")
        if call.operation == "Break":
            raise ZeroDivisionError("broken")
        lines = [call.service, call.operation, call.region, call.principal.arn]
        return ApiAnswer(200, "\n".join(lines).encode() + b"\n" + call.body)


class GatewayUnderTest:
    """What a test needs to know of the gateway."""

    def __init__(self, url: str, access_key_id: str, secret_access_key: str) -> None:
        self.url = url
        self.endpoints = RecordedEndpoints()
        self.echo = EchoService()
        self._keys = (access_key_id, secret_access_key)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead another program here."""
        access_key_id, secret_access_key = self._keys
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret_access_key,
        }

    def client(self, service: str) -> Any:
        make: Any = boto3.client  # the stubs know one overload per service
        return make(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self._keys[0],
            aws_secret_access_key=self._keys[1],
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    async def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Call an operation by its boto3 name, in a thread."""

        def call() -> Any:
            client = self.client(service)
            try:
                return getattr(client, operation)(**parameters)
            finally:
                client.close()

        return await asyncio.to_thread(call)

    async def send(
        self,
        service: str,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request by hand, signed by the administrator."""
        request = AWSRequest(method, self.url + path, data=body, headers=dict(headers or {}))
        make = S3SigV4Auth if service == "s3" else SigV4Auth
        make(Credentials(*self._keys), service, REGION).add_auth(request)
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.request(
                method, self.url + path, content=body, headers=dict(request.headers.items())
            )


@pytest.fixture(scope="module")
async def gateway(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[GatewayUnderTest]:
    moto = MotoBackend()
    await moto.start()
    listener = bind("127.0.0.1", 0)
    key = create_administrator()
    under_test = GatewayUnderTest(
        f"http://127.0.0.1:{listener.getsockname()[1]}", key.access_key_id, key.secret_access_key
    )
    keys = KeyRing()
    clients = ServiceClients(under_test.url)
    logging_config = LambdaLoggingConfig()
    home = tmp_path_factory.mktemp("functions")
    functions = Functions(
        CodeStore(home),
        FunctionRoles(clients, keys),
        Surroundings(under_test.url, certifi.where(), home / "tmp"),
        logging_config.log_group_of,
    )
    cures = (
        OpenSearchDomains(under_test.endpoints),
        logging_config,
        LambdaInvoke(functions),
        S3Unsupported(),
        S3Keys(),
        KmsKeyIds(),
        SecurityGroupRules(),
        SessionPolicies(),
    )
    application = Gateway(
        authentication=Authentication(keys, time.time),
        authorization=Authorization(time.time),
        services={"firehose": under_test.echo},
        cures=cures,
        moto=moto,
        control=Control({}),
    )
    server = HttpServer(application, listener)
    await server.start()
    yield under_test
    await functions.stop()
    await server.stop()
    await clients.stop()
    await moto.stop()
