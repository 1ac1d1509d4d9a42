"""The domain endpoints: TLS, who calls, may they, then the engine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import httpx

from firehose_logging.local.api import ApiAnswer, Principal
from firehose_logging.local.bodies import (
    Bodies,
    BodiesTooManyError,
    BodyTooLargeError,
    ClientGoneError,
)
from firehose_logging.local.clock import Clock, RealClock
from firehose_logging.local.domain import answers
from firehose_logging.local.domain.admission import (
    Admission,
    Authenticate,
    Authorize,
    DomainCall,
    RefusalError,
)
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.clearing import clear
from firehose_logging.local.domain.dashboards import api as dashboards
from firehose_logging.local.domain.ism.api import Ism, is_ism, permission_for
from firehose_logging.local.domain.ism.manager import IndexManager
from firehose_logging.local.domain.master import MasterError, Masters
from firehose_logging.local.domain.permissions import refusal_of
from firehose_logging.local.domain.proxy import EngineAnswer, EngineAwayError, EngineProxy
from firehose_logging.local.domain.settings import DomainSettings
from firehose_logging.local.domain.tls import TlsServer
from firehose_logging.local.engines.base import Engine
from firehose_logging.local.hashing import sha256_if_large
from firehose_logging.local.iam.context import ANONYMOUS
from firehose_logging.local.iam.evaluate import Decision
from firehose_logging.local.iam.sigv4 import SignedRequest

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

logger = logging.getLogger(__name__)

SECURITY = ("/_plugins/_security", "/_opendistro/_security")


def unverified(_request: SignedRequest) -> Principal:
    """Take every caller for nobody: for endpoints whose callers need no name."""
    return ANONYMOUS


def permissive(*_asked: object) -> Decision:
    """Allow every call: for endpoints without an access policy to enforce."""
    return Decision(allowed=True, reason="not enforced")


class DomainEndpoints:
    """One TLS endpoint per domain, all before the same engine.

    Args:
        engine: started already, or to be started before the first call comes.
        authority: signs what the endpoints show.
        settings_of: the settings of a domain by its name, asked at every call.
        authenticate: who calls.
        authorize: whether the domain's access policy and the caller's own allow it.
        clock: what the age of indexes is counted by; the machine's unless given.
        bodies: what requests may hold together with others'.

    Attributes:
        index_manager: carries ISM policies on.
    """

    def __init__(
        self,
        engine: Engine,
        authority: Authority,
        settings_of: Callable[[str], DomainSettings],
        *,
        authenticate: Authenticate = unverified,
        authorize: Authorize = permissive,
        clock: Clock | None = None,
        bodies: Bodies | None = None,
    ) -> None:
        clock = clock or RealClock()
        self.bodies = bodies or Bodies()
        self._engine = engine
        self._authority = authority
        self._settings_of = settings_of
        self._admission = Admission(engine, authenticate, authorize)
        self._proxy = EngineProxy(engine)
        self._masters = Masters(self._proxy)
        self._dashboards = dashboards.Dashboards(self._proxy, clock.now)
        self.index_manager = IndexManager(self._proxy, clock)
        self._ism = Ism(self.index_manager, clock)
        self._sweeps: asyncio.Task[None] | None = None
        self._engine_has_ism: bool | None = None
        self._servers: dict[str, TlsServer] = {}
        self._told_of_roles = False

    async def open(self, domain_name: str) -> str:
        """Return the endpoint's host and port, for example ``localhost:40123``.

        Raises:
            OSError: no port is free.
        """
        if domain_name not in self._servers:
            server = TlsServer(
                _DomainApplication(self, domain_name), self._authority.server_identity
            )
            await server.start()
            self._servers[domain_name] = server
        if self._sweeps is None:
            self._sweeps = asyncio.create_task(self._sweep())
        return f"localhost:{self._servers[domain_name].port}"

    async def close(self, domain_name: str) -> None:
        """Stop answering for a domain; nothing happens where none is open.

        With the last domain goes all that the stack's own engine holds: a domain that is made
        anew is empty.
        """
        server = self._servers.pop(domain_name, None)
        if server is None:
            return
        await server.stop()
        if not self._servers and self._engine.info.kind != "url":
            with contextlib.suppress(EngineAwayError):
                async with self.index_manager.lock:
                    await clear(self._proxy, with_roles=self._engine.info.enforces_roles)
            self._masters.forget()

    async def stop(self) -> None:
        """Close every endpoint and every connection to the engine."""
        if self._sweeps is not None:
            self._sweeps.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeps
            self._sweeps = None
        for server in self._servers.values():
            await server.stop()
        self._servers.clear()
        await self._proxy.stop()

    async def _sweep(self) -> None:
        with contextlib.suppress(EngineAwayError):
            if await self._has_ism():
                return
        await self.index_manager.run()

    async def answer(self, domain_name: str, call: DomainCall, send: Send) -> None:
        """Admit a call and answer it."""
        settings = self._settings_of(domain_name)
        try:
            headers = self._admission.admit(settings, call)
            await self._know_master(settings)
            own = await self._own_answer(settings, call, headers)
        except RefusalError as refusal:
            own = refusal.answer
        except EngineAwayError:
            own = answers.engine_away()
        if own is not None:
            return await _send_own(own, send)
        async with self._proxy.forward(call.request, headers) as answer:
            if isinstance(answer, EngineAnswer):
                await _send_engines(answer, send)
            else:
                await _send_own(answer, send)
        return None

    def body_limit(self, domain_name: str) -> int:
        """Return the bytes of the largest request that a domain takes."""
        return self._settings_of(domain_name).body_limit

    async def _own_answer(
        self, settings: DomainSettings, call: DomainCall, headers: Mapping[str, str]
    ) -> ApiAnswer | None:
        """Return the answer to what the engine does not do itself; ``None`` for all the rest."""
        if call.path.startswith(dashboards.PREFIX):
            return await self._dashboards.answer(call, headers)
        if is_ism(call.path) and not await self._has_ism():
            return await self._ism_answer(settings, call, headers)
        if call.path.startswith(SECURITY) and not settings.fine_grained:
            return answers.not_allowed(call.path)
        return None

    async def _ism_answer(
        self, settings: DomainSettings, call: DomainCall, headers: Mapping[str, str]
    ) -> ApiAnswer:
        if settings.fine_grained and self._engine.info.enforces_roles:
            refusal = await refusal_of(self._proxy, headers, permission_for(call))
            if refusal is not None:
                return refusal
        return await self._ism.answer(call)

    async def _has_ism(self) -> bool:
        """Return whether the engine brings ISM itself, as a borrowed one may."""
        if self._engine.info.kind != "url":
            return False
        if self._engine_has_ism is None:
            answer = await self._proxy.call("GET", "/_plugins/_ism/policies")
            self._engine_has_ism = answer.is_success
        return self._engine_has_ism

    async def _know_master(self, settings: DomainSettings) -> None:
        if not settings.fine_grained:
            return
        if not self._engine.info.enforces_roles:
            self._tell_of_roles()
            return
        try:
            await self._masters.ensure(settings)
        except MasterError as error:
            raise RefusalError(answers.refused(500, str(error))) from None

    def _tell_of_roles(self) -> None:
        if not self._told_of_roles:
            self._told_of_roles = True
            logger.warning(
                "a domain asks for fine-grained access control, and %s does not enforce roles",
                self._engine.info.kind,
            )


class _DomainApplication:
    """The ASGI application of one domain."""

    def __init__(self, endpoints: DomainEndpoints, domain_name: str) -> None:
        self._endpoints = endpoints
        self._domain_name = domain_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        limit = self._endpoints.body_limit(self._domain_name)
        try:
            async with self._endpoints.bodies.read(scope, receive, limit) as body:
                call = _call(scope, body, await sha256_if_large(body))
                await self._endpoints.answer(self._domain_name, call, send)
        except BodyTooLargeError:
            await _send_own(answers.too_large(), send)
        except BodiesTooManyError:
            await _send_own(answers.too_busy(), send)
        except ClientGoneError:
            return


def _call(scope: Scope, body: bytes, body_sha256: str | None) -> DomainCall:
    request = SignedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        body=body,
        body_sha256=body_sha256,
    )
    return DomainCall(request, scope["client"][0] if scope.get("client") else "")


async def _send_own(answer: ApiAnswer, send: Send) -> None:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()
    ]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _send_engines(answer: EngineAnswer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    try:
        async for chunk in answer.body:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except httpx.TransportError:
        # Half an answer stays half: the server closes the connection without an end.
        return
    await send({"type": "http.response.body", "body": b""})
