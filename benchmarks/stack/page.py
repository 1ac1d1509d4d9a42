"""Write ``docs/benchmarks-stack.md``."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

from benchmarks.report.machine import describe_machine, versions
from benchmarks.report.page import number, table, table_of_goals
from benchmarks.stack.comparison import BULK_RECORDS
from benchmarks.stack.findings import Findings
from benchmarks.stack.goals import goals
from benchmarks.stack.quota import offered_mebibytes

DISTRIBUTIONS = ("firehose-logging", "moto", "uvicorn", "httpx", "orjson", "pybase64", "botocore")

INTRODUCTION = """\
# Benchmarks of the local stack

Written by `make bench`, as that of [the handler](benchmarks.md) is; `make bench QUICK=1` sends less
and is rougher. Records of 500 bytes go from PutRecordBatch to where a search finds them: signed
calls to the stack's port, with the producer's own policy; then buffered, delivered by the stream's
role over the domain's TLS endpoint, as everything is there. Producers, stack and engine share the
machine, each in processes of its own, over real sockets; nothing leaves it.

{date}, {minutes:.1f} minutes. {machine}; load average over the last quarter of an hour {load:.1f}.
{versions}. Engine: {engine}.

## Goals

{goals}
"""

CAPACITY = """
## Without an engine's cost

Two producers with three connections each put {mebibytes:,.0f} MiB in batches of 500 records, as
fast as they are taken, to a stream whose domain is an engine that answers each bulk request at
once and counts its documents; then two with four connections put single records. Quotas are off
here and below (`--no-quotas`), so that they hold nothing back.

{table}
"""

QUOTA = """
## At the default quota, with real OpenSearch

{offered:,.0f} MiB are offered at 5 MiB a second, which a stream takes by default in the large
Regions; the stream buffers for 1 s or 5 MiB. Searches count ten times a second, and OpenSearch
refreshes once a second; the delays are upper bounds. Lost and doubled: by a number in each record,
once searches found as many as were acknowledged, or found no more for 15 s.

{table}
"""

COMPARISON = """
## Beside plain bulk requests

The same records to the same engine: straight to its port in `_bulk` requests of {bulk:,} records,
unsigned, and through the stack, each over six connections and in turns, into an index that is not
there yet. The rate counts from the first request until a search finds the last record. The stack
asks OpenSearch for the statuses alone of its answers (`filter_path`); the plain requests get all.

{table}
"""

MOTO = """
## Beside other emulators

moto has a Firehose, but no OpenSearch destination: it was given an S3 destination, and does
not check signatures or policies, buffer, or deliver to a domain. So it does far less for each
record.

{table}

LocalStack is not measured: it runs in a container, and {why_not}.
"""

REPEAT = """
## How to repeat

`make bench-stack`, or `make bench` with the handler's, on Linux, with nothing else running. Real
OpenSearch needs Java and Maven, and is downloaded and assembled the first time. Every single figure
is left in `.cache/bench/stack.json`. What could not be measured is named below the goals, with its
reason.
"""


def page(found: Findings, *, seconds: float, offered_seconds: float, date: str) -> str:
    """Return the page in Markdown."""
    introduction = INTRODUCTION.format(
        date=date,
        minutes=seconds / 60,
        machine=describe_machine(),
        load=os.getloadavg()[2],
        versions=", ".join(f"{name} {number}" for name, number in versions(DISTRIBUTIONS)),
        engine=found.engine or "none, see below",
        goals=table_of_goals(goals(found)),
    )
    parts = (_missing(found), _capacity(found), _quota(found, offered_seconds), _comparison(found))
    return introduction + "".join(parts) + _moto(found) + REPEAT


def _missing(found: Findings) -> str:
    if not found.missing:
        return ""
    sentences = "\n".join(f"- {sentence}" for sentence in found.missing)
    return f"\nNot measured, or not to the end:\n\n{sentences}\n"


def _capacity(found: Findings) -> str:
    rows = [("start, in turn", " · ".join(f"{one:.2f} s" for one in found.starts) or "-")]
    one = found.capacity
    if one is not None:
        rows += [
            ("acknowledged", f"{one.taken_rate:.1f} MiB/s"),
            ("acknowledged and delivered", f"{one.delivered_rate:.1f} MiB/s"),
            ("MiB for each CPU second of the stack", number(one.mebibytes_per_cpu)),
            ("PutRecord", f"{one.single_rate:,.0f} requests/s"),
            ("CPU of the stack for each PutRecord", f"{one.single_cpu:,.0f} µs"),
            ("resident memory before, and at most", f"{one.memory:.0f}, {one.peak:.0f} MiB"),
            ("acknowledged less delivered", f"{one.missing:,} records"),
            *_errors(one.errors),
        ]
    mebibytes = one.mebibytes if one is not None else 0.0
    return CAPACITY.format(mebibytes=mebibytes, table=table(("", "measured"), rows))


def _quota(found: Findings, offered_seconds: float) -> str:
    one = found.at_the_quota
    rows: list[tuple[str, str]] = []
    if one is not None:
        rows += [
            ("acknowledged", f"{one.rate:.2f} MiB/s over {one.seconds:.1f} s"),
            ("acknowledged and searchable", f"{one.searchable_rate:.2f} MiB/s"),
            ("records", f"{one.taken:,}"),
            ("lost, doubled", f"{one.lost:,}, {one.doubled:,}"),
            ("resident memory before, and at most", f"{one.memory:.0f}, {one.peak:.0f} MiB"),
            ("growth from the middle third to the last", f"{one.growth:+.1f} MiB"),
            ("cores that the stack used", f"{one.cpu:.2f}"),
            *_errors(one.errors),
        ]
        if one.delays is not None:
            times = (one.delays.median, one.delays.p99, one.delays.longest)
            told = ", ".join(f"{seconds:.2f}" for seconds in times) + " s"
            rows.insert(2, ("until searchable: median, p99, longest", told))
    return QUOTA.format(
        offered=offered_mebibytes(offered_seconds), table=table(("", "measured"), rows)
    )


def _comparison(found: Findings) -> str:
    one = found.comparison
    rows: list[tuple[str, ...]] = []
    if one is not None:
        for name, turns, rate in (
            ("plain `_bulk`", one.plain, one.plain_rate),
            ("through the stack", one.stack, one.stack_rate),
        ):
            each = " · ".join(f"{turn.rate:.1f}" for turn in turns)
            taken, counted = (
                sum(turn.taken for turn in turns),
                sum(turn.found for turn in turns),
            )
            rows.append((name, f"{rate:.1f}", each, f"{taken:,}", f"{counted:,}"))
            rows += [(error, "", "", "", "") for turn in turns for error in turn.errors]
    head = ("", "MiB/s", "in turn", "records", "found")
    return COMPARISON.format(bulk=BULK_RECORDS, table=table(head, rows))


def _moto(found: Findings) -> str:
    head = ("", "batches of 500, MiB/s", "PutRecord/s")
    null, moto = found.capacity, found.moto
    rows = [
        (
            "the stack, null engine",
            number(null.taken_rate if null else None),
            number(null.single_rate if null else None, ",.0f"),
        ),
        (
            "moto, S3 destination",
            number(moto.rate if moto else None),
            number(moto.single_rate if moto else None, ",.0f"),
        ),
    ]
    rows += [(text, told, "") for text, told in _errors(moto.errors if moto else ())]
    why_not = (
        "this run starts none" if _can_run_containers() else "no container can run on this machine"
    )
    return MOTO.format(table=table(head, rows), why_not=why_not)


def _can_run_containers() -> bool:
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _errors(errors: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return (("unexpected answer", f"`{error.replace('|', ' ')}`") for error in errors)
