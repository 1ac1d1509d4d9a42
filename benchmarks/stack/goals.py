"""What the local stack is meant to reach, and whether it did."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Final

from benchmarks.report.goals import Goal, at_least, at_most
from benchmarks.stack.findings import Findings

MEMORY_LIMIT: Final = 400.0
"""Resident MiB of the stack without its engine."""

FLAT: Final = 0.1
"""Memory is flat if the last third of a run holds at most this share more than the third before."""


def goals(found: Findings) -> Iterator[Goal]:
    """Return every goal beside what was found."""
    null, offered, beside = found.capacity, found.at_the_quota, found.comparison
    yield at_least(
        "20 MiB/s from PutRecordBatch to an engine that does nothing",
        min(null.taken_rate, null.delivered_rate) if null else None,
        20,
        "{:.1f} MiB/s",
    )
    yield at_least(
        "from PutRecordBatch to searchable: 60% of the rate of plain `_bulk` requests",
        100 * beside.stack_rate / beside.plain_rate if beside else None,
        60,
        "{:.0f}%",
    )
    yield at_least(
        "1,000 PutRecord requests/s", null.single_rate if null else None, 1000, "{:,.0f}/s"
    )
    yield _memory(found)
    yield at_most(
        f"memory flat at the quota's rate: grows by {FLAT:.0%} at most between thirds of the run",
        100 * offered.growth / offered.peak if offered else None,
        100 * FLAT,
        "{:+.1f}%",
    )
    yield _lost_and_doubled(found)
    yield at_most(
        "the stack, without its engine, starts in 3 s (median)",
        statistics.median(found.starts) if found.starts else None,
        3.0,
        "{:.2f} s",
    )


def _memory(found: Findings) -> Goal:
    parts = [part.peak for part in (found.capacity, found.at_the_quota) if part is not None]
    text = f"memory below {MEMORY_LIMIT:.0f} MiB, engine left out"
    if len(parts) < 2:
        return Goal(text, f"{parts[0]:.0f} MiB, in part" if parts else "", None)
    return at_most(text, max(parts), MEMORY_LIMIT, "{:.0f} MiB")


def _lost_and_doubled(found: Findings) -> Goal:
    text = "0 records lost, 0 doubled"
    null, offered, beside = found.capacity, found.at_the_quota, found.comparison
    if null is None or offered is None or beside is None:
        return Goal(text, "", None)
    differences = [turn.taken - turn.found for turn in (*beside.plain, *beside.stack)]
    differences.append(null.missing)
    lost = offered.lost + sum(max(0, one) for one in differences)
    doubled = offered.doubled + sum(max(0, -one) for one in differences)
    return Goal(text, f"{lost} lost, {doubled} doubled", lost == 0 and doubled == 0)
