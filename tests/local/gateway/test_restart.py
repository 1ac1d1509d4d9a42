"""A stack that starts again answers nothing before it can answer right."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tests.local.firehose.running_stack import RunningStack

from firehose_logging.local import process

CALLERS = 6


class Callers:
    """Threads that put, describe and list without an end, and what they were told."""

    def __init__(self, info: process.StackInfo) -> None:
        self.told: Counter[str] = Counter()
        self._info = info
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(CALLERS)]

    def __enter__(self) -> Callers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _client(self, service: str) -> Any:
        make: Any = boto3.Session().client
        environment = self._info.environment
        return make(
            service,
            region_name="eu-west-1",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}, retries={"total_max_attempts": 1}, read_timeout=60),
        )

    def _call(self) -> None:
        firehose, opensearch = self._client("firehose"), self._client("opensearch")
        data = {"Data": b"{}"}
        while not self._ended.is_set():
            for call in (
                lambda: firehose.put_record(DeliveryStreamName="logs", Record=data),
                lambda: opensearch.describe_domain(DomainName="logging"),
            ):
                self.told[self._outcome(call)] += 1
            time.sleep(0.01)

    @staticmethod
    def _outcome(call: Any) -> str:
        try:
            call()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        except BotoCoreError:
            return "no answer"
        return "answered"


@pytest.fixture
def home(tmp_path: Path) -> Any:
    yield tmp_path / "home"
    process.stop(tmp_path / "home")


def test_what_is_there_is_never_said_not_to_be(home: Path, tmp_path: Path) -> None:
    def start(port: int = 0) -> process.StackInfo:
        return process.start_detached(
            home,
            port=port,
            engine="osmem",
            progress=lambda _line: None,
            data_dir=tmp_path / "data",
            quotas=False,
        )

    info = start()
    stack = RunningStack(info)
    stack.prepare()
    stack.create_stream(interval=1)
    with Callers(info) as callers:
        process.stop(home)
        start(info.port)
        answered = callers.told["answered"]
        deadline = time.monotonic() + 20
        while callers.told["answered"] < answered + 100 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert callers.told["answered"] >= answered + 100
    assert {*callers.told} <= {"answered", "no answer", "ServiceUnavailableException"}
