"""What a run has found, and why some of it is missing."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.stack.capacity import Capacity
from benchmarks.stack.comparison import Comparison
from benchmarks.stack.moto_rate import MotoRate
from benchmarks.stack.quota import AtTheQuota


@dataclass
class Findings:
    """The figures of one run; ``None`` where there are none.

    Attributes:
        starts: Seconds that stacks without an engine took to be ready.
        capacity: With an engine that does nothing.
        engine: What the real engine says of itself; empty if it did not run.
        at_the_quota: With the real engine, at the quota's rate.
        comparison: With the real engine, beside plain ``_bulk`` requests.
        moto: Of moto's own Firehose.
        missing: Why something is missing, one sentence each.
    """

    starts: list[float] = field(default_factory=list)
    capacity: Capacity | None = None
    engine: str = ""
    at_the_quota: AtTheQuota | None = None
    comparison: Comparison | None = None
    moto: MotoRate | None = None
    missing: list[str] = field(default_factory=list)
