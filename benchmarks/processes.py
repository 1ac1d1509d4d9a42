"""Start and stop the sinks and the measuring processes."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.measures.base import Task

CHILD_LIMIT = 60.0
"""Seconds after which a measurement is given up."""

SLOW = 0.2
"""Seconds that the slow sink takes to answer."""


class SinkProcess(NamedTuple):
    """Where a sink is, or would be if it were not down."""

    http: int
    lines: int
    counter: str


@contextlib.contextmanager
def running_sinks() -> Iterator[Mapping[str, SinkProcess]]:
    """Run sinks that are ``healthy``, ``slow`` and ``down``, and stop them at the end."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield {
            "healthy": stack.enter_context(_running_sink(folder / "healthy", 0.0)),
            "slow": stack.enter_context(_running_sink(folder / "slow", SLOW)),
            "down": stack.enter_context(_sink_that_is_down(folder / "down")),
        }


@contextlib.contextmanager
def _running_sink(counter: Path, delay: float) -> Iterator[SinkProcess]:
    command = [sys.executable, "-m", "benchmarks.sink", f"--counter={counter}", f"--delay={delay}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield SinkProcess(**json.loads(process.stdout.readline()), counter=str(counter))
        finally:
            process.terminate()


@contextlib.contextmanager
def _sink_that_is_down(counter: Path) -> Iterator[SinkProcess]:
    # Bound but not listening: connections are refused, and nobody else gets the port.
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        yield SinkProcess(port, port, str(counter))


def measure(task: Task) -> dict[str, float] | None:
    """Run one measurement in a process of its own; None if it failed or took too long."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.child", json.dumps(task._asdict())],
            env=_environment(task),
            capture_output=True,
            check=True,
            timeout=CHILD_LIMIT,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        tail = (error.stderr or b"").decode(errors="replace").strip().splitlines()[-1:]
        print(f"    {task.measure} of {task.peer}: {type(error).__name__} {tail}", flush=True)
        return None
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _environment(task: Task) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{task.http}",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }
