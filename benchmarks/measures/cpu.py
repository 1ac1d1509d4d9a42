"""What a record costs the whole process, from the call until the sink has acknowledged it."""

from __future__ import annotations

import time

from benchmarks.measures.base import Bench, Task

BURST = 100
PAUSE = 0.004
LONGEST = 6.0
PATIENCE = 15.0


def measure(task: Task) -> dict[str, float]:
    """Log ``task.records`` records at a pace that every peer keeps up with, if it can.

    Returns:
        ``cpu``: microseconds of CPU of the process per record; ``acknowledged`` and ``logged``:
        records.
    """
    bench = Bench(task)
    bench.warm_up()
    start = bench.logged
    deadline = time.monotonic() + LONGEST
    before = time.process_time()
    while bench.logged < start + task.records and time.monotonic() < deadline:
        bench.log_until(BURST, deadline)
        time.sleep(PAUSE)
    if task.peer != "null":
        bench.await_acknowledged(PATIENCE)
    used = time.process_time() - before
    logged = bench.logged - start
    return {
        "cpu": used / max(1, logged) * 1e6,
        "logged": logged,
        "acknowledged": bench.acknowledged - start,
    }
