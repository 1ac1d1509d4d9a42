"""What the handler is meant to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from benchmarks.plan import SHIPPERS
from benchmarks.results import Results

BUFFER_MIB: Final = 64
SAME: Final = 1.5
"""Two figures within this factor of each other count as the same on a shared machine."""


class Goal(NamedTuple):
    """One goal beside its figure.

    Attributes:
        text: What is meant to be reached.
        figure: What was measured, for a reader; empty if it was not.
        is_met: Whether it was reached; None if it was not measured.
    """

    text: str
    figure: str
    is_met: bool | None


def goals(results: Results) -> Iterator[Goal]:
    """Return every goal beside what ``results`` say."""
    yield at_most(
        "a call costs at most 2x one to the null handler (median)",
        results.median("caller", "healthy", "firehose", "ratio"),
        2.0,
        "{:.2f}x",
    )
    yield _below_every_peer(results)
    yield _same_when_down(results)
    sending = results.ratio(
        results.median("sending", "healthy", "firehose", "ours"),
        results.median("sending", "healthy", "firehose", "boto3"),
    )
    yield at_most(
        "sending costs at most a third of the CPU of boto3's `put_record_batch`",
        sending,
        1 / 3,
        "{:.2f}x",
    )
    rate = results.median("throughput", "healthy", "firehose-blocking", "rate")
    ceiling = results.median("throughput", "healthy", "null", "rate")
    alone = "" if ceiling is None else f"; a null handler alone {ceiling:,.0f}"
    yield at_least(
        "60,000 records/s sustained with four logging threads",
        rate,
        60_000,
        "{:,.0f} records/s" + alone,
    )
    watchtower = results.median("throughput", "healthy", "watchtower", "rate")
    yield at_least("10x watchtower's rate", results.ratio(rate, watchtower), 10, "{:.1f}x")
    yield at_most(
        f"memory in an outage: `buffer_bytes` ({BUFFER_MIB} MiB) + 30 MiB at most",
        results.median("outage", "down", "firehose", "peak"),
        BUFFER_MIB + 30,
        "{:.0f} MiB",
    )
    yield _import_time(results)


def _same_when_down(results: Results) -> Goal:
    text = f"p99.9 of a call is no worse with the sink down than up (within {SAME}x)"
    up = results.median("caller", "healthy", "firehose", "p999")
    down = results.median("caller", "down", "firehose", "p999")
    if up is None or down is None:
        return Goal(text, "", None)
    return Goal(text, f"{down:,.0f} against {up:,.0f} µs", down <= SAME * up)


def _import_time(results: Results) -> Goal:
    text = "importing takes less than 25 ms beyond `logging.config`, without boto3"
    package, handler, logging = (
        results.median("imports", "healthy", "", name)
        for name in ("firehose_logging", "FirehoseHandler", "logging.config")
    )
    if package is None or handler is None or logging is None:
        return Goal(text, "", None)
    beyond = handler - logging
    told = f"`firehose_logging` {package:.1f} ms; `FirehoseHandler` {beyond:.1f} ms"
    has_boto3 = bool(results.median("imports", "healthy", "", "boto3 with ours"))
    return Goal(text, told, max(package, beyond) < 25 and not has_boto3)


def _below_every_peer(results: Results) -> Goal:
    text = "a call costs less than one to any peer (median and p99, sink healthy)"
    figures = []
    for percentile in ("p50", "p99"):
        ours = results.median("caller", "healthy", "firehose", percentile)
        peers = [
            results.median("caller", "healthy", peer, percentile)
            for peer in SHIPPERS
            if peer != "firehose"
        ]
        best = min((figure for figure in peers if figure is not None), default=None)
        if ours is None or best is None:
            return Goal(text, "", None)
        figures.append((ours, best))
    told = "; ".join(f"{ours:.1f} against {best:.1f} µs" for ours, best in figures)
    return Goal(text, told, all(ours < best for ours, best in figures))


def at_most(text: str, figure: float | None, limit: float, form: str) -> Goal:
    """Return a goal that is met up to ``limit``; ``form`` formats the figure."""
    if figure is None:
        return Goal(text, "", None)
    return Goal(text, form.format(figure), figure <= limit)


def at_least(text: str, figure: float | None, limit: float, form: str) -> Goal:
    """Return a goal that is met from ``limit`` on; ``form`` formats the figure."""
    if figure is None:
        return Goal(text, "", None)
    return Goal(text, form.format(figure), figure >= limit)
