"""Firehose in the real stack: processes that are killed, simulated time, faults on demand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firehose_logging.local import process

from .running_stack import PATIENCE, start, wait_for

LOCAL = [sys.executable, "-m", "firehose_logging.cli", "local"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    yield path
    process.stop(path)


def test_records_acknowledged_before_a_kill_are_delivered_by_the_next_stack(
    home: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    stack = start(home, data_dir=data)
    stack.prepare()
    stack.create_stream(interval=900)
    assert stack.put(1, 2, 3)["FailedPutCount"] == 0
    os.kill(stack.info.pid, signal.SIGKILL)
    wait_for(lambda: process.running(home) is None, "the stack survives a kill")
    stack = start(home, data_dir=data)
    assert stack.status() == "ACTIVE"
    stack.wait_for_documents(1, 2, 3)
    wait_for(lambda: not list(data.rglob("*.records")), "a delivered batch is still on disk")


def test_an_engine_that_is_killed_loses_no_acknowledged_record(home: Path) -> None:
    stack = start(home)
    stack.prepare()
    stack.create_stream(interval=0)
    assert stack.info.engine_pid is not None
    os.kill(stack.info.engine_pid, signal.SIGKILL)
    assert stack.put(1, 2, 3)["FailedPutCount"] == 0
    stack.wait_for_documents(1, 2, 3)


def test_time_passes_as_fast_as_asked(home: Path) -> None:
    stack = start(home, speed=60.0)
    stack.prepare()
    stack.create_stream(interval=300)
    started = time.monotonic()
    stack.put(1)
    stack.wait_for_documents(1)
    assert time.monotonic() - started < 60


def test_faults_are_set_listed_and_cleared_by_the_command(home: Path) -> None:
    stack = start(home)
    stack.prepare()
    stack.create_stream(interval=0)

    def fault(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*LOCAL, "fault", *arguments],
            env={**os.environ, "FIREHOSE_LOGGING_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    assert "throttle: stream=logs" in fault("throttle", "--stream", "logs").stdout
    with pytest.raises(stack.client("firehose").exceptions.ClientError, match="Slow down"):
        stack.put(1)
    assert fault("clear").stdout == "No fault is set.\n"
    fault("partial", "--share", "1", "--calls", "1")
    assert stack.put(1)["FailedPutCount"] == 1
    fault("domain-vanishes", "--calls", "1")
    assert stack.put(2)["FailedPutCount"] == 0
    stack.wait_for_documents(2)
    assert fault("list").stdout == "No fault is set.\n"
    assert (
        stack.ask("flush")
        == stack.ask("records")
        == {
            "streams": [
                {"stream": "logs", "region": stack.region, "records": 0, "bytes": 0, "lost": 0}
            ]
        }
    )
    wrong = fault("fire")
    assert wrong.returncode == 1
    assert "kind must be one of throttle" in wrong.stderr


def test_a_data_folder_that_can_not_be_used_is_named(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(process.StackError, match=r"file/data.*Not a directory"):
        start(home, data_dir=tmp_path / "file" / "data")
