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
from tests.full_disk import ROOM, Disk, small_disk

from firehose_logging.local import process

from .running_stack import BUCKET, RunningStack, start, wait_for

RECORDS_IN_LARGE_PUT = 50
PADDING = "x" * 3_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as disk:
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


def fill_up(stack: RunningStack, disk: Disk) -> Client:
    """Put until the disk is full, and go on once it is not."""
    client = Client(stack)
    disk.fill(stack.info.pid)
    while client.refusals < 4:
        client.put(RECORDS_IN_LARGE_PUT)
    before = len(client.acknowledged)
    assert before
    refuse_changes(stack)
    disk.free(stack.info.pid)
    for _ in range(20):
        client.put(5)
    assert client.refusals == 4
    assert len(client.acknowledged) == before + 100
    return client


def refuse_changes(stack: RunningStack) -> None:
    for key in ("first", "second"):
        with pytest.raises(ClientError, match=r"InternalFailure.*state can't be kept"):
            put_object(stack, key)


def put_object(stack: RunningStack, key: str) -> None:
    stack.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"")


def test_what_was_acknowledged_is_there_after_a_kill_and_what_was_refused_is_not(
    home: Path, disk: Disk
) -> None:
    data = disk.folder / "data"
    stack = start(home, data_dir=data, quotas=False)
    stack.prepare()
    stack.create_stream(interval=900)
    # More than the full disk has room for, so that what is kept of the buckets is, too.
    stack.client("s3").put_object(Bucket=BUCKET, Key="large", Body=os.urandom(2 * ROOM))
    client = fill_up(stack, disk)
    put_object(stack, "third")

    os.kill(stack.info.pid, signal.SIGKILL)
    wait_for(lambda: process.running(home) is None, "the stack survives a kill")
    stack = start(home, data_dir=data, quotas=False)
    stack.wait_for_documents(*client.acknowledged)
    wait_for(lambda: not list(data.rglob("*.records")), "a delivered batch is still on disk")
    listed = stack.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    found = {entry["Key"] for entry in listed}
    assert {"large", "third"} <= found
    assert "second" not in found
