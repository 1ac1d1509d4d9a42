"""Callers who want more of a domain than they were given, on real OpenSearch.

Each is let in by the policies that Terraform writes; the endpoint checks them, then the Security
plugin checks the role within the domain.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session

from firehose_logging.domain_setup.answer import Answer, Call
from firehose_logging.domain_setup.client import Domain as SetUpDomain
from firehose_logging.domain_setup.client import encoded
from firehose_logging.domain_setup.function import DomainSetupFailed
from firehose_logging.domain_setup.request import SetupCall, SetupRequest
from firehose_logging.domain_setup.sequence import perform
from firehose_logging.domain_setup.settling import Patience
from firehose_logging.local.engines.opensearch import OpenSearchEngine

from .a_domain import (
    BESIDE,
    DELIVERY,
    DOMAIN_ARN,
    FUNCTION,
    INDEX,
    NEIGHBOUR,
    OTHERS,
    OWN,
    READERS,
    REGION,
    SETUP,
    WRITERS,
    Domain,
    Policies,
    Told,
    as_administrator,
    session_of,
    written,
)

OF_NEIGHBOUR = FUNCTION.replace("logging-test", "web")


async def soon(look: Callable[[], Awaitable[Told]], status: int) -> Told:
    """Return the answer once it has that status: the plugin applies new roles a moment later."""
    for _ in range(30):
        told = await look()
        if told.status == status:
            break
        await asyncio.sleep(0.1)
    return told


# The function.


async def test_the_function_needs_no_more_than_its_policy_lets_it_do(domain: Domain) -> None:
    again = await domain.set_up()
    assert {step["state"] for step in again.values()} == {"unchanged"}, again
    changed = await domain.set_up(retention_days=7, readers=[], administrators=[NEIGHBOUR])
    assert changed["retention_policy"]["state"] == changed["administrators"]["state"] == "updated"
    gone = await domain.set_up("delete", administrators=[NEIGHBOUR])
    assert gone["index_template"]["state"] == "removed"
    await domain.set_up()


async def test_who_invokes_the_function_cant_become_master_or_delete_indexes(
    domain: Domain,
) -> None:
    for event in (
        {"administrators": [NEIGHBOUR]},
        {"readers": [NEIGHBOUR], "index": "payroll"},
        {"endpoint": "localhost:1"},
        {"delete_indexes": True},
    ):
        with pytest.raises(DomainSetupFailed, match="does not belong in the event"):
            await domain.set_up(event=event)
    previous = {"index": "payroll", "delete_indexes": True, "endpoint": "localhost:1"}
    await domain.set_up(event={"tf": {"action": "update", "prev_input": previous}})
    await domain.set_up(event={"tf": {"action": "delete", "prev_input": previous}})
    await domain.set_up()
    read = "/_plugins/_security/api/rolesmapping"
    mapped = json.loads((await domain.call(SETUP, "GET", read, function=FUNCTION)).body)
    assert NEIGHBOUR not in json.dumps(mapped)
    for index in (OWN, OTHERS):
        assert (await domain.call(NEIGHBOUR, "GET", f"/{index}")).status != 404


FORBIDDEN: list[tuple[str, str, Any]] = [
    ("DELETE", f"/{OWN}", None),
    ("DELETE", f"/{INDEX}-20*", None),
    ("GET", f"/{OWN}/_search", None),
    ("POST", f"/{OWN}/_search", {}),
    ("POST", "/_msearch", b'{"index": "payroll-2026-11-28"}\n{}\n'),
    ("GET", "/_cat/indices", None),
    ("PUT", "/_cluster/settings", {"transient": {}}),
    ("PUT", f"/{OTHERS}/_doc/2", {"message": "forged"}),
    ("POST", "/_bulk", b'{"index": {"_index": "payroll-2026-11-28"}}\n{}\n'),
    ("POST", "/_aliases", {"actions": [{"remove_index": {"index": OWN}}]}),
    ("PUT", "/_index_template/of-somebody-else", {"index_patterns": ["payroll-*"]}),
    ("PUT", "/_plugins/_security/api/roles/backdoor", {"cluster_permissions": ["*"]}),
    ("PATCH", "/_plugins/_security/api/roles", []),
    ("PATCH", "/_plugins/_security/api/rolesmapping", []),
    ("PUT", "/_plugins/_security/api/rolesmapping/security_manager", {"users": ["x"]}),
    ("PUT", "/_plugins/_security/api/internalusers/backdoor", {"password": "x"}),
    ("GET", "/_plugins/_security/api/internalusers", None),
    ("PUT", "/_opendistro/_security/api/roles/firehose-logging-x", {}),
    ("PUT", "/_plugins/_ism/policies/of-somebody-else", {}),
    ("POST", f"/_plugins/_ism/add/{OTHERS}", {"policy_id": f"firehose-logging-{INDEX}"}),
    ("POST", "/_plugins/_ism/add/*", {"policy_id": f"firehose-logging-{INDEX}"}),
    ("POST", f"/_plugins/_ism/add/{OWN},{OTHERS}", {"policy_id": f"firehose-logging-{INDEX}"}),
    ("DELETE", "/_index_template/firehose-logging-x,of-somebody-else", None),
    ("GET", "/_dashboards/api/saved_objects/_find", None),
    ("POST", "/_dashboards/api/saved_objects/_import", {}),
    ("DELETE", "/_dashboards/api/saved_objects/dashboard/of-somebody-else", None),
    ("POST", "/_dashboards/api/console/proxy?path=_search&method=GET", {}),
    ("PUT", "/_snapshot/backdoor", {}),
    ("PUT", "/_plugins/_security/api/roles/firehose-logging-x/../backdoor", {}),
]
"""What whoever holds the function's own credentials may not do, by method, path and body."""


@pytest.mark.parametrize(("method", "path", "document"), FORBIDDEN)
async def test_the_functions_credentials_reach_no_path_but_those_of_its_steps(
    domain: Domain, method: str, path: str, document: Any
) -> None:
    told = await domain.call(SETUP, method, path, document, function=FUNCTION)
    assert told.by_iam, told


async def test_the_functions_credentials_reach_nothing_by_a_path_that_reads_in_two_ways(
    domain: Domain,
) -> None:
    path = "/_plugins/_security/api/roles/firehose-logging-x%2F..%2Fbackdoor"
    told = await domain.call(SETUP, "PUT", path, {}, function=FUNCTION)
    assert (told.status, "can be read in two ways" in told.text) == (400, True)


@pytest.mark.parametrize(
    ("method", "path"),
    # Lists are denied whatever allows them; dot segments lead to a path that is tried by itself.
    [(method, path) for method, path, _ in FORBIDDEN if "," not in path and ".." not in path],
)
def test_a_statement_for_the_set_up_role_in_the_domains_policy_would_let_it_through(
    policies: Policies, method: str, path: str
) -> None:
    path = path.partition("?")[0]
    asked = (session_of(SETUP, FUNCTION), f"es:ESHttp{method.capitalize()}", DOMAIN_ARN + path)
    assert not policies.decide(*asked).allowed
    assert policies.letting_in(SETUP).decide(*asked).allowed


@pytest.mark.parametrize("function", [None, f"{FUNCTION}-of-an-attacker"])
async def test_the_set_up_role_is_nobody_but_as_its_function(
    domain: Domain, function: str | None
) -> None:
    path = "/_plugins/_security/api/rolesmapping"
    assert (await domain.call(SETUP, "GET", path, function=FUNCTION)).status == 200
    assert (await domain.call(SETUP, "GET", path, function=function)).by_iam


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (OWN, True),
        (BESIDE, False),
        (OTHERS, False),
        ("*", False),
        (f"{OWN},{OTHERS}", False),
        (f"{INDEX}-20*,{OTHERS}", False),
        (f"{OWN}%2C{OTHERS}", False),
    ],
)
def test_the_right_to_delete_indexes_reaches_no_neighbour_not_even_in_a_list(
    with_deletion: Policies, path: str, allowed: bool
) -> None:
    asked = (session_of(SETUP, FUNCTION), "es:ESHttpDelete", f"{DOMAIN_ARN}/{path}")
    assert with_deletion.decide(*asked).allowed is allowed


# The delivery role, and others who write.


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("POST", "/_aliases", {"actions": [{"remove_index": {"index": OWN}}]}),
        ("POST", "/_aliases", {"actions": [{"add": {"index": OWN, "alias": "records-20x"}}]}),
        ("PUT", f"/{OWN}/_alias/records-20x", None),
        ("POST", f"/{OWN}/_delete_by_query", {"query": {"match_all": {}}}),
        ("POST", f"/{OWN}/_update_by_query", {}),
        ("POST", f"/{OWN}/_search", {}),
        ("POST", "/_search", {}),
        ("POST", "/_msearch", b'{"index": "records-2026-11-28"}\n{}\n'),
        ("POST", f"/{OWN}/_mget", {"ids": ["1"]}),
        ("POST", f"/{OWN}/_close", None),
        ("PUT", f"/{OWN}/_settings", {"index": {"blocks": {"write": True}}}),
        ("POST", f"/{OWN}/_shrink/records-20-x", {}),
        ("POST", "/_reindex", {"source": {"index": OTHERS}, "dest": {"index": OWN}}),
        ("PUT", "/_index_template/x", {"index_patterns": ["records-*"]}),
        ("PUT", "/_cluster/settings", {"transient": {"action.auto_create_index": "true"}}),
        ("POST", f"/{BESIDE}/_doc", {"message": "forged"}),
        ("POST", f"/{OTHERS}/_doc", {"message": "forged"}),
        ("PUT", f"/{INDEX}-web-2026-11-29", None),
    ],
)
async def test_the_delivery_role_only_writes_its_own_index(
    domain: Domain, method: str, path: str, document: Any
) -> None:
    told = await domain.call(DELIVERY, method, path, document)
    assert told.by_plugin, told


@pytest.mark.parametrize("role", [DELIVERY, WRITERS])
async def test_who_writes_deletes_no_record_in_bulk_and_none_of_a_neighbours(
    domain: Domain, role: str
) -> None:
    lines = [
        {"delete": {"_index": OWN, "_id": "1"}},
        {"delete": {"_index": OTHERS, "_id": "1"}},
        {"index": {"_index": BESIDE}},
        {"message": "forged"},
    ]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    told = await domain.call(role, "POST", "/_bulk", body)
    items = [item for entry in json.loads(told.body)["items"] for item in entry.values()]
    assert [item["status"] for item in items] == [403, 403, 403], told


# Readers.


@pytest.mark.parametrize("others", [BESIDE, OTHERS, f"{OWN},{OTHERS}"])
async def test_a_reader_of_an_index_reads_no_neighbour_however_alike_its_name_begins(
    domain: Domain, others: str
) -> None:
    assert (await domain.call(READERS, "GET", f"/{OWN}/_search")).status == 200
    assert (await domain.call(READERS, "GET", f"/{others}/_search")).status == 403
    body = json.dumps({"index": others.split(",")}).encode() + b"\n{}\n"
    told = await domain.call(READERS, "POST", "/_msearch", body)
    assert OTHERS not in told.text.replace("no permissions", "") or told.status == 403
    assert '"hits"' not in told.text


async def test_the_short_pattern_finds_a_readers_records_until_it_matches_a_neighbour(
    domain: Domain, engine: OpenSearchEngine
) -> None:
    refused = await domain.call(READERS, "GET", f"/{INDEX}-*/_search")
    assert refused.by_plugin, refused
    assert (await domain.call(READERS, "GET", f"/{INDEX}-20*/_search")).status == 200
    await as_administrator(engine, "DELETE", f"/{BESIDE}")
    assert OWN in (await domain.call(READERS, "GET", f"/{INDEX}-*/_search")).text
    await written(engine, BESIDE)


async def test_what_a_reader_does_to_the_dashboard_the_next_set_up_undoes(domain: Domain) -> None:
    base = "/_dashboards/api/saved_objects"
    name = f"firehose-logging-{INDEX}"
    pattern, dashboard = f"{base}/index-pattern/{name}", f"{base}/dashboard/{name}"
    before = [
        json.loads((await domain.call(READERS, "GET", path)).body)["attributes"]
        for path in (pattern, dashboard)
    ]
    nothing = {"attributes": {"title": "nothing-*", "timeFieldName": "x"}}
    assert (await domain.call(READERS, "POST", f"{pattern}?overwrite=true", nothing)).status == 200
    assert (await domain.call(READERS, "DELETE", dashboard)).status == 200
    forged = {"attributes": {"title": "all is well", "panelsJSON": "[]", "description": "mine"}}
    assert (await domain.call(READERS, "POST", dashboard, forged)).status == 200
    healed = await domain.set_up()
    assert healed["index_pattern"]["state"] == healed["dashboard"]["state"] == "updated"
    after = [
        json.loads((await domain.call(READERS, "GET", path)).body)["attributes"]
        for path in (pattern, dashboard)
    ]
    assert after == before


# Neighbours.


@pytest.mark.parametrize(("index", "rotation"), [(INDEX, "OneDay"), (f"{INDEX}-20x", "OneHour")])
async def test_a_set_up_that_would_reach_anothers_records_is_refused(
    domain: Domain, index: str, rotation: str
) -> None:
    with pytest.raises(DomainSetupFailed, match=f"overlaps the set-up of index {INDEX} "):
        await domain.set_up(
            index=index, rotation=rotation, readers=[NEIGHBOUR], function=OF_NEIGHBOUR
        )
    told = await domain.call(NEIGHBOUR, "GET", f"/{OWN}/_search")
    assert told.by_plugin, told


async def test_a_neighbour_reads_and_writes_nothing_of_ours(
    domain: Domain, engine: OpenSearchEngine
) -> None:
    theirs = SetupRequest(
        "localhost",
        REGION,
        f"{INDEX}-web",
        readers=(NEIGHBOUR,),
        writers=(NEIGHBOUR,),
        function=OF_NEIGHBOUR,
    )
    await set_up_by_another(engine, "create", theirs)
    try:
        found = await soon(lambda: domain.call(NEIGHBOUR, "GET", f"/{BESIDE}/_search"), 200)
        assert found.status == 200, found
        for method, path in (("GET", f"/{OWN}/_search"), ("PUT", f"/{OWN}/_doc/9")):
            told = await domain.call(NEIGHBOUR, method, path, {"query": {"match_all": {}}})
            assert told.by_plugin, told
        searched = (await domain.set_up())["index_pattern"]
        assert searched["detail"].startswith(f"{INDEX}-20* "), searched
    finally:
        await set_up_by_another(engine, "delete", theirs)
        await domain.set_up()


async def test_the_function_cant_do_the_work_of_a_neighbours(domain: Domain) -> None:
    with pytest.raises(DomainSetupFailed, match="is not authorized to perform: es:ESHttpPost"):
        await domain.set_up(index=f"{INDEX}-web", function=OF_NEIGHBOUR, settle_seconds=0)
    await domain.set_up("delete", index=f"{INDEX}-web", function=OF_NEIGHBOUR)


async def set_up_by_another(engine: OpenSearchEngine, action: str, request: SetupRequest) -> None:
    """Run a set-up as another master of the same domain."""
    http = URLLib3Session()

    def send(call: Call) -> Answer:
        prepared = encoded(engine.url, call)
        for name, value in engine.headers_as_administrator().items():
            prepared.headers[name] = value
        answer = http.send(prepared.prepare())
        return Answer(call, answer.status_code, answer.content)

    def run() -> None:
        there = SetUpDomain(send, Patience(settle_seconds=20))
        perform(SetupCall(action, request), lambda _: there, lambda _: None)

    try:
        await asyncio.to_thread(run)
    finally:
        http.close()
