"""Records a second that one process sustains with four logging threads."""

from __future__ import annotations

import threading
import time

from benchmarks.measures.base import Bench, Task

THREADS = 4
PATIENCE = 12.0


def measure(task: Task) -> dict[str, float]:
    """Log back to back for ``task.seconds`` seconds, then wait for what is on its way.

    Returns:
        ``rate``: records acknowledged a second, until the last one, or logged where nothing is
        sent; ``logged`` and ``lost``: records, the latter those not acknowledged in time.
    """
    bench = Bench(task)
    bench.warm_up()
    start = bench.logged
    began = time.monotonic()

    def work() -> None:
        bench.log_until(1 << 40, began + task.seconds)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if task.peer == "null":
        logged = bench.logged - start
        return {"rate": logged / (time.monotonic() - began), "logged": logged, "lost": 0}
    ended = bench.await_acknowledged(PATIENCE, hurry=True)
    return {
        "rate": (bench.acknowledged - start) / (ended - began),
        "logged": bench.logged - start,
        "lost": bench.logged - bench.acknowledged,
    }
