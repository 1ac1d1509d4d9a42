"""Memory while nothing can be sent: ten minutes' records, logged as fast as they can be."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.measures.base import Bench, Task

PADDING = "x" * 850
BURST = 1_000
PAGE = os.sysconf("SC_PAGESIZE")


def resident() -> int:
    """Return the bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def measure(task: Task) -> dict[str, float]:
    """Log ``task.records`` records of about 1 KB, for ``task.seconds`` seconds at most.

    Returns:
        ``peak``: MiB that memory grew by at most, from before the handler was made;
        ``logged``: records.
    """
    before = resident()
    bench = Bench(task)
    peak = before
    logged = 0
    deadline = time.monotonic() + task.seconds
    info = bench.logger.info
    while logged < task.records and time.monotonic() < deadline:
        for number in range(BURST):
            info("order %d: %s", number, PADDING)
            logged += 1
            if time.monotonic() > deadline:
                break
        peak = max(peak, resident())
    for _ in range(10):
        time.sleep(0.1)
        peak = max(peak, resident())
    return {"peak": (peak - before) / 1024**2, "logged": logged}
