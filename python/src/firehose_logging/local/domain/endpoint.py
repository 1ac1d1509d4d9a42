"""The domain endpoints: TLS, who calls, may they, then the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import httpx

from firehose_logging.local.api import ApiAnswer, ApiError, Principal
from firehose_logging.local.domain import answers
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.body import BodyTooLargeError, ClientGoneError, read_body
from firehose_logging.local.domain.proxy import EngineAnswer, EngineProxy
from firehose_logging.local.domain.settings import DomainSettings
from firehose_logging.local.domain.tls import TlsServer
from firehose_logging.local.engines.base import Engine
from firehose_logging.local.iam.context import ANONYMOUS
from firehose_logging.local.iam.evaluate import Decision
from firehose_logging.local.iam.sigv4 import SignedRequest

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Authenticate = Callable[[SignedRequest], Principal]
"""Return who signed the request, ``ANONYMOUS`` for nobody; raise ``ApiError`` otherwise."""

Authorize = Callable[[Principal, str, str, SignedRequest], Decision]
"""Take caller, action (``es:ESHttpPost``), resource ARN and request; return the decision."""

DASHBOARDS = "/_dashboards"


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
    """

    def __init__(
        self,
        engine: Engine,
        authority: Authority,
        settings_of: Callable[[str], DomainSettings],
        *,
        authenticate: Authenticate = unverified,
        authorize: Authorize = permissive,
    ) -> None:
        self._engine = engine
        self._authority = authority
        self._settings_of = settings_of
        self._authenticate = authenticate
        self._authorize = authorize
        self._proxy = EngineProxy(engine)
        self._servers: dict[str, TlsServer] = {}

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
        return f"localhost:{self._servers[domain_name].port}"

    async def close(self, domain_name: str) -> None:
        """Stop answering for a domain; nothing happens where none is open."""
        server = self._servers.pop(domain_name, None)
        if server is not None:
            await server.stop()

    async def stop(self) -> None:
        """Close every endpoint and every connection to the engine."""
        for domain_name in list(self._servers):
            await self.close(domain_name)
        await self._proxy.stop()

    def settings_of(self, domain_name: str) -> DomainSettings:
        """Return what a domain's record says at this moment."""
        return self._settings_of(domain_name)

    def admit(self, settings: DomainSettings, request: SignedRequest) -> Mapping[str, str]:
        """Return the headers that name the caller to the engine.

        Raises:
            ApiError: the signature does not hold, or a policy does not allow the call.
        """
        principal = self._authenticate(request)
        action = f"es:ESHttp{request.method.capitalize()}"
        decision = self._authorize(principal, action, settings.arn + request.path, request)
        if not decision.allowed:
            raise ApiError("AccessDenied", decision.reason, 403)
        if not settings.fine_grained:
            return self._engine.headers_as_administrator()
        return self._engine.headers_as((principal.role_arn or principal.arn,))

    @property
    def proxy(self) -> EngineProxy:
        """The way to the engine."""
        return self._proxy


class _DomainApplication:
    """The ASGI application of one domain."""

    def __init__(self, endpoints: DomainEndpoints, domain_name: str) -> None:
        self._endpoints = endpoints
        self._domain_name = domain_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        settings = self._endpoints.settings_of(self._domain_name)
        try:
            body = await read_body(scope, receive, settings.body_limit)
        except BodyTooLargeError:
            await _send_own(answers.too_large(), send)
            return
        except ClientGoneError:
            return
        request = _request(scope, body)
        if request.path.startswith(DASHBOARDS):
            await _send_own(
                answers.refused(501, "Dashboards are not supported by the local stack"), send
            )
            return
        try:
            headers = self._endpoints.admit(settings, request)
        except ApiError as refusal:
            await _send_own(answers.refused(refusal.status, refusal.message), send)
            return
        async with self._endpoints.proxy.forward(request, headers) as answer:
            if isinstance(answer, EngineAnswer):
                await _send_engines(answer, send)
            else:
                await _send_own(answer, send)


def _request(scope: Scope, body: bytes) -> SignedRequest:
    return SignedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        body=body,
    )


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
