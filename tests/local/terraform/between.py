"""A proxy between Terraform and the stack, which answers some calls in AWS's place."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# Each side of the proxy ends its messages in its own way.
_OWN = {"connection", "content-length", "date", "server", "transfer-encoding"}


@dataclass(frozen=True)
class Call:
    """A call of an AWS API: REST by method and path, JSON by its target."""

    method: str
    path: str
    target: str

    @property
    def operation(self) -> str:
        """Return the target's operation, or the method and the path."""
        return self.target.partition(".")[2] or f"{self.method} {urlsplit(self.path).path}"


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


Forward = Callable[[], Answer]
Intercept = Callable[[Call, Forward], Answer]


def error(code: str, message: str) -> Answer:
    """Return an error as AWS's JSON services answer it."""
    headers = (("Content-Type", "application/x-amz-json-1.1"), ("X-Amzn-ErrorType", code))
    return Answer(400, headers, json.dumps({"__type": code, "message": message}).encode())


def refuse(operation: str, times: int, code: str, message: str) -> Intercept:
    """Return what answers the first ``times`` calls of an operation with an error."""
    left = [times]

    def intercept(call: Call, forward: Forward) -> Answer:
        if call.operation == operation and left[0] > 0:
            left[0] -= 1
            return error(code, message)
        return forward()

    return intercept


class Between:
    """The proxy.

    Attributes:
        url: where it listens.
        intercept: decides over each call; at first all are passed on.
        seen: the operations that were called, in order.
    """

    def __init__(self, url: str, upstream: str) -> None:
        self.url = url
        self.intercept: Intercept = lambda _call, forward: forward()
        self.seen: list[str] = []
        self._upstream = urlsplit(upstream)

    def answer(self, call: Call, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """Answer a call."""
        self.seen.append(call.operation)
        return self.intercept(call, lambda: self._forward(call, headers, body))

    def _forward(self, call: Call, headers: list[tuple[str, str]], body: bytes) -> Answer:
        assert self._upstream.hostname is not None
        connection = HTTPConnection(self._upstream.hostname, self._upstream.port, timeout=120)
        with closing(connection):
            connection.putrequest(call.method, call.path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                # The signature covers the host that the caller named.
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response.status, tuple(response.getheaders()), response.read())


@contextmanager
def between(upstream: str) -> Iterator[Between]:
    """Run a proxy in front of ``upstream``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            call = Call(self.command, self.path, self.headers.get("X-Amz-Target", ""))
            answer = proxy.answer(call, self.headers.items(), body)
            self.send_response(answer.status)
            for name, value in answer.headers:
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self.handle_any
            raise AttributeError(name)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy = Between(f"http://127.0.0.1:{server.server_address[1]}", upstream)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
