"""What taking secrets out adds to the encoding of a record; nothing where it is not asked for."""

from __future__ import annotations

import logging
import time
from typing import Any

from benchmarks.measures.base import MESSAGE, Task

from firehose_logging import FirehoseJsonFormatter
from firehose_logging.core.encoding import RecordEncoder

ROUNDS = 40
RECORDS = 500
OPTIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "none again": {"redact": []},
    "names": {"redact": ["password", "token"], "redact_patterns": []},
    "names and patterns": {"redact": ["password", "token"]},
}


def measure(task: Task) -> dict[str, float]:  # noqa: ARG001 - as the others
    """Encode the same record in turns; the quickest turn of each counts.

    Returns:
        Microseconds of CPU per record, by what was asked for.
    """
    record = logging.LogRecord("shop", 20, "", 1, MESSAGE, (7, 12.5, "c-1771"), None)
    record.__dict__.update(order=42, customer="c-1771")
    encoders = {
        name: RecordEncoder(FirehoseJsonFormatter(**options)) for name, options in OPTIONS.items()
    }
    best = dict.fromkeys(encoders, float("inf"))
    for _ in range(ROUNDS):
        for name, encoder in encoders.items():
            best[name] = min(best[name], _cpu_of_a_record(encoder, record))
    return best


def _cpu_of_a_record(encoder: RecordEncoder, record: logging.LogRecord) -> float:
    encode = encoder.encode
    before = time.thread_time_ns()
    for _ in range(RECORDS):
        encode(record)
    return (time.thread_time_ns() - before) / RECORDS / 1000
