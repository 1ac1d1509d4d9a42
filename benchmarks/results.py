"""What a run has found: every round, and the medians."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

Measured = Mapping[str, float]


class Results:
    """Measurements by key, as ``plan.Step.key`` gives it."""

    def __init__(self) -> None:
        self.rounds: dict[str, list[Measured]] = {}

    def add(self, key: str, measured: Measured | None) -> None:
        """Keep one measurement; one that failed is left out."""
        found = self.rounds.setdefault(key, [])
        if measured is not None:
            found.append(measured)

    def median(self, measure: str, condition: str, peer: str, figure: str) -> float | None:
        """Return the median of the rounds; None where nothing was measured."""
        rounds = self.rounds.get(f"{measure}/{condition}/{peer}", [])
        figures = [measured[figure] for measured in rounds if figure in measured]
        return statistics.median(figures) if figures else None

    def ratio(self, one: float | None, other: float | None) -> float | None:
        """Return one figure in units of another, None where either is missing."""
        return one / other if one is not None and other else None
