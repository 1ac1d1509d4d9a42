"""The section of ``docs/reliability.md`` on disks that are full for a while."""

from __future__ import annotations

from typing import NamedTuple

from tests.chaos.disk import SPOOL_PACE, STACK_LIFE, STACK_THREADS, StackResult
from tests.chaos.scenarios import Run

HEADING = "## A disk that is full for a while"
FOLLOWING = "## A day of retrying"

SECTION = """\
{heading}

Run on {date}. A disk is full here when the process may not make its files larger: writes are cut
short, then fail.

{spooled:,} records, {pace:,.0f} a second, with `spool="always"`. Firehose is away for {full:.0f} s;
in the middle of that the spool's disk is full for {third:.0f} s. {spool_lost} records were lost,
{spool_twice} came twice, {spool_dropped}.

A local stack with `--data-dir` gets records from {threads} threads; its disk is full for a while;
{life:.0f} s after its start at most it is killed, and started again, {kills} times. What the last
one delivers:

| | records |
| --- | ---: |
| acknowledged | {acknowledged:,} |
| refused, for the disk was full | {refused:,} |
| without an answer, for the stack was killed | {unanswered:,} |
| acknowledged and lost | {lost} |
| refused and delivered all the same | {never_acknowledged} |

"""


class DiskFindings(NamedTuple):
    """What disks that were full for a while did.

    Attributes:
        spool: to a handler's spool.
        full: seconds of the outage, in a third of which its disk was full.
        stacks: to local stacks.
    """

    spool: Run
    full: float
    stacks: StackResult

    def problems(self) -> list[str]:
        """Return what is not as promised."""
        told = [f"spool on a full disk: {text}" for text in self.spool.problems()]
        return told + [f"stack on a full disk: {text}" for text in self.stacks.problems()]


def with_disks(page: str, findings: DiskFindings, date: str) -> str:
    """Return the page with this section anew, and all others as they are."""
    before, found, rest = page.partition(HEADING)
    if found:
        rest = rest[rest.index(FOLLOWING) :]
    else:
        before, rest = page.split(FOLLOWING)
        rest = FOLLOWING + rest
    return before + _section(findings, date) + rest


def _section(findings: DiskFindings, date: str) -> str:
    spool, stacks = findings.spool, findings.stacks
    dropped = spool.stats["dropped"]
    return SECTION.format(
        heading=HEADING,
        date=date,
        spooled=spool.verdict.expected,
        pace=SPOOL_PACE,
        full=findings.full,
        third=findings.full / 3,
        spool_lost=spool.verdict.lost,
        spool_twice=spool.verdict.duplicates,
        spool_dropped=f"the handler dropped {dropped}" if dropped else "none was dropped",
        threads=STACK_THREADS,
        life=STACK_LIFE,
        **stacks._asdict(),
    )
