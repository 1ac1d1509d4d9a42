"""What a call costs its caller: a service that logs 25 lines at a time, 5,000 a second at most."""

from __future__ import annotations

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

    Returns:
        ``p50``, ``p99``, ``p999``, ``max``: microseconds of a call; ``calls``: how many were
        timed; ``cpu``: microseconds of CPU of the calling thread per call, back to back.
    """
    bench = Bench(task)
    bench.warm_up()
    taken = time_calls(bench, task.seconds)
    cpu = statistics.median(cpu_of_a_call(bench) for _ in range(BLOCKS))
    return summary(taken) | {"cpu": cpu}


def time_calls(bench: Bench, seconds: float) -> array[int]:
    info, clock = bench.logger.info, time.perf_counter_ns
    taken = array("q")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for number in range(BURST):
            before = clock()
            info(MESSAGE, number, 12.5, "c-1771")
            taken.append(clock() - before)
            if taken[-1] > LONG_CALL:
                break
        time.sleep(PAUSE)
    return taken


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
