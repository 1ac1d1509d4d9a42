"""A domain endpoint before real OpenSearch, and callers who sign."""

import hashlib
import json
import ssl
import time
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from firehose_logging.local.api import Principal
from firehose_logging.local.domain.admission import DomainCall
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.domain.settings import DomainSettings
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.iam.authorize import authorize
from firehose_logging.local.iam.context import ANONYMOUS, request_keys
from firehose_logging.local.iam.evaluate import CallerPolicies, Decision, ResourceSide
from firehose_logging.local.iam.needs import Need
from firehose_logging.local.iam.policy import PolicyKind, read_policy
from firehose_logging.local.iam.sigv4 import Secret, SignedRequest, verify

REGION = "eu-west-1"
ACCOUNT = "123456789012"
DOMAIN_ARN = f"arn:aws:es:{REGION}:{ACCOUNT}:domain/logs"


def open_policy(**changes: Any) -> str:
    """Return an access policy that lets everyone in, or what is changed in it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "es:ESHttp*",
        "Resource": f"{DOMAIN_ARN}/*",
        **changes,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Settings:
    """A domain's record that a test may change."""

    def __init__(self) -> None:
        self.now = DomainSettings(arn=DOMAIN_ARN)

    def change(self, **changes: Any) -> None:
        self.now = replace(self.now, **changes)

    def of(self, domain_name: str) -> DomainSettings:
        assert domain_name == "logs"
        return self.now


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), time.time())


@pytest.fixture
def settings() -> Settings:
    return Settings()


class Callers:
    """Who has keys, and which policies are attached to them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secrets: dict[str, Secret] = {}
        self.policies: dict[str, CallerPolicies] = {}

    def role(self, name: str) -> SigV4Auth:
        """Return the signature of a session of a role."""
        role_arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        session_arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
        return self._issue(name, Principal(session_arn, ACCOUNT, role_arn=role_arn))

    def user(self, name: str) -> SigV4Auth:
        """Return the signature of a user."""
        return self._issue(name, Principal(f"arn:aws:iam::{ACCOUNT}:user/{name}", ACCOUNT))

    def _issue(self, name: str, principal: Principal) -> SigV4Auth:
        key = f"AKIA{name.upper()}"
        self._secrets[key] = Secret(f"secret of {name}", principal)
        return SigV4Auth(Credentials(key, f"secret of {name}"), "es", REGION)

    def attach(self, arn: str, *documents: dict[str, Any]) -> None:
        """Attach identity-based policies to a principal."""
        policies = tuple(
            read_policy(document, PolicyKind.IDENTITY, "a test's") for document in documents
        )
        self.policies[arn] = CallerPolicies(identity=policies)

    def authenticate(self, request: SignedRequest) -> Principal:
        if not any(name.lower() == "authorization" for name, _ in request.headers):
            return ANONYMOUS
        return verify(request, self._secrets.get, time.time(), service="es").principal

    def authorize(
        self, principal: Principal, action: str, resource: str, call: DomainCall
    ) -> Decision:
        document = self._settings.now.access_policy
        policy = read_policy(document, PolicyKind.RESOURCE, "the test's") if document else None
        keys = request_keys(now=time.time(), source_ip=call.source_ip, secure=True, region=REGION)
        return authorize(
            principal,
            [Need(action, resource)],
            self.policies.get(principal.arn, CallerPolicies()),
            lambda _need: ResourceSide(ACCOUNT, policy),
            keys,
        )


class Signer(httpx.Auth):
    """Sign as botocore does."""

    requires_request_body = True

    def __init__(self, signature: SigV4Auth) -> None:
        self._signature = signature

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["x-amz-content-sha256"] = hashlib.sha256(request.content).hexdigest()
        wire = AWSRequest(
            request.method,
            str(request.url),
            data=request.content,
            headers={"x-amz-content-sha256": request.headers["x-amz-content-sha256"]},
        )
        self._signature.add_auth(wire)
        request.headers.update(dict(wire.headers.items()))
        yield request


@pytest.fixture
def callers(settings: Settings) -> Callers:
    return Callers(settings)


@pytest.fixture
async def endpoint(
    engine: OpenSearchEngine, authority: Authority, settings: Settings
) -> AsyncIterator[str]:
    """The base URL of the domain ``logs``, whose callers nobody asks who they are."""
    endpoints = DomainEndpoints(engine, authority, settings.of)
    yield f"https://{await endpoints.open('logs')}"
    await endpoints.stop()


@pytest.fixture
async def guarded(
    engine: OpenSearchEngine, authority: Authority, settings: Settings, callers: Callers
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the domain ``logs``, which verifies signatures and evaluates policies."""
    endpoints = DomainEndpoints(
        engine,
        authority,
        settings.of,
        authenticate=callers.authenticate,
        authorize=callers.authorize,
    )
    url = f"https://{await endpoints.open('logs')}"
    async with httpx.AsyncClient(base_url=url, verify=trust_in(authority), timeout=60) as made:
        yield made
    await endpoints.stop()


@pytest.fixture
async def client(endpoint: str, authority: Authority) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=endpoint, verify=trust_in(authority), timeout=60) as made:
        yield made


def trust_in(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.bundle))
