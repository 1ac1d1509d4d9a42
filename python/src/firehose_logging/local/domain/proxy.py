"""Pass a call on to the engine and its answer back, byte for byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.domain import answers
from firehose_logging.local.engines.base import Engine
from firehose_logging.local.engines.nodefiles import SECRET_HEADER
from firehose_logging.local.iam.sigv4 import SignedRequest

ANSWER_TIMEOUT = 300.0
"""Seconds that the engine may take over one call."""

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_STACKS_OWN = frozenset(
    {
        "host",
        "content-length",
        "expect",
        "x-forwarded-for",
        "x-proxy-user",
        "x-proxy-roles",
        SECRET_HEADER,
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-content-sha256",
    }
)


@dataclass(frozen=True)
class EngineAnswer:
    """The engine's answer, whose body is still to come.

    Attributes:
        status: the HTTP status.
        headers: name and value of each header line.
        body: the chunks as they come, still compressed where the caller asked for that.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: AsyncIterator[bytes]


class EngineAwayError(Exception):
    """The engine gave no whole answer to a call of the stack's own."""


class EngineProxy:
    """A pool of connections to the engine, wherever it listens at the moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def forward(
        self, request: SignedRequest, headers: Mapping[str, str]
    ) -> AsyncIterator[EngineAnswer | ApiAnswer]:
        """Send the request as it came, with ``headers`` in place of the caller's credentials.

        Yields the domain's own answer instead where the engine does not give a whole one.
        """
        client = self._connected()
        target = request.path + (f"?{request.query}" if request.query else "")
        outgoing = client.build_request(
            request.method,
            self._engine.url,
            content=request.body,
            headers=_passed_on(request, headers),
            extensions={"target": target.encode("latin-1")},
        )
        try:
            answer = await client.send(outgoing, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            yield answers.engine_away()
            return
        except httpx.TimeoutException:
            yield answers.engine_too_slow()
            return
        except httpx.TransportError:
            yield answers.engine_broke_off()
            return
        try:
            yield EngineAnswer(answer.status_code, _passed_back(answer), answer.aiter_raw())
        finally:
            await answer.aclose()
            # The two refer to each other: the request's body would stay for the garbage collector.
            answer.stream = httpx.ByteStream(b"")

    async def call(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Make a call of the stack's own, as the administrator unless ``headers`` name another.

        Args:
            method: the HTTP method.
            path: percent-encoded, with its query.
            document: sent as JSON; a string or bytes as they are, as NDJSON.
            headers: as whom.

        Raises:
            EngineAwayError: the engine gave no whole answer.
        """
        who = self._engine.headers_as_administrator() if headers is None else headers
        content: bytes | str | None = None
        kind = "application/json"
        if isinstance(document, str | bytes):
            content, kind = document, "application/x-ndjson"
        elif document is not None:
            content = json.dumps(document)
        try:
            return await self._connected().request(
                method,
                self._engine.url,
                content=content,
                headers={**who, "content-type": kind},
                extensions={"target": path.encode("latin-1")},
            )
        except httpx.TransportError as error:
            raise EngineAwayError(str(error)) from None

    async def stop(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self._engine.info.verify_certificate,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(ANSWER_TIMEOUT, connect=5.0),
                limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            )
            self._client.headers.clear()
        return self._client


def _passed_on(request: SignedRequest, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    replaced = {name.lower() for name in headers}
    if any(
        name.lower() == "authorization" and value.startswith("AWS4-")
        for name, value in request.headers
    ):
        replaced.add("authorization")
    left_out = _HOP_BY_HOP | _STACKS_OWN | replaced
    kept = [(name, value) for name, value in request.headers if name.lower() not in left_out]
    return [*kept, *headers.items()]


def _passed_back(answer: httpx.Response) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower(), value)
        for name, value in answer.headers.raw
        if name.lower().decode("latin-1") not in _HOP_BY_HOP
    ]
