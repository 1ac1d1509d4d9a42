"""A stack whose disk is full for a while, and that is killed then."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.full_disk import WAYS, Disk

from firehose_logging.local import process

from .running_stack import RunningStack, start, wait_for

RECORDS_IN_LARGE_PUT = 50
PADDING = "x" * 3_000


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with request.param(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def home(tmp_path: Path, disk: Disk) -> Iterator[Path]:
    path = tmp_path / "home"
    yield path
    process.stop(path)


class Client:
    """Puts numbered records; notes which of them were acknowledged."""

    def __init__(self, stack: RunningStack) -> None:
        self._firehose = stack.client("firehose")
        self._next = 0
        self.acknowledged: list[int] = []
        self.refusals = 0

    def put(self, count: int) -> None:
        numbers = range(self._next, self._next + count)
        self._next += count
        entries = [{"Data": json.dumps({"n": n, "p": PADDING}).encode()} for n in numbers]
        try:
            answer: Any = self._firehose.put_record_batch(
                DeliveryStreamName="logs", Records=entries
            )
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ServiceUnavailableException"  # noqa: PT017
            self.refusals += 1
            return
        said = zip(numbers, answer["RequestResponses"], strict=True)
        self.acknowledged += [number for number, entry in said if "RecordId" in entry]


def test_what_was_acknowledged_is_delivered_and_what_was_refused_is_not(
    home: Path, disk: Disk
) -> None:
    data = disk.folder / "data"
    stack = start(home, data_dir=data, quotas=False)
    stack.prepare()
    stack.create_stream(interval=900)
    client = Client(stack)
    disk.fill(stack.info.pid)
    while client.refusals < 4:
        client.put(RECORDS_IN_LARGE_PUT)
    before = len(client.acknowledged)
    assert before
    disk.free(stack.info.pid)
    for _ in range(20):
        client.put(5)
    assert client.refusals == 4
    assert len(client.acknowledged) == before + 100

    os.kill(stack.info.pid, signal.SIGKILL)
    wait_for(lambda: process.running(home) is None, "the stack survives a kill")
    stack = start(home, data_dir=data, quotas=False)
    stack.wait_for_documents(*client.acknowledged)
    wait_for(lambda: not list(data.rglob("*.records")), "a delivered batch is still on disk")


def test_a_change_that_can_not_be_kept_is_refused_and_one_that_can_is_there_again(
    home: Path, disk: Disk
) -> None:
    data = disk.folder / "data"
    stack = start(home, data_dir=data)
    stack.prepare()
    s3 = stack.client("s3")
    s3.put_object(Bucket="failed-documents", Key="large", Body=os.urandom(1_000_000))
    disk.fill(stack.info.pid)
    for key in ("first", "second"):
        with pytest.raises(ClientError, match=r"InternalFailure.*state can't be kept"):
            s3.put_object(Bucket="failed-documents", Key=key, Body=b"")
    disk.free(stack.info.pid)
    s3.put_object(Bucket="failed-documents", Key="third", Body=b"")

    os.kill(stack.info.pid, signal.SIGKILL)
    wait_for(lambda: process.running(home) is None, "the stack survives a kill")
    listed = start(home, data_dir=data).client("s3").list_objects_v2(Bucket="failed-documents")
    found = {entry["Key"] for entry in listed["Contents"]}
    assert {"large", "third"} <= found
    assert "second" not in found
