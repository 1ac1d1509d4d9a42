"""Callers that wait for room at the same time."""

import threading
import time

from firehose_logging.core.buffer import BufferLimits, RecordBuffer
from firehose_logging.core.counters import Counters
from firehose_logging.core.wakeup import Wakeup


def test_callers_that_are_woken_together_do_not_push_each_other_out() -> None:
    counters = Counters()
    limits = BufferLimits(
        max_records=4,
        max_bytes=1_000_000,
        overflow="block",
        block_timeout=30.0,
        batch_records=4,
        batch_bytes=1_000_000,
    )
    buffer = RecordBuffer(limits, counters, Wakeup())

    def log() -> None:
        for _ in range(500):
            buffer.append(b"{}")

    callers = [threading.Thread(target=log) for _ in range(8)]
    for caller in callers:
        caller.start()
    taken, deadline = 0, time.monotonic() + 30
    while taken < 4000 and time.monotonic() < deadline:
        batch = buffer.peek(3, 1_000_000)
        buffer.remove(batch)
        taken += len(batch)
    for caller in callers:
        caller.join()
    assert taken == 4000
    assert dict(counters.dropped) == {}
