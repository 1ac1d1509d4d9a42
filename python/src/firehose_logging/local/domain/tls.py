"""A TLS server on loopback, on a free port of both address families."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import uvicorn

from firehose_logging.local.domain.authority import ServerIdentity
from firehose_logging.local.heads import BoundedHeads
from firehose_logging.local.hosts import KnownHosts

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_SHUTDOWN_SECONDS = 2
_BACKLOG = 2048


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process's own handlers."""
        yield


class TlsServer:
    """Serve an ASGI application at ``localhost`` until stopped, to those who mean it."""

    def __init__(self, application: ASGIApp, identity: ServerIdentity) -> None:
        config = uvicorn.Config(
            KnownHosts(application),
            http=BoundedHeads,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Nobody stands between the callers and this port who could tell where they are.
            proxy_headers=False,
            date_header=True,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            ssl_certfile=str(identity.certificate),
            ssl_keyfile=str(identity.key),
        )
        self._server = _Server(config)
        self._listeners = _listen()
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._listeners[0].getsockname()[1])

    async def start(self) -> None:
        """Return once connections are accepted."""
        self._task = asyncio.create_task(self._server.serve(sockets=self._listeners))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("the TLS server ended while it started")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Let calls in flight end within two seconds, then close every connection."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        for listener in self._listeners:
            listener.close()


def _listen() -> list[socket.socket]:
    """Listen on 127.0.0.1, and on ::1 with the same port where there is one and it is free."""
    first = _bound(socket.AF_INET, "127.0.0.1", 0)
    try:
        second = _bound(socket.AF_INET6, "::1", first.getsockname()[1])
    except OSError:
        return [first]
    return [first, second]


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without it answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
