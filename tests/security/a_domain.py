"""A domain as AWS runs it, with the policies that Terraform writes, and all who may call it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from firehose_logging.domain_setup.function import handler
from firehose_logging.local.api import Principal
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.iam.authorize import authorize
from firehose_logging.local.iam.context import request_keys
from firehose_logging.local.iam.evaluate import CallerPolicies, Decision, ResourceSide
from firehose_logging.local.iam.needs import Need
from firehose_logging.local.iam.policy import PolicyKind, read_policy
from firehose_logging.local.iam.sigv4 import Secret, SignedRequest, verify

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
ACCOUNT = "123456789012"
DOMAIN_ARN = f"arn:aws:es:{REGION}:{ACCOUNT}:domain/logging-test"
INDEX = "records"
OWN = f"{INDEX}-2026-11-28"
BESIDE = f"{INDEX}-web-2026-11-28"
OTHERS = "payroll-2026-11-28"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:logging-test-domain-setup"

SETUP, DELIVERY, READERS, WRITERS = (
    f"arn:aws:iam::{ACCOUNT}:role/{name}"
    for name in ("domain-setup", "delivery", "readers", "writers")
)
"""The roles of ``tests/every_policy.tftest.hcl``."""

NEIGHBOUR = f"arn:aws:iam::{ACCOUNT}:role/neighbour"
"""Who delivers and reads another index of the same domain; the domain's policy lets it in."""

_ACCESS = "module.domain.aws_opensearch_domain.this[0]"
_IDENTITY = {
    SETUP: "module.domain_setup.aws_iam_role_policy.this[0]",
    DELIVERY: "module.delivery_stream.aws_iam_role_policy.this[0]",
}


def security_table() -> ModuleType:
    """Return the tool that reads every policy out of Terraform's state."""
    name = "security_table"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@dataclass
class Policies:
    """What Terraform wrote for the domain and its callers.

    Attributes:
        access: the domain's access policy.
        identity: by role ARN, the policy that is attached to it.
    """

    access: dict[str, Any]
    identity: dict[str, dict[str, Any]]

    @classmethod
    def written(cls) -> Policies:
        """Return those of the root module with every input that brings a permission."""
        tool = security_table()
        by_address = dict(tool.policies(tool.state()["root_module"]))
        identity = {role: by_address[address] for role, address in _IDENTITY.items()}
        everything = {"Sid": "N", "Effect": "Allow", "Action": "es:ESHttp*", "Resource": "*"}
        identity[NEIGHBOUR] = {"Version": "2012-10-17", "Statement": [everything]}
        return cls(by_address[_ACCESS], identity)

    def without(self, role: str, sid: str) -> Policies:
        """Return them without one statement of a role's own policy."""
        policy = self.identity[role]
        kept = [one for one in policy["Statement"] if one["Sid"] != sid]
        assert len(kept) < len(policy["Statement"]), f"{role} has no statement {sid}"
        return Policies(self.access, {**self.identity, role: {**policy, "Statement": kept}})

    def letting_in(self, role: str) -> Policies:
        """Return them with a statement of the domain's policy that lets a role do everything."""
        all_ = {
            "Sid": "Mutation",
            "Effect": "Allow",
            "Principal": {"AWS": role},
            "Action": "es:ESHttp*",
            "Resource": [DOMAIN_ARN, f"{DOMAIN_ARN}/*"],
        }
        access = {**self.access, "Statement": [*self.access["Statement"], all_]}
        return Policies(access, self.identity)

    def decide(self, principal: Principal, action: str, resource: str) -> Decision:
        """Decide as AWS's endpoint does."""
        own = self.identity.get(principal.role_arn or "")
        attached = [] if own is None else [read_policy(own, PolicyKind.IDENTITY, "own")]
        side = ResourceSide(ACCOUNT, read_policy(self.access, PolicyKind.RESOURCE, "access"))
        context = request_keys(now=time.time(), source_ip="192.0.2.1", secure=True, region=REGION)
        return authorize(
            principal,
            [Need(action, resource)],
            CallerPolicies(identity=tuple(attached)),
            lambda _need: side,
            context,
        )


def session_of(role: str, function: str | None = None) -> Principal:
    """Return a session of a role; ``function`` is whose credentials they are."""
    name = role.rpartition("/")[2]
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
    return Principal(arn, ACCOUNT, role_arn=role, source_function=function)


def keys_of(role: str, function: str | None = None) -> tuple[str, str]:
    """Return the access key of a session: one for each role and function."""
    name = role.rpartition("/")[2].upper()
    return f"AKIA{name}{(function or '').rpartition(':')[2].upper()}", f"secret of {name}"


def authenticate(request: SignedRequest) -> Principal:
    """Return whose key signed a request."""
    secrets = {}
    for role in (SETUP, DELIVERY, READERS, WRITERS, NEIGHBOUR):
        for function in (None, FUNCTION, f"{FUNCTION}-of-an-attacker"):
            key, secret = keys_of(role, function)
            secrets[key] = Secret(secret, session_of(role, function))
    return verify(request, secrets.get, time.time(), service="es", region=REGION).principal


@dataclass(frozen=True)
class Told:
    """What a call was answered."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()

    @property
    def by_iam(self) -> bool:
        """Whether the domain's endpoint refused it, before the engine saw it."""
        return self.status == 403 and "is not authorized to perform: es:ESHttp" in self.text

    @property
    def by_plugin(self) -> bool:
        """Whether the Security plugin refused it."""
        return self.status == 403 and "no permissions for" in self.text


@dataclass
class Domain:
    """The domain's endpoint, and the function that sets it up."""

    endpoint: str
    bundle: Path
    monkeypatch: pytest.MonkeyPatch

    async def call(
        self,
        role: str,
        method: str,
        path: str,
        document: Any = None,
        *,
        function: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """Call the domain as a session of a role, with JSON, or bytes as they are."""
        body = document if isinstance(document, bytes) else b""
        if document is not None and not isinstance(document, bytes):
            body = json.dumps(document).encode()
        kind = "application/x-ndjson" if isinstance(document, bytes) else "application/json"

        def send() -> Told:
            sent = {"content-type": kind} if body else {}
            if path.startswith("/_dashboards"):
                sent |= {"osd-xsrf": "true", "securitytenant": "global"}
            request = AWSRequest(
                method,
                f"https://{self.endpoint}{path}",
                data=body,
                headers={**sent, **(headers or {})},
            )
            SigV4Auth(Credentials(*keys_of(role, function)), "es", REGION).add_auth(request)
            http = URLLib3Session(verify=str(self.bundle))  # type: ignore[arg-type]  # or a bundle
            try:
                answer = http.send(request.prepare())
                return Told(answer.status_code, answer.content)
            finally:
                http.close()

        return await asyncio.to_thread(send)

    async def set_up(
        self, action: str = "create", event: Mapping[str, Any] | None = None, **configured: Any
    ) -> dict[str, dict[str, str]]:
        """Run the function as Lambda does, with its own credentials; return its steps by name."""
        key, secret = keys_of(SETUP, FUNCTION)
        self.monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        self.monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        self.monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        self.monkeypatch.delenv("AWS_PROFILE", raising=False)
        self.monkeypatch.setenv("AWS_CA_BUNDLE", str(self.bundle))
        configuration = {
            "endpoint": self.endpoint,
            "region": REGION,
            "index": INDEX,
            "retention_days": 30,
            "writers": [DELIVERY, WRITERS],
            "readers": [READERS],
            "settle_seconds": 20,
            "function": FUNCTION,
            **configured,
        }
        self.monkeypatch.setenv("FIREHOSE_LOGGING_SETUP", json.dumps(configuration))
        done = await asyncio.to_thread(handler, {"tf": {"action": action}, **(event or {})}, None)
        return {step["step"]: step for step in done["steps"]}


async def written(engine: OpenSearchEngine, index: str) -> None:
    document = {"message": index}
    await as_administrator(engine, "PUT", f"/{index}/_doc/1?refresh=true", document)


async def as_administrator(
    engine: OpenSearchEngine, method: str, path: str, document: Any = None
) -> Any:
    async with httpx.AsyncClient(base_url=engine.url, timeout=60) as http:
        headers = engine.headers_as_administrator()
        return await http.request(method, path, json=document, headers=headers)
