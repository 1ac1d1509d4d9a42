"""Each way in which a request can go wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.conftest import StartHere
from tests.chaos.faults import FaultMix
from tests.chaos.ledger import Verdict
from tests.chaos.processes import failing_firehose
from tests.chaos.program import Task, fail_to_resolve_names

RECORDS = 2_000
OPTIONS = {"flush_interval": 0.1, "max_batch_records": 100}
TASK = Task(0, RECORDS, threads=2, options=OPTIONS)
LIMIT = 40.0


def judge(verdict: Verdict, stats: Mapping[str, Any]) -> None:
    """Nothing is lost, nothing came twice without a reason, and the counters agree."""
    assert verdict.missing == []
    assert verdict.unexplained == 0
    assert stats["dropped"] == {}
    assert stats["fell_back"] == 0
    assert stats["sent"] == stats["accepted"] == verdict.expected


@pytest.mark.parametrize(
    "mix",
    [
        FaultMix(partial=0.3),
        FaultMix(throttled=0.3),
        FaultMix(server_error=0.3),
        FaultMix(reset_before=0.3),
        FaultMix(slow=0.3),
        FaultMix(html=0.3),
    ],
    ids=["partial", "throttled", "500", "reset", "slow", "html"],
)
def test_nothing_is_lost_and_nothing_comes_twice_when_requests_fail(
    start_here: StartHere, mix: FaultMix
) -> None:
    with failing_firehose(RECORDS, mix) as firehose:
        stats = start_here(firehose, TASK).result(LIMIT)
        verdict = firehose.verdict()
    judge(verdict, stats)
    assert verdict.duplicates == 0
    assert len(verdict.requests) > 1 or verdict.refused > 0


@pytest.mark.parametrize(
    "mix",
    [FaultMix(partial=0.1, reset_in_answer=0.3), FaultMix(partial=0.1, wrong_json=0.3)],
    ids=["reset in mid-answer", "wrong JSON"],
)
def test_records_come_twice_only_where_an_answer_was_lost(
    start_here: StartHere, mix: FaultMix
) -> None:
    with failing_firehose(RECORDS, mix) as firehose:
        stats = start_here(firehose, TASK).result(LIMIT)
        verdict = firehose.verdict()
    judge(verdict, stats)
    assert verdict.lost_answers > 0
    assert verdict.duplicates > 0


def test_nothing_is_lost_when_tls_is_cut(start_here: StartHere, tmp_path: Path) -> None:
    mix = FaultMix(truncated_tls=0.3, reset_before=0.2, reset_in_answer=0.1)
    with failing_firehose(RECORDS, mix, folder=tmp_path) as firehose:
        stats = start_here(firehose, TASK).result(LIMIT)
        verdict = firehose.verdict()
    judge(verdict, stats)
    assert verdict.requests["TLS handshake cut"] > 0


def test_nothing_is_lost_when_names_can_not_be_resolved(
    start_here: StartHere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_names = tmp_path / "no-names"
    no_names.touch()
    fail_to_resolve_names(no_names, monkeypatch.setattr)
    with failing_firehose(RECORDS) as firehose:
        firehose.url = firehose.url.replace("127.0.0.1", "localhost")
        running = start_here(firehose, TASK)
        time.sleep(1.0)
        assert firehose.verdict().arrived == 0
        no_names.unlink()
        stats = running.result(LIMIT)
        verdict = firehose.verdict()
    judge(verdict, stats)
    assert verdict.duplicates == 0


def test_nothing_is_lost_in_an_outage(start_here: StartHere) -> None:
    with failing_firehose(RECORDS) as firehose:
        running = start_here(firehose, TASK._replace(pause=0.002))
        while firehose.verdict().arrived == 0:
            time.sleep(0.01)
        firehose.command("outage")
        time.sleep(0.2)  # a request may be on its way in
        arrived = firehose.verdict().arrived
        time.sleep(0.8)
        assert firehose.verdict().arrived == arrived < RECORDS
        firehose.command("recover")
        stats = running.result(LIMIT)
        verdict = firehose.verdict()
    judge(verdict, stats)
