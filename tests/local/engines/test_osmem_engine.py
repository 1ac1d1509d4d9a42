"""The in-memory engine for machines without Java."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.external import ExternalEngine
from firehose_logging.local.engines.osmem import OsmemEngine


@pytest.fixture
async def osmem(tmp_path: Path) -> AsyncIterator[OsmemEngine]:
    engine = OsmemEngine(tmp_path / "engine", print)
    await engine.start()
    yield engine
    await engine.stop()


async def test_osmem_indexes_and_finds_and_says_what_it_lacks(osmem: OsmemEngine) -> None:
    lines = [{"index": {"_index": "logs", "_id": "1"}}, {"message": "hello"}]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    async with httpx.AsyncClient(base_url=osmem.url) as client:
        answer = await client.post(
            "/_bulk?refresh=true", content=body, headers={"content-type": "application/x-ndjson"}
        )
        assert answer.json()["errors"] is False
        assert (await client.get("/logs/_search?q=hello")).json()["hits"]["total"]["value"] == 1
    assert osmem.info.enforces_roles is False
    assert "fine-grained roles are not enforced" in osmem.info.limits
    assert osmem.headers_as(("arn",)) == {}


async def test_osmem_ends_and_leaves_no_process(osmem: OsmemEngine) -> None:
    pid = osmem.pid
    assert pid is not None
    await osmem.stop()
    await osmem.stop()
    assert osmem.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_an_engine_that_runs_already_is_used_and_not_stopped(osmem: OsmemEngine) -> None:
    borrowed = ExternalEngine(osmem.url, print)
    await borrowed.start()
    await borrowed.stop()
    assert borrowed.info.kind == "url"
    assert borrowed.info.version
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{osmem.url}/")).status_code == 200


async def test_a_url_where_nobody_answers_is_one_line_with_the_remedy() -> None:
    with pytest.raises(EngineError, match=r"no engine answers at .*: start it or correct the URL"):
        await ExternalEngine("http://127.0.0.1:1", print).start()
