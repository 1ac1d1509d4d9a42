"""Index State Management: kept, validated, attached, carried out, enforced."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from firehose_logging.local.clock import ManualClock
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.engines.opensearch import OpenSearchEngine

from .conftest import ACCOUNT, Callers, Settings, Signer, open_policy, trust_in

ISM = "/_plugins/_ism"
DAY = 86_400.0
MASTER = f"arn:aws:iam::{ACCOUNT}:role/master"


class Domain:
    def __init__(self, client: httpx.AsyncClient, endpoints: DomainEndpoints, clock: ManualClock):
        self.client = client
        self.endpoints = endpoints
        self.clock = clock

    async def index(self, name: str) -> None:
        answer = await self.client.put(f"/{name}/_doc/1?refresh=true", json={"a": 1})
        assert answer.is_success, answer.text

    async def is_there(self, name: str) -> bool:
        return (await self.client.head(f"/{name}")).status_code == 200

    async def explain(self, name: str) -> Any:
        return (await self.client.get(f"{ISM}/explain/{name}")).json()

    async def days_pass(self, days: float) -> None:
        await self.clock.advance(days * DAY)
        await self.endpoints.index_manager.sweep()


@pytest.fixture
async def domain(
    engine: OpenSearchEngine, authority: Authority, settings: Settings
) -> AsyncIterator[Domain]:
    async with domain_of(engine, authority, settings) as made:
        yield made


@asynccontextmanager
async def domain_of(
    engine: OpenSearchEngine, authority: Authority, settings: Settings
) -> AsyncIterator[Domain]:
    clock = ManualClock()
    endpoints = DomainEndpoints(engine, authority, settings.of, clock=clock)
    url = f"https://{await endpoints.open('logs')}"
    trust: ssl.SSLContext = trust_in(authority)
    async with httpx.AsyncClient(base_url=url, verify=trust, timeout=60) as client:
        yield Domain(client, endpoints, clock)
        for kept in (await client.get(f"{ISM}/policies")).json()["policies"]:
            await client.delete(f"{ISM}/policies/{kept['_id']}")
        await client.delete("/ism-*")
    await endpoints.stop()


def retention(days: int, patterns: list[str], priority: int = 1) -> dict[str, Any]:
    return {
        "policy": {
            "description": f"kept for {days} days",
            "default_state": "kept",
            "states": [
                {
                    "name": "kept",
                    "actions": [],
                    "transitions": [
                        {"state_name": "deleted", "conditions": {"min_index_age": f"{days}d"}}
                    ],
                },
                {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
            ],
            "ism_template": [{"index_patterns": patterns, "priority": priority}],
        }
    }


async def test_a_policy_is_created_read_updated_and_deleted(domain: Domain) -> None:
    path = f"{ISM}/policies/ism_life"
    made = await domain.client.put(path, json=retention(30, ["ism-life-*"]))
    assert made.status_code == 201
    assert made.json()["policy"]["policy"]["policy_id"] == "ism_life"
    read = (await domain.client.get(path)).json()
    assert read["policy"]["states"][1]["actions"][0]["delete"] == {}

    again = await domain.client.put(path, json=retention(7, ["ism-life-*"]))
    assert again.status_code == 409
    assert again.json()["error"]["type"] == "version_conflict_engine_exception"
    version = f"?if_seq_no={read['_seq_no']}&if_primary_term={read['_primary_term']}"
    updated = await domain.client.put(path + version, json=retention(7, ["ism-life-*"]))
    assert updated.status_code == 200
    late = await domain.client.put(path + version, json=retention(8, ["ism-life-*"]))
    assert late.status_code == 409

    assert (await domain.client.delete(path)).json()["result"] == "deleted"
    gone = await domain.client.get(path)
    assert gone.status_code == 404
    assert gone.json()["error"]["reason"] == "Policy not found"


async def test_overlapping_templates_of_equal_priority_are_refused(domain: Domain) -> None:
    await domain.client.put(f"{ISM}/policies/ism_a", json=retention(1, ["ism-over-*"], 5))
    rival = await domain.client.put(f"{ISM}/policies/ism_b", json=retention(1, ["ism-*"], 5))
    assert rival.status_code == 400
    assert "please use a different priority than 5" in rival.json()["error"]["reason"]


async def test_what_is_no_policy_is_refused(domain: Domain) -> None:
    broken = await domain.client.put(f"{ISM}/policies/ism_bad", json={"policy": {"x": 1}})
    assert broken.status_code == 400
    assert broken.json()["error"]["reason"] == "Invalid field: [x] found in Policy."
    no_json = await domain.client.put(f"{ISM}/policies/ism_bad", content=b"{")
    assert no_json.status_code == 400


async def test_an_index_is_attached_when_it_is_made_after_the_policy_and_deleted_by_age(
    domain: Domain,
) -> None:
    await domain.index("ism-age-before")
    await domain.client.put(f"{ISM}/policies/ism_age", json=retention(30, ["ism-age-*"]))
    await domain.index("ism-age-after")
    explained = await domain.explain("ism-age-*")
    policy_id = "index.plugins.index_state_management.policy_id"
    assert explained["ism-age-after"][policy_id] == "ism_age"
    assert explained["ism-age-before"][policy_id] is None
    assert explained["total_managed_indices"] == 1

    await domain.days_pass(29)
    assert await domain.is_there("ism-age-after")
    assert (await domain.explain("ism-age-after"))["ism-age-after"]["state"]["name"] == "kept"
    await domain.days_pass(1)
    assert not await domain.is_there("ism-age-after")
    assert await domain.is_there("ism-age-before")


async def test_an_existing_index_is_added_and_moved_to_a_changed_policy(domain: Domain) -> None:
    await domain.index("ism-hand")
    await domain.client.put(f"{ISM}/policies/ism_hand", json=retention(30, ["nothing-*"]))
    body = {"policy_id": "ism_hand"}
    added = (await domain.client.post(f"{ISM}/add/ism-hand", json=body)).json()
    assert added == {"updated_indices": 1, "failures": False, "failed_indices": []}
    again = (await domain.client.post(f"{ISM}/add/ism-hand", json=body)).json()
    assert again["failed_indices"][0]["reason"].startswith("This index already has a policy")

    read = (await domain.client.get(f"{ISM}/policies/ism_hand")).json()
    version = f"if_seq_no={read['_seq_no']}&if_primary_term={read['_primary_term']}"
    shorter = retention(7, ["nothing-*"])
    await domain.client.put(f"{ISM}/policies/ism_hand?{version}", json=shorter)
    await domain.days_pass(8)
    assert await domain.is_there("ism-hand"), "an updated policy reaches no managed index by itself"
    await domain.client.post(f"{ISM}/change_policy/ism-hand", json=body)

    await domain.days_pass(0)
    assert not await domain.is_there("ism-hand")


async def test_an_index_that_is_removed_is_kept_until_it_is_added_again(domain: Domain) -> None:
    await domain.index("ism-removed")
    await domain.client.put(f"{ISM}/policies/ism_removed", json=retention(7, ["nothing-*"]))
    body = {"policy_id": "ism_removed"}
    await domain.client.post(f"{ISM}/add/ism-removed", json=body)
    removed = (await domain.client.post(f"{ISM}/remove/ism-removed")).json()
    assert removed == {"updated_indices": 1, "failures": False, "failed_indices": []}
    await domain.days_pass(8)
    assert await domain.is_there("ism-removed")
    await domain.client.post(f"{ISM}/add/ism-removed", json=body)
    await domain.days_pass(7)
    assert not await domain.is_there("ism-removed")


async def test_an_action_that_is_not_supported_fails_and_says_so(domain: Domain) -> None:
    states = [{"name": "moved", "actions": [{"warm_migration": {}}], "transitions": []}]
    body = {"policy": {"description": "", "default_state": "moved", "states": states}}
    await domain.index("ism-warm")
    await domain.client.put(f"{ISM}/policies/ism_warm", json=body)
    await domain.client.post(f"{ISM}/add/ism-warm", json={"policy_id": "ism_warm"})
    await domain.days_pass(1)
    explained = (await domain.explain("ism-warm"))["ism-warm"]
    assert explained["retry_info"]["failed"] is True
    assert "not supported by the local stack" in explained["info"]["message"]
    retried = (await domain.client.post(f"{ISM}/retry/ism-warm")).json()
    assert retried["updated_indices"] == 1


async def test_read_only_and_close_are_done_to_the_index(domain: Domain) -> None:
    states = [{"name": "done", "actions": [{"read_only": {}}], "transitions": []}]
    body = {"policy": {"description": "", "default_state": "done", "states": states}}
    await domain.index("ism-read")
    await domain.client.put(f"{ISM}/policies/ism_read", json=body)
    await domain.client.post(f"{ISM}/add/ism-read", json={"policy_id": "ism_read"})
    await domain.days_pass(1)
    blocked = await domain.client.put("/ism-read/_doc/2", json={"a": 1})
    assert blocked.json()["error"]["type"] == "cluster_block_exception"


async def test_policies_survive_another_start_of_the_stack(
    engine: OpenSearchEngine, authority: Authority, settings: Settings, domain: Domain
) -> None:
    await domain.client.put(f"{ISM}/policies/ism_kept", json=retention(30, ["ism-kept-*"]))
    async with domain_of(engine, authority, settings) as later:
        assert (await later.client.get(f"{ISM}/policies/ism_kept")).status_code == 200


async def test_an_index_that_is_not_there_is_the_engines_own_error(domain: Domain) -> None:
    answer = await domain.client.get(f"{ISM}/explain/ism-nowhere")
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "index_not_found_exception"


async def test_with_fine_grained_access_policies_ask_for_a_permission(
    guarded: httpx.AsyncClient, settings: Settings, callers: Callers
) -> None:
    settings.change(access_policy=open_policy(), fine_grained=True, master_arn=MASTER)
    master, keeper = Signer(callers.role("master")), Signer(callers.role("keeper"))
    path = f"{ISM}/policies/ism_fgac"
    refused = await guarded.put(path, json=retention(30, ["ism-fgac-*"]), auth=keeper)
    assert refused.status_code == 403
    reason = refused.json()["error"]["reason"]
    assert reason.startswith("no permissions for [cluster:admin/opendistro/ism/policy/write]")
    assert f"name=arn:aws:iam::{ACCOUNT}:role/keeper" in reason

    security = "/_plugins/_security/api"
    role = {"cluster_permissions": ["cluster:admin/opendistro/ism/*"]}
    await guarded.put(f"{security}/roles/ism_keeper", json=role, auth=master)
    mapping = {"backend_roles": [f"arn:aws:iam::{ACCOUNT}:role/keeper"]}
    await guarded.put(f"{security}/rolesmapping/ism_keeper", json=mapping, auth=master)
    made = await guarded.put(path, json=retention(30, ["ism-fgac-*"]), auth=keeper)
    assert made.status_code == 201, made.text
    assert (await guarded.delete(path, auth=keeper)).status_code == 200
    nobody = await guarded.get(path)
    assert (nobody.status_code, nobody.text) == (401, "Unauthorized")
    assert json.loads(made.text)["policy"]["policy"]["policy_id"] == "ism_fgac"
