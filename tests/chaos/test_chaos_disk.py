"""A short form of the runs with a disk that is full for a while."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.disk import StackResult, spool_on_a_full_disk, stacks_on_a_full_disk
from tests.chaos.ledger import Verdict
from tests.chaos.report_disk import FOLLOWING, HEADING, DiskFindings, with_disks
from tests.chaos.scenarios import Run


def test_a_spool_whose_disk_is_full_for_a_while_loses_nothing() -> None:
    run = spool_on_a_full_disk(records=6_000, seconds=3.0)
    assert run.problems() == []


def test_a_stack_whose_disk_is_full_for_a_while_keeps_its_word_through_a_kill() -> None:
    result = stacks_on_a_full_disk(kills=1, seed=2)
    assert result.problems() == []
    assert result.acknowledged
    assert result.refused


def test_the_section_takes_the_place_of_the_one_before_and_leaves_the_rest() -> None:
    verdict = Verdict(10, 10, [], 0, 0, {}, 0)
    run = Run(verdict, {"dropped": {}}, 1.0)
    findings = DiskFindings(run, 3.0, StackResult(1, 2, 3, 4, 0, 0, 0))
    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
    once = with_disks(page, findings, "2026-01-01")
    twice = with_disks(once, findings, "2026-01-02")
    assert twice == once.replace("2026-01-01", "2026-01-02")
    assert twice.count(HEADING) == 1
    assert twice.endswith(FOLLOWING + page.split(FOLLOWING)[1])
