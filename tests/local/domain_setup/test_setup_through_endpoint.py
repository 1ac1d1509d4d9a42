"""The function against a domain as Amazon has it: TLS, signatures, a master, ISM, Dashboards."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from firehose_logging.domain_setup.answer import Answer, Call
from firehose_logging.domain_setup.client import SignedSender
from firehose_logging.domain_setup.function import DomainSetupFailed, handler
from firehose_logging.local.api import Principal
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.domain.settings import DomainSettings
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.iam.sigv4 import Secret, SignedRequest, verify

REGION = "eu-west-1"
ACCOUNT = "123456789012"
MASTER = f"arn:aws:iam::{ACCOUNT}:role/domain-setup"
WRITER = f"arn:aws:iam::{ACCOUNT}:role/stream"
READER = f"arn:aws:iam::{ACCOUNT}:role/readers"


class Keys:
    """Who has keys: each role one of its own, named like it."""

    @staticmethod
    def of(role_arn: str) -> tuple[str, str]:
        name = role_arn.rpartition("/")[2]
        return f"AKIA{name.upper()}", f"secret of {name}"

    def authenticate(self, request: SignedRequest) -> Principal:
        secrets = {}
        for role_arn in (MASTER, WRITER, READER):
            key, secret = self.of(role_arn)
            name = role_arn.rpartition("/")[2]
            session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
            secrets[key] = Secret(secret, Principal(session, ACCOUNT, role_arn=role_arn))
        return verify(request, secrets.get, time.time(), service="es", region=REGION).principal


@dataclass
class Amazon:
    """A domain with fine-grained access control, whose master is the function's role."""

    endpoint: str
    bundle: Path
    as_role: Callable[[str], None]
    configure: Callable[[Mapping[str, Any]], None]

    async def invoke(self, action: str = "create", **configured: Any) -> dict[str, dict[str, str]]:
        """Run the function as Lambda does, and return its steps by name."""
        self.as_role(MASTER)
        self.configure(
            {
                "endpoint": self.endpoint,
                "region": REGION,
                "index": "amazon",
                "writers": [WRITER],
                "readers": [READER],
                "settle_seconds": 20,
                **configured,
            }
        )
        done = await asyncio.to_thread(handler, {"tf": {"action": action}}, None)
        return {step["step"]: step for step in done["steps"]}

    async def call(self, role_arn: str, method: str, path: str, document: Any = None) -> Answer:
        """Call the domain as a session of a role."""

        def send() -> Answer:
            session = Session()
            key, secret = Keys.of(role_arn)
            session.set_credentials(key, secret)
            sender = SignedSender(self.endpoint, REGION, session)
            headers = {"osd-xsrf": "true"} if path.startswith("/_dashboards") else {}
            try:
                return sender(Call(method, path, {}, document, headers))
            finally:
                sender.close()

        return await asyncio.to_thread(send)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), time.time())


@pytest.fixture
async def amazon(
    engine: OpenSearchEngine, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Amazon]:
    arn = f"arn:aws:es:{REGION}:{ACCOUNT}:domain/amazon"
    settings = DomainSettings(arn=arn, fine_grained=True, master_arn=MASTER)
    endpoints = DomainEndpoints(
        engine, authority, lambda _name: settings, authenticate=Keys().authenticate
    )
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.bundle))

    def as_role(role_arn: str) -> None:
        key, secret = Keys.of(role_arn)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        monkeypatch.delenv("AWS_PROFILE", raising=False)

    def configure(configuration: Mapping[str, Any]) -> None:
        monkeypatch.setenv("FIREHOSE_LOGGING_SETUP", json.dumps(configuration))

    made = Amazon(await endpoints.open("amazon"), authority.bundle, as_role, configure)
    yield made
    await made.invoke("delete", delete_indexes=True)
    await endpoints.stop()


async def test_everything_is_made_once_and_taken_away_again(amazon: Amazon) -> None:
    made = await amazon.invoke(retention_days=30)
    assert "left_out" not in {step["state"] for step in made.values()}, made
    again = await amazon.invoke(retention_days=30)
    assert {step["state"] for step in again.values()} == {"unchanged"}, again
    gone = await amazon.invoke("delete", retention_days=30)
    kept = {"domain", "neighbours", "administrators", "indexes"}
    assert {name for name, step in gone.items() if step["state"] != "removed"} == kept, gone


async def test_indexes_that_were_there_before_are_deleted_by_age_too(amazon: Amazon) -> None:
    await amazon.call(MASTER, "PUT", "/amazon-2026-01-01")
    await amazon.call(MASTER, "PUT", "/amazon-web-2026-01-01")
    await amazon.invoke(retention_days=30)
    explained = (await amazon.call(MASTER, "GET", "/_plugins/_ism/explain/amazon-*")).mapping
    policies = {
        name: state.get("index.plugins.index_state_management.policy_id")
        for name, state in explained.items()
        if name.startswith("amazon-")
    }
    assert policies == {
        "amazon-2026-01-01": "firehose-logging-amazon",
        "amazon-web-2026-01-01": None,
    }
    changed = await amazon.invoke(retention_days=7)
    assert changed["retention_policy"]["state"] == "updated"
    policy = (
        await amazon.call(MASTER, "GET", "/_plugins/_ism/policies/firehose-logging-amazon")
    ).mapping["policy"]
    assert policy["states"][0]["transitions"][0]["conditions"] == {"min_index_age": "8d"}
    await amazon.call(MASTER, "DELETE", "/amazon-web-2026-01-01")


async def test_the_writer_writes_through_the_endpoint_and_reads_nothing(amazon: Amazon) -> None:
    await amazon.invoke()
    document = {"message": "written"}
    assert (await amazon.call(WRITER, "PUT", "/amazon-2026-11-22/_doc/1", document)).status == 201
    assert (await amazon.call(WRITER, "PUT", "/other-2026-11-22/_doc/1", document)).status == 403
    roles = "/_plugins/_security/api/roles"
    assert (await amazon.call(WRITER, "GET", roles)).status == 403


async def test_readers_find_records_and_see_the_dashboard(amazon: Amazon) -> None:
    await amazon.invoke()
    await amazon.call(MASTER, "PUT", "/amazon-2026-11-22/_doc/1", {"message": "x"})
    assert (await amazon.call(READER, "GET", "/amazon-*/_search")).is_success
    base = "/_dashboards/api/saved_objects"
    pattern = await amazon.call(READER, "GET", f"{base}/index-pattern/firehose-logging-amazon")
    assert pattern.mapping["attributes"]["title"] == "amazon-*"
    dashboard = await amazon.call(READER, "GET", f"{base}/dashboard/firehose-logging-amazon")
    assert dashboard.mapping["attributes"]["title"] == "amazon: errors"
    assert len(json.loads(dashboard.mapping["attributes"]["panelsJSON"])) == 4
    for part in dashboard.mapping["references"]:
        found = await amazon.call(READER, "GET", f"{base}/{part['type']}/{part['id']}")
        assert found.is_success, found


async def test_who_is_not_the_master_is_told_what_to_do(amazon: Amazon) -> None:
    amazon.as_role(READER)
    amazon.configure({"endpoint": amazon.endpoint, "region": REGION, "index": "amazon"})
    with pytest.raises(DomainSetupFailed) as caught:
        await asyncio.to_thread(handler, {}, None)
    assert "make the caller's ARN the domain's master user" in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_another_regions_signature_is_told_so(amazon: Amazon) -> None:
    with pytest.raises(DomainSetupFailed, match="check that region is the domain's"):
        await amazon.invoke(region="us-east-1")
