"""The ASGI application on the one port: who calls, which service, which operation."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import Response as HttpResponse

from firehose_logging.local.api import ApiAnswer, ApiCall, ApiError
from firehose_logging.local.bodies import (
    Bodies,
    BodiesTooManyError,
    BodyTooLargeError,
    ClientGoneError,
)
from firehose_logging.local.gateway.addressing import with_bucket_in_path
from firehose_logging.local.gateway.body_limits import (
    limit_of,
    too_busy,
    too_large,
)
from firehose_logging.local.gateway.control import PREFIX
from firehose_logging.local.gateway.errors import error_answer, unsupported
from firehose_logging.local.gateway.reading.reading import read
from firehose_logging.local.gateway.request import Request, credential_scope
from firehose_logging.local.gateway.unreadable import refuse_unreadable
from firehose_logging.local.hashing import sha256_if_large

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from firehose_logging.local.gateway.authentication import Authentication
    from firehose_logging.local.gateway.authorization.authorization import Authorization
    from firehose_logging.local.gateway.control import Control
    from firehose_logging.local.gateway.moto_backend import MotoBackend
    from firehose_logging.local.gateway.service import Cure, Proceed, Service

logger = logging.getLogger(__name__)


class Gateway:
    """Answer every AWS API: own services first, then moto, with its cures around it."""

    def __init__(
        self,
        *,
        authentication: Authentication,
        authorization: Authorization,
        services: Mapping[str, Service],
        cures: Iterable[Cure],
        moto: MotoBackend,
        control: Control,
        bodies: Bodies | None = None,
    ) -> None:
        """Wire the parts.

        Args:
            authentication: tells who calls.
            authorization: tells whether they may.
            services: by signing name.
            cures: of two for the same operation, the first is the outer one.
            moto: answers what is left.
            control: answers what is asked of the stack itself.
            bodies: what requests may hold together with others'.
        """
        self._authentication = authentication
        self._authorization = authorization
        self._services = dict(services)
        self._cures = tuple(cures)
        self._moto = moto
        self._control = control
        self._bodies = bodies or Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        request = _head(scope)
        limit = limit_of(request.service, caller_is_known=self._authentication.knows(request))
        try:
            async with self._bodies.read(scope, receive, limit) as body:
                answer = await self.answer(await _with_body(request, body))
        except ClientGoneError:
            return
        except BodyTooLargeError:
            answer = error_answer(request, too_large(request.service, limit))
        except BodiesTooManyError:
            answer = error_answer(request, too_busy(request.service))
        response = HttpResponse(answer.body, answer.status)
        for name, value in answer.headers.items():
            if name not in ("content-length", "transfer-encoding", "connection"):
                response.headers[name] = value
        if request.method == "HEAD" and "content-length" in answer.headers:
            response.headers["content-length"] = answer.headers["content-length"]
        await response(scope, receive, send)

    async def answer(self, request: Request) -> ApiAnswer:
        """Return the answer to a request, errors in the shape of its protocol."""
        try:
            if request.path.startswith(PREFIX):
                return await self._control.answer(request)
            return await self._route(request)
        except ApiError as error:
            return error_answer(request, error)
        except Exception as failure:
            logger.exception("%s %s failed", request.method, request.path)
            message = f"The local stack failed: {failure!r}. Its log holds the details."
            return error_answer(request, ApiError("InternalFailure", message, 500))

    async def _route(self, request: Request) -> ApiAnswer:
        principal = self._authentication.principal_of(request)
        service = self._services.get(request.service)
        request, operation = read(with_bucket_in_path(request), answered_here=service is not None)
        self._authorization.check(principal, request, operation)
        if not operation:
            raise unsupported(request, operation)
        if service is None:
            return await self._moto_with_cures(request, operation)
        answer = await service.handle(
            ApiCall(
                service=request.service,
                operation=operation,
                region=request.region,
                principal=principal,
                body=request.body,
                headers=request.headers,
            )
        )
        if "x-amzn-requestid" in answer.headers:
            return answer
        return ApiAnswer(
            answer.status, answer.body, {**answer.headers, "x-amzn-requestid": str(uuid.uuid4())}
        )

    async def _moto_with_cures(self, request: Request, operation: str) -> ApiAnswer:
        refuse_unreadable(request, operation)

        async def ask_moto(request: Request) -> ApiAnswer:
            return await self._moto.answer(request, operation)

        proceed: Proceed = ask_moto
        for cure in reversed(self._cures):
            if cure.service == request.service and operation in cure.operations:
                proceed = _around(cure, operation, proceed)
        return await proceed(request)


def _around(cure: Cure, operation: str, inner: Proceed) -> Proceed:
    async def proceed(request: Request) -> ApiAnswer:
        return await cure.answer(request, operation, inner)

    return proceed


def _head(scope: Scope) -> Request:
    """Return a request without its body."""
    raw_headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    )
    headers: dict[str, str] = {}
    for name, value in raw_headers:
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    query = scope["query_string"].decode("latin-1")
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=query,
        headers=headers,
        raw_headers=raw_headers,
        client=(scope.get("client") or ("127.0.0.1", 0))[0],
        scope=credential_scope(headers, query),
    )


async def _with_body(request: Request, body: bytes) -> Request:
    needs_hash = request.scope is not None and request.scope.service != "s3"
    digest = await sha256_if_large(body) if needs_hash else None
    return replace(request, body=body, body_sha256=digest)
