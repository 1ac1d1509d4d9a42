"""What the stack takes when its engine costs nothing."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.counter import SharedCounter
from benchmarks.stack.deployment import Deployment, running_stack
from benchmarks.stack.helpers import running_helper
from benchmarks.stack.limits import Budget
from benchmarks.stack.load import Load, produce
from benchmarks.stack.plan import MEBIBYTE, Plan
from benchmarks.stack.producer import Job
from benchmarks.stack.records import SIZE
from benchmarks.stack.usage import cpu_seconds, resident_mebibytes, watching_memory

PRODUCERS = 2
CONNECTIONS = 4
_PATIENCE = 20.0
_POLL = 0.02
_ENDLESS = 10_000_000


@dataclass(frozen=True)
class Capacity:
    """Figures with an engine that does nothing.

    Attributes:
        mebibytes: Acknowledged, in batches of 500 records.
        taken_rate: MiB a second, from the first request to the last acknowledgement.
        delivered_rate: MiB a second, from the first request until the engine had the last document.
        mebibytes_per_cpu: MiB for each second of processor time of the stack.
        memory: Resident MiB of the stack before anything was put.
        peak: The most while this went on.
        missing: Acknowledged records less counted documents; below 0 if there were more.
        single_rate: PutRecord requests a second.
        single_cpu: Microseconds of processor time of the stack for each of them.
        errors: Answers that no producer expects.
    """

    mebibytes: float
    taken_rate: float
    delivered_rate: float
    mebibytes_per_cpu: float
    memory: float
    peak: float
    missing: int
    single_rate: float
    single_cpu: float
    errors: tuple[str, ...]


@contextmanager
def _running() -> Iterator[tuple[Deployment, SharedCounter]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "documents"
        counter = SharedCounter(path)
        with (
            running_helper("null_engine", str(path)) as port,
            running_stack(f"http://127.0.0.1:{port}") as deployment,
        ):
            yield deployment, counter


def measure_start() -> float:
    """Return the seconds from a stack's beginning until it is ready, without an engine."""
    with _running() as (deployment, _):
        return deployment.start_seconds


def measure_capacity(plan: Plan, budget: Budget) -> Capacity:
    """Put batches, then single records, as fast as they are taken."""
    with _running() as (deployment, counter), budget.spend("the run with the null engine"):
        deployment.deploy()
        pid = deployment.info.pid
        resting = resident_mebibytes(pid)
        with watching_memory(pid) as memory:
            cpu = cpu_seconds(pid)
            batches = _batches(deployment, plan.null_mebibytes)
            delivered = _await_documents(counter, batches.taken)
            cpu = cpu_seconds(pid) - cpu
            single_cpu = cpu_seconds(pid)
            singles = _singles(deployment, plan.single_seconds)
            single_cpu = cpu_seconds(pid) - single_cpu
            taken = batches.taken + singles.taken
            _await_documents(counter, taken)
        return Capacity(
            mebibytes=batches.mebibytes,
            taken_rate=batches.rate,
            delivered_rate=batches.mebibytes / (delivered - batches.began),
            mebibytes_per_cpu=batches.mebibytes / max(cpu, 0.01),
            memory=resting,
            peak=memory.peak,
            missing=taken - counter.value,
            single_rate=singles.taken / max(singles.seconds, 0.01),
            single_cpu=1e6 * single_cpu / max(singles.taken, 1),
            errors=(*batches.errors, *singles.errors),
        )


def _batches(deployment: Deployment, mebibytes: int) -> Load:
    each = mebibytes * MEBIBYTE // SIZE // PRODUCERS
    return produce(
        [Job("batch", deployment.target, place * each, each) for place in range(PRODUCERS)]
    )


def _singles(deployment: Deployment, seconds: float) -> Load:
    return produce(
        [
            Job(
                "single",
                deployment.target,
                (PRODUCERS + place) * _ENDLESS,
                _ENDLESS,
                batch=1,
                seconds=seconds,
                connections=CONNECTIONS,
            )
            for place in range(PRODUCERS)
        ]
    )


def _await_documents(counter: SharedCounter, count: int) -> float:
    """Return when the engine had so many documents, or when the patience was over."""
    deadline = time.monotonic() + _PATIENCE
    while counter.value < count and time.monotonic() < deadline:
        time.sleep(_POLL)
    return time.monotonic()
