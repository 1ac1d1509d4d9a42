"""Kill a program that logs, and see what its successor brings to Firehose."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.chaos.faults import FaultMix
from tests.chaos.killed_program import ReturnedCalls, Task
from tests.chaos.ledger import Verdict
from tests.chaos.processes import Program, failing_firehose, log
from tests.chaos.program import Task as Logging

FLUSH_INTERVAL = 0.2
RECORDS = 4_000
PAUSE = 0.0005
LATEST_KILL = 1.2


class KillResult(NamedTuple):
    """What became of the records of one program that was killed.

    Attributes:
        returned: Calls that had returned when it was killed.
        promised: Those among them that had returned a flush interval before.
        missing: Records promised that never arrived.
        verdict: On all records.
    """

    returned: int
    promised: int
    missing: list[int]
    verdict: Verdict


def kill_once(folder: Path, random: Callable[[], float], mix: FaultMix | None = None) -> KillResult:
    """Run a program with a write-ahead spool, kill it, and let another one find the spool.

    Args:
        folder: An empty one, for the spool and the notes.
        random: Gives numbers from 0 up to 1; it decides when the kill comes.
        mix: What goes wrong besides.
    """
    options = {
        "spool": "always",
        "spool_dir": str(folder / "spool"),
        "flush_interval": FLUSH_INTERVAL,
    }
    notes = folder / "returned"
    calls = ReturnedCalls(notes, RECORDS)
    with failing_firehose(RECORDS + 1, mix) as firehose:
        task = Task(0, RECORDS, str(notes), PAUSE, options)
        program = Program(firehose, "tests.chaos.killed_program", task._asdict())
        while calls.before(time.monotonic()) == 0:
            time.sleep(0.005)
        time.sleep(LATEST_KILL * random())
        program.process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        program.end(timeout=10)
        # The successor's own record is the last one.
        log(firehose, Logging(RECORDS, 1, patience=20.0, options=options))
        verdict = firehose.verdict()
        arrived = firehose.command("arrived")["arrived"]
    promised = calls.before(killed - FLUSH_INTERVAL)
    missing = sorted(set(range(promised)) - set(arrived))
    return KillResult(calls.before(killed), promised, missing, verdict)
