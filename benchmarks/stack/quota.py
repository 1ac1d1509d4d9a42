"""Records offered at the rate that a stream takes by default, to a stack with a real engine."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.stack.deployment import INDEX, Deployment
from benchmarks.stack.engine import RealEngine, Seen
from benchmarks.stack.load import Load, Producers
from benchmarks.stack.plan import MEBIBYTE, QUOTA
from benchmarks.stack.producer import Job
from benchmarks.stack.searchable import Delays, delays
from benchmarks.stack.usage import cpu_seconds, resident_mebibytes, watching_memory

PRODUCERS = 2
_ENDLESS = 10_000_000
_POLL = 0.1
PATIENCE = 15.0
"""Seconds without another record found, after which those that are missing count as lost."""


@dataclass(frozen=True)
class AtTheQuota:
    """What became of records that were offered at the quota's rate.

    Attributes:
        seconds: From the first request to the last acknowledgement.
        taken: Records acknowledged.
        rate: MiB acknowledged a second.
        searchable_rate: MiB a second, from the first request until searches found the last record.
        delays: From acknowledged to searchable.
        lost: Acknowledged, but not found.
        doubled: Documents beyond the first with the same record.
        memory: Resident MiB of the stack, without the engine, before anything was put.
        peak: The most while this went on.
        growth: MiB by which the last third's median exceeded the middle third's.
        cpu: Seconds of processor time of the stack for each second.
        errors: Answers that no producer expects.
    """

    seconds: float
    taken: int
    rate: float
    searchable_rate: float
    delays: Delays | None
    lost: int
    doubled: int
    memory: float
    peak: float
    growth: float
    cpu: float
    errors: tuple[str, ...]


def measure_at_the_quota(deployment: Deployment, engine: RealEngine, seconds: float) -> AtTheQuota:
    """Offer records for some seconds and count what searches find."""
    pid = deployment.info.pid
    resting = resident_mebibytes(pid)
    jobs = [
        Job(
            "batch",
            deployment.target,
            place * _ENDLESS,
            _ENDLESS,
            rate=QUOTA / PRODUCERS,
            seconds=seconds,
        )
        for place in range(PRODUCERS)
    ]
    cpu = cpu_seconds(pid)
    with watching_memory(pid) as memory:
        load, seen = _offer(jobs, engine)
    cpu = cpu_seconds(pid) - cpu
    contents = engine.contents(INDEX)
    whole = seen[-1].at - load.began
    return AtTheQuota(
        seconds=load.seconds,
        taken=load.taken,
        rate=load.rate,
        searchable_rate=load.mebibytes / whole,
        delays=delays(load.answers, seen),
        lost=load.taken - contents.distinct,
        doubled=contents.documents - contents.distinct,
        memory=resting,
        peak=memory.peak,
        growth=memory.growth,
        cpu=cpu / whole,
        errors=load.errors,
    )


def offered_mebibytes(seconds: float) -> float:
    """Return what is offered in so many seconds."""
    return seconds * QUOTA / MEBIBYTE


def _offer(jobs: list[Job], engine: RealEngine) -> tuple[Load, list[Seen]]:
    with ExitStack() as resources:
        # Entered first, left last: producers that are ended let their waiter end.
        waiter = resources.enter_context(ThreadPoolExecutor(1))
        producers = Producers(jobs, resources)
        producers.go()
        waiting = waiter.submit(producers.wait)
        seen = [engine.count(INDEX)]
        while not waiting.done():
            time.sleep(_POLL)
            seen.append(engine.count(INDEX))
        load = waiting.result()
        deadline = time.monotonic() + PATIENCE
        while seen[-1].documents < load.taken and seen[-1].at < deadline:
            time.sleep(_POLL)
            seen.append(engine.count(INDEX))
            if seen[-1].documents > seen[-2].documents:
                deadline = time.monotonic() + PATIENCE
        return load, seen
