"""The long fault runs."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.chaos import forked_program
from tests.chaos.faults import FaultMix
from tests.chaos.kills import KillResult, kill_once
from tests.chaos.ledger import Verdict
from tests.chaos.processes import Ended, Firehose, Program, failing_firehose, start_logging
from tests.chaos.program import Task

STORM: Final = FaultMix(
    partial=0.3,
    throttled=0.05,
    server_error=0.02,
    reset_before=0.02,
    reset_in_answer=0.02,
    wrong_json=0.01,
    html=0.01,
    slow=0.01,
    too_slow=1,
)
CUT_TLS: Final = FaultMix(partial=0.1, truncated_tls=0.3, reset_before=0.1, reset_in_answer=0.1)
BLOCKING: Final = {"overflow": "block", "block_timeout": 300.0}
LIMIT: Final = 600.0


class Run(NamedTuple):
    """How a run ended.

    Attributes:
        verdict: On every record.
        stats: The handler's counters, or what the program told instead.
        seconds: How long it took.
    """

    verdict: Verdict
    stats: Mapping[str, Any]
    seconds: float

    def problems(self) -> list[str]:
        """Return what is not as promised."""
        verdict = self.verdict
        told = [
            (verdict.lost, f"{verdict.lost:,} records lost, among them {verdict.missing[:3]}"),
            (verdict.unexplained, f"{verdict.unexplained} duplicates without a lost answer"),
            (self.stats.get("dropped"), f"dropped: {self.stats.get('dropped')}"),
            (self.stats.get("fell_back"), f"fell back: {self.stats.get('fell_back')}"),
        ]
        return [text for is_wrong, text in told if is_wrong]


def storm(records: int, outage_seconds: float) -> Run:
    """Send records through everything that can go wrong, with an outage in the middle."""
    with failing_firehose(records, STORM) as firehose:
        task = Task(0, records, threads=4, patience=120.0, options=BLOCKING)
        program = start_logging(firehose, task)
        _await_arrival(firehose, records // 3)
        firehose.command("outage")
        time.sleep(outage_seconds)
        firehose.command("recover")
        return finish(firehose, program)


def cut_tls_and_names(records: int, seconds: float) -> Run:
    """Send records over TLS that is cut, and let name resolution fail for a while."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        no_names = folder / "no-names"
        options = BLOCKING | {"max_batch_records": 200}
        with failing_firehose(records, CUT_TLS, folder=folder / "tls") as firehose:
            task = Task(0, records, 2, patience=120.0, options=options, no_names=str(no_names))
            program = start_logging(firehose, task)
            _await_arrival(firehose, records // 3)
            no_names.touch()
            time.sleep(seconds)
            no_names.unlink()
            return finish(firehose, program)


def forks(children: int) -> Run:
    """Fork again and again while the sending thread waits for an answer."""
    task = forked_program.Task(records=50, children=children, options={"flush_interval": 0.05})
    records = forked_program.records_in_all(task)
    with failing_firehose(records, FaultMix(slow=1.0), slow_seconds=0.4) as firehose:
        program = Program(firehose, "tests.chaos.forked_program", task._asdict())
        return finish(firehose, program)


def kills(times: int, seed: int) -> list[KillResult]:
    """Kill a program at random moments, and have its spool brought in by another."""
    chance = random.Random(seed)
    results = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            results.append(kill_once(Path(folder), chance.random, FaultMix(partial=0.2)))
    return results


def _await_arrival(firehose: Firehose, records: int) -> None:
    limit = time.monotonic() + LIMIT
    while firehose.verdict().arrived < records and time.monotonic() < limit:
        time.sleep(0.2)


def finish(firehose: Firehose, program: Program, limit: float = LIMIT) -> Run:
    """Wait for a program's end, and judge what it has logged."""
    ended: Ended = program.end(limit)
    if ended.returncode:
        raise RuntimeError(f"the program ended with {ended.returncode}: {ended.stderr[-500:]}")
    return Run(firehose.verdict(), ended.stats, ended.seconds)
