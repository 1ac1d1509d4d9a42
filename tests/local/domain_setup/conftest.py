"""Domains on real sockets: the engine as seen by its callers, and a server that can be told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session

from firehose_logging.domain_setup.answer import Answer, Call
from firehose_logging.domain_setup.client import Domain, encoded
from firehose_logging.domain_setup.report import StepReport
from firehose_logging.domain_setup.request import SetupCall, SetupRequest
from firehose_logging.domain_setup.sequence import perform
from firehose_logging.domain_setup.settling import Patience
from firehose_logging.domain_setup.steps import template
from firehose_logging.local.engines.opensearch import OpenSearchEngine


class Caller:
    """Someone who calls the engine, known to it by backend roles as behind a domain's endpoint."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._url = url
        self._headers = dict(headers)
        self._http = URLLib3Session()
        self.domain = Domain(self.send, Patience(settle_seconds=20))

    def send(self, call: Call) -> Answer:
        request = encoded(self._url, call)
        for name, value in self._headers.items():
            request.headers[name] = value
        response = self._http.send(request.prepare())
        return Answer(call, response.status_code, response.content)

    def call(self, method: str, path: str, document: Any = None, **query: str) -> Answer:
        return self.send(Call(method, path, query, document))

    def bulk(self, index: str, document: Mapping[str, Any], **action: Any) -> tuple[int, str]:
        """Write as Firehose does, with operation type ``index`` (C5); return status and reason."""
        lines = ({"index": {"_index": index, **action}}, document)
        request = encoded(self._url, Call("POST", "/_bulk"))
        for name, value in {**self._headers, "content-type": "application/x-ndjson"}.items():
            request.headers[name] = value
        request.data = "".join(json.dumps(line) + "\n" for line in lines).encode()
        answer = json.loads(self._http.send(request.prepare()).content)
        if "items" not in answer:
            return int(answer["status"]), str(answer["error"]["reason"])
        item = answer["items"][0]["index"]
        return int(item["status"]), str(item.get("error", {}).get("reason", ""))

    def run(self, request: SetupRequest, action: str = "create") -> dict[str, StepReport]:
        reports = perform(SetupCall(action, request), lambda _: self.domain, lambda _: None)
        return {report.step: report for report in reports}

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def caller(engine: OpenSearchEngine) -> Iterator[Callable[..., Caller]]:
    """Return what makes a caller by backend role; without one, the administrator."""
    made: list[Caller] = []

    def make(*backend_roles: str) -> Caller:
        headers = (
            engine.headers_as(backend_roles) if backend_roles else engine.headers_as_administrator()
        )
        made.append(Caller(engine.url, headers))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def anyone() -> Iterator[Callable[[str], Caller]]:
    """Return what makes a caller of an engine, by its URL, that asks nobody who they are."""
    made: list[Caller] = []

    def make(url: str) -> Caller:
        made.append(Caller(url, {}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def administrator(caller: Callable[..., Caller]) -> Caller:
    return caller()


@pytest.fixture(scope="module")
def prepared(administrator: Caller) -> Iterator[Callable[[SetupRequest], SetupRequest]]:
    """Return what sets a domain up; at the end all of it is taken away, indexes included."""
    done: dict[str, SetupRequest] = {}

    def prepare(wanted: SetupRequest) -> SetupRequest:
        administrator.run(wanted)
        done[wanted.index] = wanted
        return wanted

    yield prepare
    for wanted in done.values():
        administrator.run(wanted, "delete")
        administrator.call("DELETE", f"/{wanted.index}-*")


@pytest.fixture
def with_template(administrator: Caller) -> Iterator[Callable[[SetupRequest], str]]:
    """Return what puts the index template alone in place and gives the name of an index of it."""
    done: list[SetupRequest] = []

    def put(wanted: SetupRequest) -> str:
        template.ensure(administrator.domain, wanted)
        done.append(wanted)
        return f"{wanted.index}-2026-11-22"

    yield put
    for wanted in done:
        template.take_away(administrator.domain, wanted)
        administrator.call("DELETE", f"/{wanted.index}-*")


@dataclass
class Received:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


class ToldServer:
    """An HTTP server that answers what it is told, in order, and keeps what it got."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.received: list[Received] = []
        self.location: str | None = None
        told = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                told.received.append(
                    Received(self.command, self.path, list(self.headers.items()), body)
                )
                status, content = told.answers.pop(0) if told.answers else (200, b"{}")
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                if told.location is not None:
                    self.send_header("location", told.location)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815  # http.server's

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def told_server() -> Iterator[ToldServer]:
    server = ToldServer()
    yield server
    server.stop()


@pytest.fixture
def side_by_side() -> Callable[[list[Callable[[], Any]]], list[Any]]:
    """Return what runs calls at the same time and gives their results in order."""

    def run(calls: list[Callable[[], Any]]) -> list[Any]:
        barrier = threading.Barrier(len(calls))

        def start(call: Callable[[], Any]) -> Any:
            barrier.wait()
            return call()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(start, calls))

    return run
