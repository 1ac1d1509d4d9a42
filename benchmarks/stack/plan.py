"""What a run measures and how long it takes."""

from __future__ import annotations

from typing import Final, NamedTuple

MEBIBYTE: Final = 1024 * 1024
QUOTA: Final = 5 * MEBIBYTE
"""Bytes a second that one stream takes by default in the large Regions (A15)."""


class Plan(NamedTuple):
    """The sizes of a run.

    Attributes:
        starts: How often a stack is started and timed.
        offered_seconds: How long records are offered at the quota's rate.
        null_mebibytes: Sent through the stack to an engine that does nothing.
        bulk_mebibytes: Sent to the real engine, at each turn, with and without the stack.
        turns: How often those two take turns.
        single_seconds: How long single records are put.
        moto_seconds: How long records are put to moto's own Firehose, each way.
        limit: Seconds within which all of that has to be done, starts of stacks left out; what
            is not done by then is told as not measured.
    """

    starts: int
    offered_seconds: float
    null_mebibytes: int
    bulk_mebibytes: int
    turns: int
    single_seconds: float
    moto_seconds: float
    limit: float


FULL: Final = Plan(5, 60.0, 500, 80, 2, 15.0, 5.0, 310.0)
QUICK: Final = Plan(1, 10.0, 100, 10, 1, 4.0, 2.0, 75.0)
