"""Uvicorn on a socket that is bound before anything else starts."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import uvicorn

from firehose_logging.local.heads import BoundedHeads
from firehose_logging.local.hosts import KnownHosts

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_SHUTDOWN_SECONDS = 2


class PortError(Exception):
    """Say in one line why a port can't be listened on, and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """Listen on a TCP port, or on a free one for port 0.

    Raises:
        PortError: the port is taken, or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise PortError(_reason(host, port, error)) from error
    listener.setblocking(False)
    return listener


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use; end the program that listens there, "
            "or choose another with --port"
        )
    return f"can't listen on port {port} of {host}: {error.strerror}; choose another with --port"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process's own handlers."""
        yield


class HttpServer:
    """Serve an ASGI application on a socket until stopped, to those who mean this machine."""

    def __init__(self, application: ASGIApp, listener: socket.socket) -> None:
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
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        self._server = _Server(config)
        self._listener = listener
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return once connections are accepted."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("the HTTP server ended while it started")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Let calls in flight end within two seconds, then close every connection."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._listener.close()
