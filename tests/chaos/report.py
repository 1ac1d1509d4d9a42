"""Write ``docs/reliability.md``."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from tests.chaos.day import DayResult
from tests.chaos.kills import FLUSH_INTERVAL, KillResult
from tests.chaos.report_disk import DiskFindings, with_disks
from tests.chaos.scenarios import Run

PAGE = """\
# Reliability

Written by `make chaos`, {date}, {minutes:.0f} minutes. A short form of every run belongs to
`make test`. The other side is a Firehose that fails on purpose, in a process of its own, on
loopback; it keeps a ledger of every record it accepted and of every answer that the client could
not get. The handler runs in real processes, which are forked and killed.

A duplicate is *explained* if the answer to the request that accepted the record before was lost:
nobody can then know better than to send it again.

| run | records | lost | duplicates | of them unexplained |
| --- | ---: | ---: | ---: | ---: |
{rows}

{problems}

## A storm

{storm_records:,} records from four threads, `overflow="block"`, everything else as installed.
30 % of the records of every accepted request are refused; besides, requests meet what the table
says, and an outage of {outage:.0f} s refuses every connection. It took {storm_seconds:.0f} s.
{storm_refused:,} refusals of single records; the handler counted {storm_retried:,} records sent
another time. {storm_answers} answers were lost, and {storm_duplicates:,} records came twice for it.

{storm_requests}

## Cut TLS, and names that can't be resolved

{tls_records:,} records over TLS. For {names:.0f} s in the middle no host name can be resolved.
{tls_answers} answers were lost.

{tls_requests}

## Forks

A program logs, waits until its sending thread is in the middle of a request, and forks, {forks}
times. Parent and children log on; the children end through `logging.shutdown` and `os._exit`.
None hung; {fork_lost} records of {fork_records:,} were lost, {fork_twice} came twice.

## `kill -9`

{kills}

## A day of retrying

The handler's own parts with a simulated clock. Simulated days: {days}, each with outages of 30 s,
54 minutes and 3 hours, throttling, refused access, lost answers and hours of partial failures. A
record every other second, `max_retry_age` one hour.

| | |
| --- | ---: |
| records logged | {day_logged:,} |
| given up for their age, all of them in outages longer than `max_retry_age` | {day_expired:,} |
| given up although they could have been sent | {day_spared} |
| sent after their age limit | {day_late} |
| came twice, each after a lost answer | {day_duplicates:,} |
| came twice without one | {day_unexplained} |
| requests an hour in an outage | {day_attempts:.0f} |
| longest time from the end of an outage to the next success | {day_recovery:.1f} s |

## How to repeat

`make chaos`, or `make chaos QUICK=1` for a tenth of it. What a request meets is drawn from a fixed
seed; threads, kills and forks make each run a little different.
"""

KILLS = """\
A program with `spool="always"` (write-ahead) logs {pace:,.0f} records a second at most and is
killed at a random moment, {times} times; another program then finds the spool. Promised are the
records whose call had returned `flush_interval` ({interval} s) before.

| | records |
| --- | ---: |
| calls that had returned | {returned:,} |
| promised | {promised:,} |
| promised and lost | {missing} |
| returned and lost | {lost:,} |
| came twice | {duplicates:,} |

What comes twice had been sent shortly before the kill, which the spool could not know any more."""


class Findings(NamedTuple):
    """All that the runs have found.

    Attributes:
        storm: See ``scenarios``; so the other runs.
        outage: Seconds of the storm's outage.
        names: Seconds without name resolution.
        children: Forks.
        days: Each simulated day.
        disks: What disks that were full for a while did.
    """

    storm: Run
    outage: float
    tls: Run
    names: float
    forks: Run
    children: int
    kills: Sequence[KillResult]
    kill_pause: float
    days: Sequence[DayResult]
    disks: DiskFindings

    def problems(self) -> list[str]:
        """Return what is not as promised."""
        runs = {"storm": self.storm, "TLS": self.tls, "forks": self.forks}
        told = [f"{name}: {text}" for name, run in runs.items() for text in run.problems()]
        told += [f"kill: {result.missing}" for result in self.kills if result.missing]
        told += [f"day: {day}" for day in self.days if day.spared or day.unexplained]
        if self.forks.verdict.duplicates:
            told.append(f"forks: {self.forks.verdict.duplicates} duplicates")
        return told + self.disks.problems()


def page(findings: Findings, *, date: str, seconds: float) -> str:
    """Return the page in Markdown."""
    storm, tls, days = findings.storm, findings.tls, findings.days
    text = PAGE.format(
        date=date,
        minutes=seconds / 60,
        rows="\n".join(_rows(findings)),
        problems=_problems(findings.problems()),
        storm_records=storm.verdict.expected,
        outage=findings.outage,
        storm_seconds=storm.seconds,
        storm_refused=storm.verdict.refused,
        storm_retried=storm.stats["retried"],
        storm_answers=storm.verdict.lost_answers,
        storm_duplicates=storm.verdict.duplicates,
        storm_requests=_requests(storm),
        tls_records=tls.verdict.expected,
        names=findings.names,
        tls_answers=tls.verdict.lost_answers,
        tls_requests=_requests(tls),
        forks=findings.children,
        fork_lost=findings.forks.verdict.lost,
        fork_records=findings.forks.verdict.expected,
        fork_twice=findings.forks.verdict.duplicates,
        kills=_kills(findings),
        days=len(days),
        day_logged=sum(day.logged for day in days),
        day_expired=sum(day.expired for day in days),
        day_spared=sum(day.spared for day in days),
        day_late=sum(day.oldest_sent > 3601 for day in days),
        day_duplicates=sum(day.duplicates for day in days),
        day_unexplained=sum(day.unexplained for day in days),
        day_attempts=statistics.mean(count for day in days for count in day.attempts),
        day_recovery=max(second for day in days for second in day.recoveries),
    )
    return with_disks(text, findings.disks, date)


def _rows(findings: Findings) -> list[str]:
    runs = {
        "a storm": findings.storm,
        "cut TLS, no names": findings.tls,
        f"{findings.children} forks": findings.forks,
    }
    rows = [
        f"| {name} | {run.verdict.expected:,} | {run.verdict.lost:,} | {run.verdict.duplicates:,} "
        f"| {run.verdict.unexplained} |"
        for name, run in runs.items()
    ]
    promised = sum(result.promised for result in findings.kills)
    missing = sum(len(result.missing) for result in findings.kills)
    twice = sum(result.verdict.duplicates for result in findings.kills)
    kills = f"{len(findings.kills)} kills, write-ahead"
    return [*rows, f"| {kills} | {promised:,} promised | {missing} | {twice:,} | see below |"]


def _problems(problems: Sequence[str]) -> str:
    if not problems:
        return "All of it is as promised."
    return "\n".join(["Not as promised:\n", *(f"- {problem}" for problem in problems)])


def _requests(run: Run) -> str:
    head = ["| requests | |", "| --- | ---: |"]
    return "\n".join(
        head + [f"| {name} | {count:,} |" for name, count in sorted(run.verdict.requests.items())]
    )


def _kills(findings: Findings) -> str:
    results = findings.kills
    arrived = [result.verdict.arrived - 1 for result in results]
    returned = [result.returned for result in results]
    return KILLS.format(
        pace=1 / findings.kill_pause,
        times=len(results),
        interval=FLUSH_INTERVAL,
        returned=sum(returned),
        promised=sum(result.promised for result in results),
        missing=sum(len(result.missing) for result in results),
        lost=sum(max(0, was - came) for was, came in zip(returned, arrived, strict=True)),
        duplicates=sum(result.verdict.duplicates for result in results),
    )
