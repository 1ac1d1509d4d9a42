"""The long fault runs: ``python -m tests.chaos [--quick] [--only disk] [--page FILE]``."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.chaos.day import live_through_a_day
from tests.chaos.disk import spool_on_a_full_disk, stacks_on_a_full_disk
from tests.chaos.kills import PAUSE
from tests.chaos.report import Findings, page
from tests.chaos.report_disk import DiskFindings, with_disks
from tests.chaos.scenarios import cut_tls_and_names, forks, kills, storm

T = TypeVar("T")


class Plan(NamedTuple):
    """The sizes of a run."""

    records: int
    outage: float
    tls_records: int
    names: float
    children: int
    kills: int
    days: int
    spooled: int
    full: float
    stacks: int


FULL = Plan(1_000_000, 30.0, 50_000, 5.0, 20, 50, 5, 60_000, 30.0, 12)
QUICK = Plan(100_000, 5.0, 10_000, 2.0, 5, 5, 1, 12_000, 6.0, 2)


def tell(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def step(name: str, run: Callable[[], T]) -> T:
    """Run one part and tell how long it took."""
    tell(f"{name} ...")
    began = time.monotonic()
    result = run()
    tell(f"{name}: {time.monotonic() - began:.0f} s")
    return result


def main() -> int:
    """Run everything, write the page, and fail if anything is not as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a tenth of it")
    parser.add_argument("--page", type=Path, default=Path("docs/reliability.md"))
    parser.add_argument("--only", choices=["disk"], help="replace one section of the page")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else FULL
    if arguments.only and not arguments.page.is_file():
        parser.error(f"--only replaces one section of a page, and {arguments.page} is not there")
    if arguments.only:
        return fill_disks_alone(plan, arguments.page)
    began = time.monotonic()
    with open(os.devnull, "w") as silence, contextlib.redirect_stderr(silence):  # noqa: PTH123
        days = step(
            f"{plan.days} simulated days",
            lambda: [live_through_a_day(seed) for seed in range(plan.days)],
        )
    # Most of the time is spent waiting, so that the others run beside the storm.
    with ThreadPoolExecutor(1) as beside:
        stormy = beside.submit(
            step,
            f"a storm over {plan.records:,} records",
            partial(storm, plan.records, plan.outage),
        )
        cut = step("cut TLS", lambda: cut_tls_and_names(plan.tls_records, plan.names))
        forked = step(f"{plan.children} forks", lambda: forks(plan.children))
        killed = step(f"{plan.kills} kills", lambda: kills(plan.kills, seed=1))
        filled = fill_disks(plan)
        findings = Findings(
            storm=stormy.result(),
            outage=plan.outage,
            tls=cut,
            names=plan.names,
            forks=forked,
            children=plan.children,
            kills=killed,
            kill_pause=PAUSE,
            days=days,
            disks=filled,
        )
    arguments.page.write_text(page(findings, date=today(), seconds=time.monotonic() - began))
    return conclude(findings.problems(), arguments.page)


def fill_disks(plan: Plan) -> DiskFindings:
    """Fill the disk below the handler's spool, then that below stacks."""
    spool = step("a spool on a full disk", lambda: spool_on_a_full_disk(plan.spooled, plan.full))
    stacks = step(
        f"{plan.stacks} stacks on a full disk", lambda: stacks_on_a_full_disk(plan.stacks, seed=1)
    )
    return DiskFindings(spool, plan.full, stacks)


def fill_disks_alone(plan: Plan, page: Path) -> int:
    """Do that, and leave the rest of the page as it is."""
    findings = fill_disks(plan)
    page.write_text(with_disks(page.read_text(), findings, today()))
    return conclude(findings.problems(), page)


def today() -> str:
    """Return the date in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def conclude(problems: Sequence[str], page: Path) -> int:
    """Tell what is not as promised, and return the exit code."""
    for problem in problems:
        tell(f"NOT as promised: {problem}")
    tell(f"wrote {page}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
