"""Write ``docs/benchmarks.md``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from benchmarks.measures.imports import STATEMENTS
from benchmarks.peers import PEERS
from benchmarks.plan import CONDITIONS, SHIPPERS, VARIANTS
from benchmarks.report.goals import Goal, goals
from benchmarks.report.machine import describe_machine, versions
from benchmarks.results import Results

INTRODUCTION = """\
# Benchmarks

Those of the handler; the [local stack](benchmarks-stack.md) has a page of its own.

Written by `make bench`; `make bench QUICK=1` takes less than two minutes and is rougher. Nothing
leaves the machine: each handler sends over a real socket to a sink in another process, which
speaks what it needs (PutRecordBatch, PutLogEvents, lines over TCP, OTLP over HTTP), counts the
records and keeps none. Every figure comes from a process of its own. The handlers take turns,
round by round, and the tables give the medians of {rounds}. Absolute figures depend on the machine
and on what else it does; what counts is how they compare within one run.

{date}, {minutes:.0f} minutes. {machine}; load average over the last quarter of an hour {load:.1f}.
{versions}.

## Goals

{goals}

## What is measured

All of them log `"GET /orders/%d answered 200 in %.1f ms for customer %s"` with three arguments,
and make JSON with orjson in the calling thread: the peers through python-json-logger's
`OrjsonFormatter`, which is quicker than its default. OpenTelemetry makes OTLP instead, later, in
its own thread.

- **FirehoseHandler**: as installed; for the sustained rate with `overflow="block"`.
- **QueueHandler + QueueListener**: the listener writes lines to TCP, as `SocketHandler` does.
- **watchtower**: `send_interval=1` instead of 60 seconds.
- **OpenTelemetry**: `BatchLogRecordProcessor` with a queue of 100,000 records, as many as
  FirehoseHandler holds, instead of 2,048.
- **python-logstash-async**: in memory; batches of 500 instead of 50, every second.
- **the article's handler**: one `put_record_batch` for each record, in the calling thread.
"""

CALLER = """
## What a call costs its caller

Microseconds of `logger.info`. A thread logs 25 records in a row, 5 ms apart. Slow: the sink
answers after 200 ms. Down: connections are refused. x null: the median beside that of calls to a
null handler, which take turns with the handler's own in the same process. CPU: of the calling
thread, per call, back to back, the sink healthy.

{table}

![Time of a call](benchmarks/caller.svg)
"""

CPU = """
## CPU per record

Microseconds of CPU of the whole process per record, from the call until the sink has
acknowledged it.

{table}

![CPU per record](benchmarks/cpu.svg)

The sending part alone, 500 records of 471 bytes a batch: {ours} µs a record, boto3's plain
`put_record_batch` {boto3} µs.
"""

THROUGHPUT = """
## Records a second

Four threads log as fast as they can; the rate counts from the first call to the last
acknowledgement. Lost: not acknowledged 12 s after the last call. The null handler sends nothing:
its row is what logging itself lets through in one process of CPython on this machine, and so the
ceiling of every other row.

{table}

![Records a second](benchmarks/throughput.svg)
"""

OUTAGE = """
## Memory in an outage

The sink is down. {records:,} records of about 1 KB, ten minutes of 500 a second, are logged as fast
as they can be, for {seconds:.0f} s at most. Growth: of resident memory, from before the handler was
made, boto3 included. Little growth alone is no merit: QueueHandler's listener drops what it can't
send at once. watchtower and python-logstash-async keep all, without a bound.

{table}

![Memory in an outage](benchmarks/outage.svg)
"""

IMPORTS = """
## Import time

Milliseconds of CPU in a fresh interpreter, the quickest of three; waiting for the disk and for
other processes is left out.

{table}

boto3 is {boto3} by making a handler; its sending thread imports it with the first record.

## How to repeat

`make bench`, on Linux, with nothing else running. It installs the peers into `.cache/bench-venv`,
writes this page and its plots, and leaves every single figure in `.cache/bench/results.json`.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose first column alone is aligned to the left."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def number(figure: float | None, form: str = ",.1f") -> str:
    """Return a figure for a table, a dash where there is none."""
    return "-" if figure is None else format(figure, form)


def table_of_goals(reached: Iterable[Goal]) -> str:
    """Return each goal beside its figure, and whether it is met."""
    words = {True: "met", False: "**not met**", None: "not measured"}
    rows = [(goal.text, goal.figure or "-", words[goal.is_met]) for goal in reached]
    return table(("goal", "measured", ""), rows)


def micros(figure: float | None) -> str:
    """Return microseconds with as many digits as they deserve."""
    return number(figure, ",.0f" if figure is not None and figure >= 100 else ",.1f")


class Page:
    """The page of one run."""

    def __init__(
        self, results: Results, *, rounds: int, seconds: float, date: str, outage: tuple[int, float]
    ) -> None:
        self._results = results
        self._rounds = rounds
        self._seconds = seconds
        self._date = date
        self._outage_records, self._outage_seconds = outage

    def text(self) -> str:
        """Return the page in Markdown."""
        introduction = INTRODUCTION.format(
            rounds="one round" if self._rounds == 1 else f"{self._rounds} rounds",
            date=self._date,
            minutes=self._seconds / 60,
            machine=describe_machine(),
            load=os.getloadavg()[2],
            versions=", ".join(f"{name} {number}" for name, number in versions()),
            goals=table_of_goals(goals(self._results)),
        )
        median = self._results.median
        cpu = CPU.format(
            table=self._cpu(),
            ours=number(median("sending", "healthy", "firehose", "ours")),
            boto3=number(median("sending", "healthy", "firehose", "boto3")),
        )
        outage = OUTAGE.format(
            table=self._outage(), records=self._outage_records, seconds=self._outage_seconds
        )
        has_boto3 = median("imports", "healthy", "", "boto3 with ours")
        imports = IMPORTS.format(
            table=self._imports(), boto3="imported" if has_boto3 else "not imported"
        )
        caller = CALLER.format(table=self._caller())
        throughput = THROUGHPUT.format(table=self._throughput())
        return introduction + caller + cpu + throughput + outage + imports

    def _caller(self) -> str:
        median = self._results.median
        head = ["handler", "CPU", "median", "x null", "p99", "p99.9"]
        for condition in CONDITIONS[1:]:
            head += [f"{condition}: median", "p99", "p99.9"]
        rows = []
        for peer in ("null", *SHIPPERS, *VARIANTS):
            row = [
                PEERS[peer].title,
                micros(median("caller", "healthy", peer, "cpu")),
                micros(median("caller", "healthy", peer, "p50")),
                number(median("caller", "healthy", peer, "ratio"), ",.2f"),
                *self._percentiles(peer, "healthy", ("p99", "p999")),
            ]
            for condition in CONDITIONS[1:]:
                row += self._percentiles(peer, condition, ("p50", "p99", "p999"))
            rows.append(row)
        return table(head, rows)

    def _percentiles(self, peer: str, condition: str, names: Iterable[str]) -> list[str]:
        return [micros(self._results.median("caller", condition, peer, name)) for name in names]

    def _cpu(self) -> str:
        median = self._results.median
        null = median("cpu", "healthy", "null", "cpu") or 0.0
        rows = []
        for peer in ("null", *SHIPPERS):
            cpu = median("cpu", "healthy", peer, "cpu")
            above = None if cpu is None or peer == "null" else cpu - null
            rows.append((PEERS[peer].title, micros(cpu), micros(above)))
        return table(("handler", "µs a record", "beyond logging itself"), rows)

    def _throughput(self) -> str:
        median = self._results.median
        rows = []
        for peer in ("null", *SHIPPERS):
            measured = "firehose-blocking" if peer == "firehose" else peer
            rate, logged, lost = (
                median("throughput", "healthy", measured, name)
                for name in ("rate", "logged", "lost")
            )
            share = None if lost is None else 100 * lost / (logged or 1)
            rows.append((PEERS[peer].title, number(rate, ",.0f"), number(share, ".1f") + " %"))
        return table(("handler", "records/s", "lost"), rows)

    def _outage(self) -> str:
        median = self._results.median
        rows = [
            (
                PEERS[peer].title,
                number(median("outage", "down", peer, "peak"), ",.0f"),
                number(median("outage", "down", peer, "logged"), ",.0f"),
            )
            for peer in SHIPPERS
        ]
        return table(("handler", "growth, MiB", "records logged"), rows)

    def _imports(self) -> str:
        rows = [
            (f"`{statement.replace(';', '; ')}`", number(self._import_time(name)))
            for name, statement in STATEMENTS.items()
        ]
        return table(("program", "ms"), rows)

    def _import_time(self, name: str) -> float | None:
        return self._results.median("imports", "healthy", "", name)
