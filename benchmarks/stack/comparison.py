"""The stack beside plain ``_bulk`` requests to the same engine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.stack.deployment import INDEX, Deployment
from benchmarks.stack.engine import RealEngine
from benchmarks.stack.load import produce
from benchmarks.stack.plan import MEBIBYTE, Plan
from benchmarks.stack.producer import Job
from benchmarks.stack.records import SIZE

PRODUCERS = 2
BULK_RECORDS = 10_000
"""Records of one plain request, about as many as the stack sends in one."""

_PLAIN = "plain"
_PATIENCE = 40.0


@dataclass(frozen=True)
class Turn:
    """One way, once.

    Attributes:
        taken: Records acknowledged.
        found: Records that searches found at last.
        rate: MiB a second, from the first request until searches found all.
        errors: Answers that no producer expects.
    """

    taken: int
    found: int
    rate: float
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """The turns of both ways, in order."""

    plain: tuple[Turn, ...]
    stack: tuple[Turn, ...]

    @property
    def plain_rate(self) -> float:
        """MiB a second without the stack, over all turns."""
        return _rate(self.plain)

    @property
    def stack_rate(self) -> float:
        """MiB a second through the stack, over all turns."""
        return _rate(self.stack)


def measure_comparison(
    deployment: Deployment, engine: RealEngine, plan: Plan, seconds: float
) -> Comparison:
    """Let both ways take turns, each into an index that is not there yet.

    Another turn begins only if one as long as those before fits into what is left of ``seconds``.
    """
    plain, stack = [], []
    each = plan.bulk_mebibytes * MEBIBYTE // SIZE // PRODUCERS
    places = range(PRODUCERS)
    straight = engine.bulk_target(_PLAIN)
    began = time.monotonic()
    for done in range(plan.turns):
        passed = time.monotonic() - began
        if done and passed * (done + 1) / done > seconds:
            break
        bulks = [Job("bulk", straight, place * each, each, batch=BULK_RECORDS) for place in places]
        plain.append(_turn(engine, _PLAIN, bulks))
        puts = [Job("batch", deployment.target, place * each, each) for place in places]
        stack.append(_turn(engine, INDEX, puts))
    return Comparison(tuple(plain), tuple(stack))


def _turn(engine: RealEngine, index: str, jobs: Sequence[Job]) -> Turn:
    engine.delete(index)
    load = produce(jobs)
    seen = engine.await_count(index, load.taken, _PATIENCE)
    found = min(seen.documents, load.taken)
    mebibytes = found * SIZE / MEBIBYTE
    return Turn(load.taken, seen.documents, mebibytes / (seen.at - load.began), load.errors)


def _rate(turns: Sequence[Turn]) -> float:
    """Return the harmonic mean: every turn carries as much."""
    return len(turns) / sum(1 / max(turn.rate, 1e-9) for turn in turns)
