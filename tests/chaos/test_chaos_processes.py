"""Programs that fork at the worst moment, and programs that are killed."""

from __future__ import annotations

import random
from pathlib import Path

from tests.chaos.faults import FaultMix
from tests.chaos.forked_program import Task, records_in_all
from tests.chaos.kills import kill_once
from tests.chaos.processes import Program, failing_firehose


def test_a_fork_in_mid_request_loses_nothing_and_doubles_nothing() -> None:
    task = Task(records=50, children=2, options={"flush_interval": 0.05})
    mix = FaultMix(slow=1.0)
    with failing_firehose(records_in_all(task), mix, slow_seconds=0.4) as firehose:
        ended = Program(firehose, "tests.chaos.forked_program", task._asdict()).end(30)
        verdict = firehose.verdict()
    assert ended.returncode == 0, ended.stderr
    assert ended.stats == {"children": [0, 0], "queued": 0}
    assert verdict.missing == []
    assert verdict.duplicates == 0


def test_what_was_promised_survives_a_kill(tmp_path: Path) -> None:
    result = kill_once(tmp_path, random.Random(2).random)
    assert result.promised > 0
    assert result.missing == []
