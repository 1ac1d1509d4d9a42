"""Real OpenSearch: it boots, indexes, decides over roles, and leaves nothing behind."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.opensearch import OpenSearchEngine

WRITER = "arn:aws:iam::000000000000:role/writer,of+logs"
STRANGER = "arn:aws:iam::000000000000:role/stranger"


@pytest.fixture
async def client(engine: OpenSearchEngine) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=engine.url, timeout=60) as made:
        yield made


@pytest.fixture
async def own_engine(engine_home: Path, tmp_path: Path) -> AsyncIterator[OpenSearchEngine]:
    node = OpenSearchEngine(engine_home, print, node_home=tmp_path / "node")
    await node.start()
    yield node
    await node.stop()


def bulk(index: str, documents: list[dict[str, Any]]) -> str:
    lines = [
        line
        for number, document in enumerate(documents)
        for line in ({"index": {"_index": index, "_id": str(number)}}, document)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


async def post(
    client: httpx.AsyncClient, path: str, body: Any, headers: Mapping[str, str]
) -> httpx.Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return await client.post(
        path, content=text, headers={**headers, "content-type": "application/x-ndjson"}
    )


async def put(
    client: httpx.AsyncClient, path: str, body: Any, headers: Mapping[str, str]
) -> httpx.Response:
    answer = await client.put(path, json=body, headers=dict(headers))
    assert answer.is_success, answer.text
    return answer


def ended(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True
    return "State:\tZ" in status


async def gone(pid: int) -> bool:
    """Return whether a process that is no child of ours ends within ten seconds."""
    for _ in range(200):
        if ended(pid):
            return True
        await asyncio.sleep(0.05)
    return False


def test_the_engine_says_what_it_is(engine: OpenSearchEngine) -> None:
    assert engine.info.kind == "opensearch"
    assert engine.info.version == "3.4.0"
    assert engine.info.enforces_roles
    assert engine.url.startswith("http://127.0.0.1:")


async def test_a_bulk_request_is_indexed_and_found(
    engine: OpenSearchEngine, client: httpx.AsyncClient
) -> None:
    headers = engine.headers_as_administrator()
    documents = [{"message": f"event {number}", "levelname": "ERROR"} for number in range(50)]
    answer = await post(client, "/_bulk?refresh=true", bulk("engine-bulk", documents), headers)
    assert answer.json()["errors"] is False
    found = await client.get("/engine-bulk/_search?q=message:17", headers=dict(headers))
    assert [hit["_source"]["message"] for hit in found.json()["hits"]["hits"]] == ["event 17"]


async def test_a_mapped_role_writes_where_it_may_and_nowhere_else(
    engine: OpenSearchEngine, client: httpx.AsyncClient
) -> None:
    administrator = engine.headers_as_administrator()
    allowed = {
        "cluster_permissions": ["cluster_composite_ops", "cluster_monitor"],
        "index_permissions": [
            {
                "index_patterns": ["engine-roles-*"],
                "allowed_actions": ["crud", "create_index", "manage"],
            }
        ],
    }
    security = "/_plugins/_security/api"
    await put(client, f"{security}/roles/engine_writer", allowed, administrator)
    mapping = {"backend_roles": [WRITER]}
    await put(client, f"{security}/rolesmapping/engine_writer", mapping, administrator)

    writer = engine.headers_as((WRITER,))
    good = await post(client, "/_bulk", bulk("engine-roles-1", [{"a": 1}]), writer)
    assert good.json()["errors"] is False
    bad = await post(client, "/_bulk", bulk("engine-other", [{"a": 1}]), writer)
    refused = bad.json()["items"][0]["index"]
    assert (refused["status"], refused["error"]["type"]) == (403, "security_exception")
    assert WRITER in refused["error"]["reason"]


async def test_an_unmapped_role_may_not_even_search(
    engine: OpenSearchEngine, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/_search", headers=dict(engine.headers_as((STRANGER,))))
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "security_exception"
    assert f"backend_roles=[{STRANGER}]" in answer.json()["error"]["reason"]


async def test_nobody_is_refused(engine: OpenSearchEngine, client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).status_code == 403
    nobody = dict(engine.headers_as_nobody())
    assert (await client.get("/", headers=nobody)).status_code == 401


async def test_a_second_start_in_the_same_folder_is_refused(
    own_engine: OpenSearchEngine, engine_home: Path, tmp_path: Path
) -> None:
    second = OpenSearchEngine(engine_home, print, node_home=tmp_path / "node")
    with pytest.raises(EngineError, match="another local stack runs OpenSearch"):
        await second.start()


async def test_a_killed_engine_comes_back_with_its_documents(
    own_engine: OpenSearchEngine,
) -> None:
    headers = own_engine.headers_as_administrator()
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await post(
            client, f"{own_engine.url}/_bulk", bulk("kept", [{"a": 1}, {"a": 2}]), headers
        )
        assert answer.json()["errors"] is False
        await own_engine.kill()
        assert own_engine.pid is None
        await own_engine.restart()
        found = await client.get(f"{own_engine.url}/kept/_count", headers=dict(headers))
        assert found.json()["count"] == 2


async def test_the_engine_ends_orderly_and_a_second_stop_does_nothing(
    own_engine: OpenSearchEngine,
) -> None:
    pid = own_engine.pid
    assert pid is not None
    await own_engine.stop()
    assert await gone(pid)
    await own_engine.stop()


PARENT = """
import asyncio, sys
from pathlib import Path
from firehose_logging.local.engines.opensearch import OpenSearchEngine

async def main() -> None:
    engine = OpenSearchEngine(Path(sys.argv[1]), lambda _: None, node_home=Path(sys.argv[2]))
    await engine.start()
    print(engine.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_no_node_outlives_a_parent_that_is_killed(engine_home: Path, tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PARENT,
        str(engine_home),
        str(tmp_path / "node"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 120))
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    assert await gone(pid)
