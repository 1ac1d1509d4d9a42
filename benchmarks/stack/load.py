"""Run producers in processes of their own and put together what they did."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from benchmarks.stack.plan import MEBIBYTE
from benchmarks.stack.producer import Done, Job
from benchmarks.stack.records import SIZE

LIMIT = 150.0
"""Seconds after which producers are given up."""


@dataclass(frozen=True)
class Load:
    """What several producers did together.

    Attributes:
        began: When the first of them began, in seconds of the monotonic clock.
        ended: When the last answer came.
        taken: Records that were acknowledged.
        throttled: Records that had to be sent again.
        errors: Answers that were neither.
        answers: When requests were answered, and how many records each acknowledged, in order.
    """

    began: float
    ended: float
    taken: int
    throttled: int
    errors: tuple[str, ...]
    answers: tuple[tuple[float, int], ...]

    @property
    def seconds(self) -> float:
        """From the first request to the last answer."""
        return self.ended - self.began

    @property
    def rate(self) -> float:
        """Acknowledged MiB a second."""
        return self.mebibytes / self.seconds if self.seconds else 0.0

    @property
    def mebibytes(self) -> float:
        """Of the records that were acknowledged."""
        return self.taken * SIZE / MEBIBYTE


class Producers:
    """Processes that stand ready to produce."""

    def __init__(self, jobs: Sequence[Job], resources: ExitStack) -> None:
        """Start them, and end them with ``resources``."""
        self._processes = [_started(job, resources) for job in jobs]
        for process in self._processes:
            assert process.stdout is not None
            process.stdout.readline()

    def go(self) -> None:
        """Let all of them begin."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()

    def wait(self) -> Load:
        """Return what they did, once all have ended."""
        done = [
            Done(**json.loads(process.communicate(timeout=LIMIT)[0])) for process in self._processes
        ]
        return Load(
            began=min(one.began for one in done),
            ended=max(one.ended for one in done),
            taken=sum(one.taken for one in done),
            throttled=sum(one.throttled for one in done),
            errors=tuple(error for one in done for error in one.errors),
            answers=tuple(sorted((at, count) for one in done for at, count in one.answers)),
        )


def produce(jobs: Sequence[Job]) -> Load:
    """Run jobs side by side and return what they did."""
    with ExitStack() as resources:
        producers = Producers(jobs, resources)
        producers.go()
        return producers.wait()


def _started(job: Job, resources: ExitStack) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stack.producer", json.dumps(asdict(job))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    resources.callback(process.wait)
    resources.callback(process.kill)
    return process
