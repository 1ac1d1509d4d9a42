"""What a run measures, in which order, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from benchmarks.measures.base import Task
from benchmarks.processes import SinkProcess

SHIPPERS: Final = (
    "firehose",
    "queue-listener",
    "watchtower",
    "opentelemetry",
    "logstash",
    "article",
)
VARIANTS: Final = ("firehose-stdlib", "firehose-pjl")
CONDITIONS: Final = ("healthy", "slow", "down")


class Plan(NamedTuple):
    """The sizes of a run.

    Attributes:
        rounds: How often everything is measured, at most.
        budget: Seconds within which a further round has to fit.
        limit: Seconds after which what is left of a round is not measured any more.
        call_seconds: Seconds of calls that are timed.
        cpu_records: Records whose CPU time is measured.
        load_seconds: Seconds of logging with four threads.
        batch_records: Records sent by the sending part alone.
        outage_records: Records logged while the sink is down, in the first round only.
        outage_seconds: Seconds that this takes at most.
        slow_peers: Whether the peers too are measured with a slow sink.
    """

    rounds: int
    budget: float
    limit: float
    call_seconds: float
    cpu_records: int
    load_seconds: float
    batch_records: int
    outage_records: int
    outage_seconds: float
    slow_peers: bool


FULL: Final = Plan(3, 640.0, 680.0, 2.0, 20_000, 3.0, 50_000, 300_000, 10.0, True)
QUICK: Final = Plan(1, 0.0, 105.0, 0.4, 4_000, 0.7, 10_000, 80_000, 2.0, False)


class Step(NamedTuple):
    """One measurement of a round."""

    condition: str
    task: Task

    @property
    def key(self) -> str:
        """What its results are kept under."""
        return f"{self.task.measure}/{self.condition}/{self.task.peer}"


def steps(plan: Plan, number: int, sinks: Mapping[str, SinkProcess]) -> Iterator[Step]:
    """Return the measurements of round ``number``, counted from 0; peers take turns."""

    def step(measure: str, condition: str, peer: str, seconds: float, records: int) -> Step:
        return Step(
            condition, Task(measure, peer, *sinks[condition], seconds=seconds, records=records)
        )

    def calls(condition: str, peers: Iterable[str]) -> Iterator[Step]:
        for peer in peers:
            yield step("caller", condition, peer, plan.call_seconds, 0)

    yield step("imports", "healthy", "", 0, 0)
    yield from calls("healthy", ("null", *SHIPPERS, *VARIANTS))
    yield from calls("down", ("null", *SHIPPERS))
    yield step("sending", "healthy", "firehose", 0, plan.batch_records)
    for peer in ("null", *SHIPPERS):
        waiting = "firehose-blocking" if peer == "firehose" else peer
        yield step("throughput", "healthy", waiting, plan.load_seconds, 0)
    for peer in ("null", *SHIPPERS):
        yield step("cpu", "healthy", peer, 0, plan.cpu_records)
    if number == 0:
        for peer in SHIPPERS:
            yield step("outage", "down", peer, plan.outage_seconds, plan.outage_records)
    yield from calls("slow", ("null", *(SHIPPERS if plan.slow_peers else ("firehose",))))
