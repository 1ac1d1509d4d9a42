"""Measure the handler beside its peers: ``python -m benchmarks [--quick] [--docs FOLDER]``."""

from __future__ import annotations

import argparse
import datetime
import json
import time
from pathlib import Path

from benchmarks.plan import FULL, QUICK, Plan, steps
from benchmarks.processes import measure, running_sinks
from benchmarks.report.goals import goals
from benchmarks.report.page import Page
from benchmarks.report.plots import draw_all
from benchmarks.results import Results


def run(plan: Plan, results: Results) -> int:
    """Measure round after round, as many as the plan's budget allows; return how many."""
    began = time.monotonic()
    longest = 0.0
    with running_sinks() as sinks:
        for number in range(plan.rounds):
            round_began = time.monotonic()
            if number and round_began - began + longest > plan.budget:
                return number
            print(f"round {number + 1} of {plan.rounds}", flush=True)
            for step in steps(plan, number, sinks):
                if time.monotonic() - began < plan.limit:
                    print(f"  {step.key}", flush=True)
                    results.add(step.key, measure(step.task))
            longest = time.monotonic() - round_began
    return plan.rounds


def main() -> None:
    """Run, write the page, and tell which goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, under two minutes")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder of the page")
    parser.add_argument("--raw", type=Path, default=Path(".cache/bench/results.json"))
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else FULL
    results = Results()
    began = time.monotonic()
    rounds = run(plan, results)
    page = Page(
        results,
        rounds=rounds,
        seconds=time.monotonic() - began,
        date=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        outage=(plan.outage_records, plan.outage_seconds),
    )
    arguments.raw.parent.mkdir(parents=True, exist_ok=True)
    arguments.raw.write_text(json.dumps(results.rounds, indent=1))
    draw_all(results, arguments.docs / "benchmarks")
    (arguments.docs / "benchmarks.md").write_text(page.text())
    words = {True: "met", False: "NOT met", None: "not measured"}
    for goal in goals(results):
        print(f"{words[goal.is_met]:12} {goal.text}: {goal.figure}")
    print(f"wrote {arguments.docs / 'benchmarks.md'}")


if __name__ == "__main__":
    main()
