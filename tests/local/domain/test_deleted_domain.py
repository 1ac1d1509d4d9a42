"""What is left of a domain that was deleted: nothing, unless the engine is borrowed."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.engines.external import ExternalEngine
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.engines.osmem import OsmemEngine

from .conftest import ACCOUNT, Callers, Settings, Signer, open_policy, trust_in

MASTER = f"arn:aws:iam::{ACCOUNT}:role/master"
SECURITY = "/_plugins/_security/api"


async def names(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> set[str]:
    answer = await client.get(path, headers=headers)
    found: dict[str, Any] = answer.json()
    return set(found)


async def test_a_domain_that_is_made_anew_is_empty(
    engine: OpenSearchEngine, authority: Authority, settings: Settings, callers: Callers
) -> None:
    settings.change(access_policy=open_policy(), fine_grained=True, master_arn=MASTER)
    endpoints = DomainEndpoints(engine, authority, settings.of, authenticate=callers.authenticate)
    master = Signer(callers.role("master"))
    url = f"https://{await endpoints.open('logs')}"
    async with httpx.AsyncClient(verify=trust_in(authority), timeout=60, auth=master) as client:
        made = [
            await client.put(f"{url}/cleared-1/_doc/1", json={"a": 1}),
            await client.put(f"{url}/_index_template/cleared", json={"index_patterns": ["c-*"]}),
            await client.put(
                f"{url}{SECURITY}/roles/cleared", json={"cluster_permissions": ["cluster_monitor"]}
            ),
            await client.put(f"{url}{SECURITY}/rolesmapping/cleared", json={"users": ["x"]}),
        ]
        assert [answer.status_code for answer in made] == [201, 200, 201, 201]
    await endpoints.close("logs")

    headers = dict(engine.headers_as_administrator())
    async with httpx.AsyncClient(base_url=engine.url, timeout=60) as direct:
        assert (await direct.head("/cleared-1", headers=headers)).status_code == 404
        template = await direct.head("/_index_template/cleared", headers=headers)
        assert template.status_code == 404
        assert "cleared" not in await names(direct, f"{SECURITY}/roles", headers)
        assert "cleared" not in await names(direct, f"{SECURITY}/rolesmapping", headers)
        mapping = (await direct.get(f"{SECURITY}/rolesmapping/all_access", headers=headers)).json()
        assert MASTER not in mapping["all_access"]["backend_roles"]

    url = f"https://{await endpoints.open('logs')}"
    async with httpx.AsyncClient(verify=trust_in(authority), timeout=60, auth=master) as client:
        assert (await client.get(f"{url}/_cat/indices")).status_code == 200
    await endpoints.stop()


@pytest.mark.parametrize(("borrowed", "left"), [(True, 200), (False, 404)])
async def test_a_borrowed_engine_keeps_everything(
    authority: Authority, settings: Settings, tmp_path: Path, borrowed: bool, left: int
) -> None:
    osmem = OsmemEngine(tmp_path / "osmem", print)
    await osmem.start()
    other = ExternalEngine(osmem.url, print)
    await other.start()
    endpoints = DomainEndpoints(other if borrowed else osmem, authority, settings.of)
    url = f"https://{await endpoints.open('logs')}"
    async with httpx.AsyncClient(verify=trust_in(authority), timeout=60) as client:
        assert (await client.put(f"{url}/kept/_doc/1", json={"a": 1})).status_code == 201
        await endpoints.close("logs")
        assert (await client.get(f"{osmem.url}/kept/_search")).status_code == left
    await endpoints.stop()
    await osmem.stop()


async def test_the_end_of_the_stack_clears_nothing(
    authority: Authority, settings: Settings, tmp_path: Path
) -> None:
    osmem = OsmemEngine(tmp_path / "osmem", print)
    await osmem.start()
    endpoints = DomainEndpoints(osmem, authority, settings.of)
    url = f"https://{await endpoints.open('logs')}"
    async with httpx.AsyncClient(verify=trust_in(authority), timeout=60) as client:
        await client.put(f"{url}/kept/_doc/1", json={"a": 1})
        await endpoints.stop()
        assert (await client.get(f"{osmem.url}/kept/_search")).status_code == 200
    await osmem.stop()
