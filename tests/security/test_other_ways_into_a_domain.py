"""What readers and writers of one index try by ways that name another one elsewhere than in paths.

The domain's policy sees method and path; all of these it lets through. On real OpenSearch.
"""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from firehose_logging.local.engines.opensearch import OpenSearchEngine

from .a_domain import (
    BESIDE,
    DELIVERY,
    INDEX,
    OTHERS,
    OWN,
    READERS,
    WRITERS,
    Domain,
    as_administrator,
)

SECRET = OTHERS
"""What the record of the other index says, as each of this room's does: its index's name."""


async def as_passed_on(
    engine: OpenSearchEngine, role: str, method: str, path: str, document: Any = None
) -> httpx.Response:
    """Call the engine in a caller's name, as Dashboards' console does, which no path bounds."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    kind = "application/x-ndjson" if isinstance(document, bytes) else "application/json"
    headers = {**engine.headers_as((role,)), "content-type": kind}
    content = None if document is None else body
    async with httpx.AsyncClient(base_url=engine.url, timeout=60) as http:
        return await http.request(method, path, content=content, headers=headers)


# Readers.


@pytest.mark.parametrize(
    "names",
    [
        "_all",
        "*",
        "p*",
        "",
        "<payroll-{2026-11-28||/d{yyyy-MM-dd}}>",
        "pay*,-records*",
        "*:payroll-2026-11-28",
        f"{INDEX}*",
        f"{OWN},{OTHERS}",
    ],
)
@pytest.mark.parametrize("in_list", [True, False])
async def test_a_reader_finds_no_other_index_by_any_name_in_a_body(
    domain: Domain, engine: OpenSearchEngine, names: str, in_list: bool
) -> None:
    header = {"index": names.split(",") if in_list else names} if names else {}
    body = f"{json.dumps(header)}\n{{}}\n".encode()
    told = await domain.call(READERS, "POST", "/_msearch", body)
    passed_on = await as_passed_on(engine, READERS, "POST", "/_msearch", body)
    for text in (told.text, passed_on.text):
        assert not {f'"message":"{SECRET}"', f'"message":"{BESIDE}"'} & set(
            re.findall(r'"message":"[^"]*"', text)
        ), text


@pytest.mark.parametrize(
    "query",
    [
        '{"terms": {"message.keyword": {"index": "INDEX", "id": "ID", "path": "message"}}}',
        (
            '{"more_like_this": {"like": [{"_index": "INDEX", "_id": "ID"}], "fields": ["message"],'
            ' "include": true, "min_term_freq": 1, "min_doc_freq": 1}}'
        ),
    ],
    ids=["terms", "more_like_this"],
)
async def test_a_reader_looks_up_no_record_of_another_index_within_a_query(
    domain: Domain, engine: OpenSearchEngine, query: str
) -> None:
    # A record of the reader's own that says what the other one says: found, the other is known.
    await as_administrator(engine, "PUT", f"/{OWN}/_doc/bait?refresh=true", {"message": SECRET})
    try:
        for index, name, finds in ((OWN, "bait", True), (OTHERS, "1", False)):
            asked = json.loads(query.replace("INDEX", index).replace("ID", name))
            told = await domain.call(READERS, "POST", f"/{OWN}/_search", {"query": asked})
            assert ("bait" in told.text) is finds, told
    finally:
        await as_administrator(engine, "DELETE", f"/{OWN}/_doc/bait?refresh=true")


@pytest.mark.parametrize(
    "path",
    [
        f"/{OWN},{OTHERS}/_field_caps?fields=*",
        f"/{OWN}%2C{OTHERS}/_search",
        f"/{OWN}%252C{OTHERS}/_search",
        f"/{OWN}/../{OTHERS}/_search",
        f"/{OWN}/%2e%2e/{OTHERS}/_search",
        f"/{INDEX}*/_search",
        f"/{INDEX}*/_mapping",
        f"/{OWN}/_settings",
        f"/{OWN}/_alias",
        f"/{OWN}/_recovery",
        f"/{OWN}/_search_shards",
        "/_cat/indices",
        "/_cat/shards",
        "/_cat/aliases",
        "/_cat/templates",
        "/_cat/nodes",
        "/_cat/tasks?detailed",
        f"/_cat/count/{OTHERS}",
        f"/_cat/indices/{OWN},{OTHERS}",
        f"/_resolve/index/{INDEX}*",
    ],
)
async def test_a_reader_gets_nothing_of_another_index_by_get(domain: Domain, path: str) -> None:
    told = await domain.call(READERS, "GET", path)
    assert told.status >= 400 or not {OTHERS, BESIDE} & set(re.findall(r"[\w-]+", told.text)), told


async def test_a_reader_names_no_other_index_beside_the_one_in_the_path(domain: Domain) -> None:
    documents = {"docs": [{"_index": OTHERS, "_id": "1"}, {"_index": OWN, "_id": "1"}]}
    for path in (f"/{OWN}/_mget", f"/{OWN}/_mtermvectors?fields=message"):
        told = await domain.call(READERS, "GET", path, documents)
        theirs, own = json.loads(told.body)["docs"]
        assert theirs["error"]["type"] == "security_exception", told
        assert own["found"], told
    told = await domain.call(READERS, "GET", f"/{OWN}/_search?index={OTHERS}")
    assert {hit["_index"] for hit in json.loads(told.body)["hits"]["hits"]} == {OWN}, told


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("POST", f"/{OTHERS}/_search", {}),
        ("GET", "/_search", None),
        ("GET", f"/_search?index={OTHERS}", None),
        ("POST", "/_sql", {"query": f"select * from `{OTHERS}`"}),
        ("POST", "/_plugins/_sql", {"query": f"select * from `{OTHERS}`"}),
        ("POST", "/_plugins/_ppl", {"query": f"source={OTHERS}"}),
        ("POST", "/_plugins/_asynchronous_search", {}),
        ("POST", f"/{OTHERS}/_search/point_in_time?keep_alive=1m", None),
        ("DELETE", "/_search/point_in_time/_all", None),
        ("DELETE", "/_search/scroll/_all", None),
        ("POST", "/_reindex", {"source": {"index": OTHERS}, "dest": {"index": OWN}}),
        ("POST", "/_scripts/painless/_execute", {"script": {"source": "1"}}),
        ("PUT", "/_scripts/backdoor", {"script": {"lang": "painless", "source": "1"}}),
        ("DELETE", f"/{OWN}/_doc/1", None),
        ("POST", f"/{OWN}/_delete_by_query", {"query": {"match_all": {}}}),
        ("POST", f"/{OWN}/_update/1", {"doc": {"message": "forged"}}),
        ("PUT", f"/{OWN}/_doc/1", {"message": "forged"}),
        ("POST", "/_aliases", {"actions": [{"add": {"index": OTHERS, "alias": "records-20x"}}]}),
        ("GET", "/_plugins/_security/api/rolesmapping", None),
        ("PUT", f"/_plugins/_security/api/rolesmapping/firehose-logging-{INDEX}-writer", {}),
        ("GET", "/_snapshot/_all", None),
        ("GET", "/_tasks?detailed", None),
        ("GET", "/_cluster/state", None),
        ("GET", "/.opendistro_security/_search", None),
    ],
)
async def test_a_reader_gets_no_further_through_dashboards_console(
    domain: Domain, engine: OpenSearchEngine, method: str, path: str, document: Any
) -> None:
    told = await as_passed_on(engine, READERS, method, path, document)
    assert told.status_code >= 400, told.text
    kept = await as_administrator(engine, "GET", f"/{OWN}/_doc/1")
    assert kept.json()["_source"] == {"message": OWN}
    assert (await domain.call(READERS, method, path, document)).status >= 400


# Writers.


@pytest.mark.parametrize("role", [DELIVERY, WRITERS])
@pytest.mark.parametrize(
    "lines",
    [
        [{"update": {"_index": OWN, "_id": "1"}}, {"doc": {"message": "forged"}}],
        [{"update": {"_index": OWN, "_id": "1"}}, {"script": {"source": "ctx.op='delete'"}}],
        [{"update": {"_index": OTHERS, "_id": "1"}},
         {"doc": {"message": "forged"}, "doc_as_upsert": True}],
        [{"create": {"_index": f"<{INDEX}-web-{{2026-11-29||/d}}>"}}, {"message": "x"}],
        [{"index": {"_index": "firehose-logging"}}, {"message": "x"}],
        [{"index": {"_index": ".opendistro_security", "_id": "roles"}}, {"message": "x"}],
        [{"index": {"_index": ".kibana_1", "_id": "x"}}, {"message": "x"}],
    ],
    ids=lambda lines: json.dumps(lines[0])[:40],
)  # fmt: skip
async def test_who_writes_changes_no_record_and_makes_no_other_index_in_bulk(
    domain: Domain, engine: OpenSearchEngine, role: str, lines: list[Any]
) -> None:
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    for path in ("/_bulk", f"/{OWN}/_bulk"):
        told = await domain.call(role, "POST", path, body)
        items = json.loads(told.body).get("items", [])
        statuses = [item["status"] for entry in items for item in entry.values()]
        assert statuses in ([], [403]), told
    for index in (OWN, OTHERS):
        kept = await as_administrator(engine, "GET", f"/{index}/_doc/1")
        assert kept.json()["_source"] == {"message": index}


async def test_who_writes_turns_no_record_to_another_index_by_a_pipeline(
    domain: Domain, engine: OpenSearchEngine
) -> None:
    turn = {"processors": [{"set": {"field": "_index", "value": OTHERS}}]}
    made = await as_administrator(engine, "PUT", "/_ingest/pipeline/turn", turn)
    try:
        for role in (DELIVERY, WRITERS):
            body = b'{"index": {"_index": "records-2026-11-28"}}\n{"message": "turned"}\n'
            told = await domain.call(role, "POST", "/_bulk?pipeline=turn&refresh=true", body)
            found = await as_administrator(engine, "GET", f"/{OTHERS}/_search?q=message:turned")
            assert made.status_code != 200 or found.json()["hits"]["total"]["value"] == 0, told
            forged = await domain.call(role, "PUT", "/_ingest/pipeline/mine", turn)
            assert forged.status == 403, forged
    finally:
        await as_administrator(engine, "DELETE", "/_ingest/pipeline/turn")


async def test_the_delivery_role_makes_no_index_that_answers_to_anothers_name(
    domain: Domain, engine: OpenSearchEngine
) -> None:
    posing: dict[str, Any] = {"aliases": {"payroll-2026-11-29": {}, f"{INDEX}-web-2026-11-29": {}}}
    told = await domain.call(DELIVERY, "PUT", f"/{INDEX}-20-posing", posing)
    assert told.by_plugin, told
    assert (await as_administrator(engine, "HEAD", f"/{INDEX}-20-posing")).status_code == 404


async def test_who_writes_brings_no_more_fields_than_the_template_allows(
    domain: Domain, engine: OpenSearchEngine
) -> None:
    index = f"{INDEX}-2026-11-30"
    await domain.set_up(template={"field_limit": 100})
    try:
        for path, method, document in (
            (f"/{index}/_doc/1", "PUT", {f"f{n}": n for n in range(200)}),
            (f"/{index}/_mapping", "PUT",
             {"properties": {f"f{n}": {"type": "long"} for n in range(200)}}),
            (f"/{index}/_settings", "PUT", {"index.mapping.total_fields.limit": 100_000}),
        ):  # fmt: skip
            told = await domain.call(DELIVERY, method, path, document)
            assert told.status in {400, 403}, told
    finally:
        await as_administrator(engine, "DELETE", f"/{index}")
        await domain.set_up()


async def test_an_alias_within_the_pattern_is_a_masters_way_to_let_readers_in(
    domain: Domain, engine: OpenSearchEngine
) -> None:
    alias = f"{INDEX}-20-alias"
    add = {"actions": [{"add": {"index": OTHERS, "alias": alias}}]}
    remove = {"actions": [{"remove": {"index": OTHERS, "alias": alias}}]}
    for role in (READERS, WRITERS, DELIVERY):
        assert (await domain.call(role, "POST", "/_aliases", add)).status == 403
        assert (await domain.call(role, "PUT", f"/{OTHERS}/_alias/{alias}")).status == 403
    await as_administrator(engine, "POST", "/_aliases", add)
    try:
        assert SECRET in (await domain.call(READERS, "GET", f"/{alias}/_search")).text
    finally:
        await as_administrator(engine, "POST", "/_aliases", remove)
    assert (await domain.call(READERS, "GET", f"/{OTHERS}/_search")).by_iam
