"""Run the failing Firehose and the programs that log to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.chaos.faults import FaultMix
from tests.chaos.firehose import Settings
from tests.chaos.ledger import Verdict, verdict_from
from tests.chaos.program import Task

from firehose_logging.local.domain.authority import Authority

ROOT = Path(__file__).parents[2]
ENDING = 10.0
"""Seconds that a process gets to end."""


class Firehose:
    """A failing Firehose that runs."""

    def __init__(self, process: subprocess.Popen[str], url: str, bundle: Path | None) -> None:
        self._process = process
        self.url = url
        self._bundle = bundle

    def command(self, name: str) -> dict[str, Any]:
        """Have a command obeyed and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def verdict(self) -> Verdict:
        """Return what became of the records so far."""
        return verdict_from(self.command("verdict"))

    def environment(self) -> dict[str, str]:
        """Return the variables of a process that logs to it."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "FIREHOSE_LOGGING_"))
        }
        bundle = {"AWS_CA_BUNDLE": str(self._bundle)} if self._bundle else {}
        return (
            kept
            | bundle
            | {
                "AWS_ENDPOINT_URL": self.url,
                "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "eu-west-1",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "NO_PROXY": "localhost,127.0.0.1",
                "PYTHONPATH": os.pathsep.join([str(ROOT), kept.get("PYTHONPATH", "")]),
            }
        )


@contextmanager
def failing_firehose(
    records: int, mix: FaultMix | None = None, *, folder: Path | None = None, **settings: Any
) -> Iterator[Firehose]:
    """Run a failing Firehose; with a ``folder`` for certificates it speaks TLS."""
    bundle = None
    scheme, host = "http", "127.0.0.1"
    if folder is not None:
        authority = Authority(folder, time.time())
        bundle = authority.bundle
        identity = authority.server_identity
        settings |= {"certificate": str(identity.certificate), "key": str(identity.key)}
        scheme, host = "https", "localhost"
    told = Settings(records, (mix or FaultMix())._asdict(), **settings)
    command = [sys.executable, "-m", "tests.chaos.firehose", json.dumps(told._asdict())]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            assert process.stdout is not None
            port = json.loads(process.stdout.readline())["port"]
            yield Firehose(process, f"{scheme}://{host}:{port}", bundle)
        finally:
            process.kill()


class Ended(NamedTuple):
    """A program that has ended.

    Attributes:
        stats: The handler's counters, as far as the program told them.
        returncode: Of the process.
        stderr: What it wrote there.
        seconds: How long it ran.
    """

    stats: Mapping[str, Any]
    returncode: int
    stderr: str
    seconds: float


class Program:
    """A program that runs and logs to a failing Firehose."""

    def __init__(self, firehose: Firehose, module: str, argument: Mapping[str, Any]) -> None:
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, json.dumps(argument)],
            env=firehose.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, timeout: float) -> Ended:
        """Wait for its end; kill it and raise ``TimeoutExpired`` if it does not come."""
        try:
            stdout, stderr = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate(timeout=ENDING)
            raise
        lines = stdout.splitlines()
        stats = json.loads(lines[-1]) if lines else {}
        return Ended(stats, self.process.returncode, stderr, time.monotonic() - self.began)


def log(firehose: Firehose, task: Task, timeout: float = 60.0) -> Ended:
    """Run the program that logs numbered records, to its end."""
    return start_logging(firehose, task).end(timeout)


def start_logging(firehose: Firehose, task: Task) -> Program:
    """Start the program that logs numbered records."""
    return Program(firehose, "tests.chaos.program", task._asdict())
