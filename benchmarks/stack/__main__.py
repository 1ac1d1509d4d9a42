"""Measure the local stack: ``python -m benchmarks.stack [--quick] [--docs FOLDER]``."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from benchmarks.stack.goals import goals
from benchmarks.stack.page import page
from benchmarks.stack.plan import FULL, QUICK
from benchmarks.stack.run import Run


def main() -> None:
    """Run, write the page, and tell which goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="sends less; about a minute")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="folder of the page")
    parser.add_argument("--raw", type=Path, default=Path(".cache/bench/stack.json"))
    arguments = parser.parse_args()
    _forget_other_accounts()
    # An exception, unlike a signal's default, ends all that was started.
    signal.signal(signal.SIGTERM, _end)
    plan = QUICK if arguments.quick else FULL
    began = time.monotonic()
    found = Run(plan, _print).measure()
    text = page(
        found,
        seconds=time.monotonic() - began,
        offered_seconds=plan.offered_seconds,
        date=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    )
    arguments.raw.parent.mkdir(parents=True, exist_ok=True)
    arguments.raw.write_text(json.dumps(asdict(found), indent=1))
    arguments.docs.mkdir(parents=True, exist_ok=True)
    path = arguments.docs / "benchmarks-stack.md"
    path.write_text(text)
    words = {True: "met", False: "NOT met", None: "not measured"}
    for goal in goals(found):
        print(f"{words[goal.is_met]:12} {goal.text}: {goal.figure}")
    print(f"wrote {path}")


def _print(text: str) -> None:
    print(text, flush=True)


def _forget_other_accounts() -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(1)


if __name__ == "__main__":
    main()
