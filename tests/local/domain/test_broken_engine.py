"""What a caller sees of an engine that misbehaves."""

import asyncio
import gc
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.domain.proxy import EngineAnswer, EngineProxy
from firehose_logging.local.engines.base import EngineInfo
from firehose_logging.local.iam.sigv4 import SignedRequest

from .conftest import Settings


class BrokenEngine:
    """Answer every call with the same bytes and hang up."""

    info = EngineInfo("url", "0", False, "a test")

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.url = ""
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def headers_as(self, backend_roles: tuple[str, ...]) -> Mapping[str, str]:
        return {}

    def headers_as_nobody(self) -> Mapping[str, str]:
        return {}

    def headers_as_administrator(self) -> Mapping[str, str]:
        return {}

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def domain_before(
    answer: bytes, authority: Authority, settings: Settings
) -> AsyncIterator[httpx.AsyncClient]:
    engine = BrokenEngine(answer)
    await engine.start()
    endpoints = DomainEndpoints(engine, authority, settings.of)
    url = f"https://{await endpoints.open('logs')}"
    trust = ssl.create_default_context(cafile=str(authority.bundle))
    async with httpx.AsyncClient(base_url=url, verify=trust) as client:
        yield client
    await endpoints.stop()
    await engine.stop()


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nconte"])
async def test_an_engine_that_hangs_up_gives_502(
    answer: bytes, authority: Authority, settings: Settings
) -> None:
    async with domain_before(answer, authority, settings) as client:
        got = await client.get("/")
        assert (got.status_code, got.json()) == (502, {"Message": "Bad Gateway"})


async def test_half_an_answer_stays_half(authority: Authority, settings: Settings) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"
    async with domain_before(answer, authority, settings) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/")


async def test_html_and_redirects_are_passed_on_as_they_are(
    authority: Authority, settings: Settings
) -> None:
    answer = (
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-type: text/html\r\n"
        b"content-length: 6\r\n\r\n<html>"
    )
    async with domain_before(answer, authority, settings) as client:
        got = await client.get("/")
        assert (got.status_code, got.content) == (302, b"<html>")
        assert got.headers["location"] == "http://127.0.0.1:1/"


async def test_a_requests_body_is_let_go_of_once_the_engine_has_answered() -> None:
    engine = BrokenEngine(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    await engine.start()
    proxy = EngineProxy(engine)
    body = b"x" * 10_000

    async def ask() -> bytes:
        async with proxy.forward(SignedRequest("POST", "/_bulk", "", (), body), {}) as answer:
            assert isinstance(answer, EngineAnswer)
            return b"".join([chunk async for chunk in answer.body])

    gc.collect()
    gc.disable()
    try:
        before = sys.getrefcount(body)
        answered = await ask()
        after = sys.getrefcount(body)
    finally:
        gc.enable()
        await proxy.stop()
        await engine.stop()
    assert (answered, after) == (b"{}", before)
