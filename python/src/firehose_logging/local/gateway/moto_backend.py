"""Moto as one more service: its WSGI application, called in threads."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

from firehose_logging.local.api import ApiAnswer, ApiError
from firehose_logging.local.gateway.errors import unsupported
from firehose_logging.local.gateway.keeping import Keeping
from firehose_logging.local.gateway.moto_bodies import create_backend_app
from firehose_logging.local.gateway.moto_dispatch import (
    application_for,
    authorization_of,
    take_region_from_signature,
)
from firehose_logging.local.gateway.moto_permissions import leave_permissions_to_gateway
from firehose_logging.local.gateway.moto_settings import configure_moto
from firehose_logging.local.gateway.moto_store import KeptStateError, MotoStore
from firehose_logging.local.gateway.request import Request

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_WORKERS = 8
_HTML_ERRORS = {404, 405}
_PRESERVED_NAMES = "moto.preserved_header_names"


class MotoBackend:
    """Every AWS API that moto imitates, with its state in this process's memory.

    Args:
        store: keeps that state beyond the process.
    """

    def __init__(self, store: MotoStore | None = None) -> None:
        self._store = store
        self._keeping = None if store is None else Keeping(store)
        self._threads = ThreadPoolExecutor(_WORKERS, thread_name_prefix="moto")
        self._dispatcher: Any = None

    @property
    def memory(self) -> dict[str, Any] | None:
        """What is kept along with the state; ``None`` where nothing is."""
        return None if self._store is None else self._store.memory

    async def start(self) -> None:
        """Import moto, which takes about a second, off the event loop.

        Raises:
            KeptStateError: what was kept can't be read.
        """
        await self._in_thread(self._load)

    async def stop(self) -> None:
        """Let the calls in flight end, and keep what is to be kept."""
        if self._keeping is not None:
            await self._keeping.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, request: Request, operation: str) -> ApiAnswer:
        """Answer as moto does.

        Raises:
            ApiError: moto does not know the service or the operation, or failed inside; or the
                change can't be kept.
        """
        if self._keeping is None:
            return await self._in_thread(lambda: self._call(request, operation))
        try:
            async with self._keeping.call(operation):
                return await self._in_thread(lambda: self._call(request, operation))
        except KeptStateError as error:
            raise ApiError("InternalFailure", str(error), 500) from error

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _load(self) -> None:
        configure_moto()
        from moto.core.base_backend import BackendDict
        from moto.core.model_instances import reset_model_data
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication

        leave_permissions_to_gateway()
        take_region_from_signature()
        # Moto's state is the process's; an earlier backend's would show through.
        BackendDict.reset()
        reset_model_data()
        if self._store is not None:
            self._store.load()
        self._dispatcher = DomainDispatcherApplication(create_backend_app)

    def _call(self, request: Request, operation: str) -> ApiAnswer:
        from werkzeug.test import run_wsgi_app

        environ = wsgi_environ(request)
        application = application_for(self._dispatcher, environ)
        if application is None:
            raise unsupported(request, operation)
        try:
            chunks, status, headers = run_wsgi_app(application, environ, buffered=True)
            body = b"".join(chunks)
        except NotImplementedError as missing:
            raise unsupported(request, operation) from missing
        except Exception as failure:
            logger.exception("%s %s failed in moto", request.service, operation)
            message = f"{request.service}:{operation} failed in the local stack: {failure!r}"
            raise ApiError("InternalFailure", message, 500) from failure
        code = int(status.split(" ", 1)[0])
        if code in _HTML_ERRORS and body.lower().startswith(b"<!doctype html"):
            raise unsupported(request, operation)
        return ApiAnswer(code, body, {name.lower(): value for name, value in headers.items()})


def wsgi_environ(request: Request) -> dict[str, Any]:
    """Build a WSGI environment, with the names of S3's metadata headers kept as they were sent."""
    path = unquote_to_bytes(request.path).decode("latin-1")
    query = f"?{request.query}" if request.query else ""
    host, _, port = request.headers.get("host", "localhost").partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": f"{request.path}{query}",
        "REQUEST_URI": f"{request.path}{query}",
        "QUERY_STRING": request.query,
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        _PRESERVED_NAMES: {},
    }
    for name, value in request.raw_headers:
        _add_header(environ, name, value)
    environ["HTTP_AUTHORIZATION"] = authorization_of(request)
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if name in ("content-length", "transfer-encoding"):
        return
    key = name.upper().replace("-", "_")
    if key != "CONTENT_TYPE":
        key = f"HTTP_{key}"
    if "_" in name:
        if not name.startswith("x-amz-meta-"):
            return
        environ[_PRESERVED_NAMES][key] = name
    environ[key] = f"{environ[key]},{value}" if key in environ else value
