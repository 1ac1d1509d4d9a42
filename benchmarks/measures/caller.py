"""What a call costs its caller: a service that logs 25 lines at a time, 5,000 a second at most."""

from __future__ import annotations

import logging
import statistics
import time
from array import array

from benchmarks.measures.base import MESSAGE, Bench, Task

BURST = 25
PAUSE = 0.005
LONG_CALL = 1_000_000_000  # ns
BLOCKS = 5
BLOCK = 1_000
BLOCK_LIMIT = 0.2


def measure(task: Task) -> dict[str, float]:
    """Time calls for ``task.seconds`` seconds, then some more, back to back, without a clock.

    Bursts of calls to a null handler take turns with those to the peer, so that whatever else the
    machine does falls on both.

    Returns:
        ``p50``, ``p99``, ``p999``, ``max``: microseconds of a call; ``calls``: how many were
        timed; ``ratio``: the median in units of the null handler's; ``cpu``: microseconds of CPU
        of the calling thread per call, back to back.
    """
    bench = Bench(task)
    bench.warm_up()
    taken, null = time_calls(bench.logger, task.seconds)
    cpu = statistics.median(cpu_of_a_call(bench) for _ in range(BLOCKS))
    ratio = statistics.median(taken) / statistics.median(null)
    return summary(taken) | {"ratio": ratio, "cpu": cpu}


def time_calls(logger: logging.Logger, seconds: float) -> tuple[array[int], array[int]]:
    """Return nanoseconds of calls to ``logger`` and to one that goes nowhere."""
    nowhere = logging.Logger(logger.name, logging.INFO)
    nowhere.addHandler(logging.NullHandler())
    taken, null = array("q"), array("q")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time_burst(nowhere, null)
        time.sleep(PAUSE)
        time_burst(logger, taken)
        time.sleep(PAUSE)
    return taken, null


def time_burst(logger: logging.Logger, taken: array[int]) -> None:
    info, clock = logger.info, time.perf_counter_ns
    for number in range(BURST):
        before = clock()
        info(MESSAGE, number, 12.5, "c-1771")
        taken.append(clock() - before)
        if taken[-1] > LONG_CALL:
            break


def cpu_of_a_call(bench: Bench) -> float:
    before = time.thread_time_ns()
    logged = bench.log_until(BLOCK, time.monotonic() + BLOCK_LIMIT)
    taken = time.thread_time_ns() - before
    time.sleep(PAUSE)
    return taken / logged / 1000


def summary(taken: array[int]) -> dict[str, float]:
    ordered = sorted(taken)

    def percentile(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1000

    return {
        "p50": percentile(0.5),
        "p99": percentile(0.99),
        "p999": percentile(0.999),
        "max": ordered[-1] / 1000,
        "calls": len(ordered),
    }
