"""A Firehose of a few lines on a real socket, and processes that log to it."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from firehose_logging import FirehoseHandler

Behaviour = Callable[["Sink", list[bytes]], tuple[int, dict[str, Any]]]


def accept(sink: Sink, records: list[bytes]) -> tuple[int, dict[str, Any]]:
    sink.received += records
    entries = [{"RecordId": str(number)} for number, _ in enumerate(records)]
    return 200, {"FailedPutCount": 0, "RequestResponses": entries}


def refuse(status: int, code: str, message: str = "no") -> Behaviour:
    def behave(sink: Sink, records: list[bytes]) -> tuple[int, dict[str, Any]]:
        return status, {"__type": code, "message": message}

    return behave


def accept_some(accepts: Callable[[int], bool]) -> Behaviour:
    def behave(sink: Sink, records: list[bytes]) -> tuple[int, dict[str, Any]]:
        entries: list[dict[str, str]] = []
        for number, record in enumerate(records):
            if accepts(number):
                sink.received.append(record)
                entries.append({"RecordId": str(number)})
            else:
                entries.append(
                    {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
                )
        failed = sum("ErrorCode" in entry for entry in entries)
        return 200, {"FailedPutCount": failed, "RequestResponses": entries}

    return behave


class Sink:
    """Take PutRecordBatch requests and answer as told."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.batches: list[list[bytes]] = []
        self.streams: list[str] = []
        self.behaviour: Behaviour = accept
        self.delay = 0.0
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                time.sleep(sink.delay)
                status, answer = sink.take(body)
                payload = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # clients are killed in mid-request on purpose

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._lock = threading.Lock()

    def take(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            records = [base64.b64decode(record["Data"]) for record in body["Records"]]
            self.batches.append(records)
            self.streams.append(body["DeliveryStreamName"])
            return self.behaviour(self, records)

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(record) for record in self.received]

    def messages(self) -> list[str]:
        return [document["message"] for document in self.documents()]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    yield server
    server.stop()


@pytest.fixture
def aws_environment(sink: Sink, tmp_path: Path) -> dict[str, str]:
    """The variables of a process that logs to the sink."""
    kept = {
        name: value
        for name, value in os.environ.items()
        # moto's are set for the local stack, in this process
        if not name.startswith(("AWS_", "FIREHOSE_LOGGING_", "MOTO_", "S3_IGNORE_"))
    }
    return kept | {
        "AWS_ENDPOINT_URL": sink.url,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
    }


@pytest.fixture
def here(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process log to the sink."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "FIREHOSE_LOGGING_")):
            monkeypatch.delenv(name)
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)


MakeLogger = Callable[..., tuple[logging.Logger, FirehoseHandler]]


@pytest.fixture
def make_logger() -> Iterator[MakeLogger]:
    """Make loggers whose handlers are closed in the end; takes a handler's parameters."""
    handlers: list[FirehoseHandler] = []

    def make(*args: Any, **options: Any) -> tuple[logging.Logger, FirehoseHandler]:
        handler = FirehoseHandler(*args, **options)
        handlers.append(handler)
        logger = logging.Logger("test", logging.DEBUG)
        logger.addHandler(handler)
        return logger, handler

    yield make
    for handler in handlers:
        handler.close()


class Finished:
    """A process that has ended."""

    def __init__(self, completed: subprocess.CompletedProcess[str], seconds: float) -> None:
        self.returncode = completed.returncode
        self.stdout = completed.stdout
        self.stderr = completed.stderr
        self.seconds = seconds


Run = Callable[..., Finished]


@pytest.fixture
def run(aws_environment: dict[str, str], tmp_path: Path) -> Run:
    """Run Python source in a process of its own."""

    def run_source(source: str, timeout: float = 60, **environment: str) -> Finished:
        script = tmp_path / "program.py"
        script.write_text(source)
        started = time.monotonic()
        python = os.environ.get("HANDLER_TEST_PYTHON", sys.executable)
        completed = subprocess.run(
            [python, str(script)],
            env={
                name: value
                for name, value in (aws_environment | environment).items()
                if value  # an empty one is left out
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Finished(completed, time.monotonic() - started)

    return run_source
