"""How long records take from their acknowledgement until a search finds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.stack.engine import Seen


@dataclass(frozen=True)
class Delays:
    """Seconds from acknowledged to searchable, over records.

    Attributes:
        median: Half of the records were found sooner.
        p99: All but one in a hundred were found sooner.
        longest: Of those that were found.
    """

    median: float
    p99: float
    longest: float


def delays(answers: Iterable[tuple[float, int]], seen: Sequence[Seen]) -> Delays | None:
    """Return the delays, or ``None`` if nothing was found.

    Records are taken to become searchable in the order of their acknowledgement, and at the
    search that first counts them: the figures are upper bounds.

    Args:
        answers: when records were acknowledged, and how many, in order.
        seen: what searches counted, in order.
    """
    found: list[tuple[float, int]] = []
    acknowledged, look = 0, 0
    for at, count in answers:
        acknowledged += count
        while look < len(seen) and seen[look].documents < acknowledged:
            look += 1
        if look == len(seen):
            break
        found.append((max(0.0, seen[look].at - at), count))
    found.sort()
    total = sum(count for _, count in found)
    if not total:
        return None
    return Delays(_quantile(found, 0.5 * total), _quantile(found, 0.99 * total), found[-1][0])


def _quantile(found: Sequence[tuple[float, int]], rank: float) -> float:
    passed = 0
    for delay, count in found:
        passed += count
        if passed >= rank:
            return delay
    return found[-1][0]
