"""A domain's endpoint: TLS, passing through, limits, and an engine that is away."""

import asyncio
import gzip
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from opensearchpy import OpenSearch

from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.domain.settings import MEBIBYTE
from firehose_logging.local.domain.tls import TlsServer
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.engines.osmem import OsmemEngine

from .conftest import Settings

NDJSON = {"content-type": "application/x-ndjson"}


def lines(*documents: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


async def test_opensearch_py_and_requests_trust_the_bundle(
    endpoint: str, authority: Authority
) -> None:
    def ask() -> tuple[str, str]:
        with OpenSearch(endpoint, ca_certs=str(authority.bundle), timeout=60) as client:
            by_library = client.info()["version"]["number"]
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(endpoint, verify=str(authority.bundle), timeout=60)
        return by_library, answer.json()["version"]["number"]

    assert await asyncio.to_thread(ask) == ("3.4.0", "3.4.0")


async def test_a_client_without_the_bundle_refuses_the_endpoint(endpoint: str) -> None:
    async with httpx.AsyncClient(verify=ssl.create_default_context()) as stranger:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await stranger.get(endpoint)


async def test_an_answer_is_the_engines_own(
    engine: OpenSearchEngine, client: httpx.AsyncClient
) -> None:
    async with httpx.AsyncClient(base_url=engine.url, timeout=60) as direct:
        headers = dict(engine.headers_as_administrator())
        for path in ("/", "/no-such-index/_search", "/_cat/health?format=yaml&h=status"):
            expected = await direct.get(path, headers=headers)
            got = await client.get(path)
            assert (got.status_code, got.content) == (expected.status_code, expected.content)
            assert got.headers["content-type"] == expected.headers["content-type"]


async def test_bulk_and_search_pass_through_compressed_both_ways(
    client: httpx.AsyncClient,
) -> None:
    body = gzip.compress(lines({"index": {"_index": "endpoint-gzip"}}, {"message": "packed"}))
    sent = await client.post(
        "/_bulk?refresh=true", content=body, headers={**NDJSON, "content-encoding": "gzip"}
    )
    assert sent.json()["errors"] is False
    found = await client.get("/endpoint-gzip/_search", headers={"accept-encoding": "gzip"})
    assert found.headers["content-encoding"] == "gzip"
    assert found.json()["hits"]["total"]["value"] == 1


async def test_an_encoded_path_reaches_the_engine_as_it_was_sent(
    client: httpx.AsyncClient,
) -> None:
    # Date math: the engine sees the angle brackets and the slash only if nobody decoded them.
    made = await client.put("/%3Cendpoint-math-%7Bnow%2FM%7Byyyy%7D%7D%3E")
    assert made.json()["index"].startswith("endpoint-math-20")


async def test_head_has_no_body_and_a_redirect_is_not_followed(client: httpx.AsyncClient) -> None:
    answer = await client.head("/no-such-index")
    assert (answer.status_code, answer.content) == (404, b"")


async def test_a_caller_cannot_pose_as_a_backend_role(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    settings.change(fine_grained=True)
    posing = {
        "x-forwarded-for": "127.0.0.1",
        "x-proxy-user": "local-stack-administrator",
        "x-proxy-roles": "local-stack-administrator",
    }
    answer = await client.get("/_search", headers=posing)
    assert answer.status_code == 401


async def test_without_fine_grained_access_control_the_engine_sees_its_administrator(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/_cluster/settings")).status_code == 200
    assert (await client.get("/_cat/nodes")).status_code == 200


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_limit_is_refused_as_on_aws(
    client: httpx.AsyncClient, settings: Settings, announced: bool
) -> None:
    settings.change(body_limit=MEBIBYTE)

    async def unannounced() -> Any:
        for _ in range(5):
            yield b"x" * (MEBIBYTE // 4)

    content: Any = b"x" * (MEBIBYTE + 1) if announced else unannounced()
    answer = await client.post("/_bulk", content=content, headers=NDJSON)
    assert answer.status_code == 413
    assert answer.json() == {"Message": "Request size exceeded"}


async def test_a_closed_domain_no_longer_answers(
    engine: OpenSearchEngine, authority: Authority, settings: Settings
) -> None:
    endpoints = DomainEndpoints(engine, authority, settings.of)
    address = await endpoints.open("logs")
    assert await endpoints.open("logs") == address
    await endpoints.close("logs")
    await endpoints.close("logs")
    async with httpx.AsyncClient(verify=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"https://{address}/")
    await endpoints.stop()


async def test_an_engine_that_is_away_gives_503_and_one_that_is_back_answers(
    authority: Authority, settings: Settings, tmp_path: Path
) -> None:
    osmem = OsmemEngine(tmp_path / "osmem", print)
    await osmem.start()
    endpoints = DomainEndpoints(osmem, authority, settings.of)
    url = f"https://{await endpoints.open('logs')}"
    trust = ssl.create_default_context(cafile=str(authority.bundle))
    async with httpx.AsyncClient(base_url=url, verify=trust) as client:
        assert (await client.get("/")).status_code == 200
        await osmem.kill()
        away = await client.get("/")
        assert away.status_code in {502, 503}
        assert away.headers["content-type"] == "application/json"
        assert (await client.get("/")).json() == {"Message": "Service Unavailable"}
        await osmem.restart()
        assert (await client.get("/")).status_code == 200
    await endpoints.stop()
    await osmem.stop()


async def test_answers_leave_at_once(authority: Authority) -> None:
    # An accepted connection inherits the protocol, and asyncio looks at it for TCP_NODELAY.
    server = TlsServer(unreachable, authority.server_identity)
    assert {listener.proto for listener in server._listeners} == {socket.IPPROTO_TCP}
    await server.stop()


async def unreachable(*_: object) -> None:
    raise AssertionError("nobody calls")
