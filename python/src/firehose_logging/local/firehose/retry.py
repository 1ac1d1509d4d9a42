"""When to try again (statement D1)."""

from __future__ import annotations

FIRST_DELAY = 1.0
"""Seconds; AWS documents exponential back-off without figures, so these are ours."""
LONGEST_DELAY = 10.0
LONGEST_BACKUP_DELAY = 60.0


def next_delay(attempts: int, elapsed: float, duration: float, chance: float) -> float | None:
    """Return the seconds until the next attempt, or ``None`` when the retry duration is over.

    The last attempt falls on the end of the duration, which includes the first attempt.

    Args:
        attempts: how many were made.
        elapsed: seconds since the first began.
        duration: ``DurationInSeconds``; 0 means no retries.
        chance: a number in [0, 1) that spreads the delay over its upper half.
    """
    if elapsed >= duration:
        return None
    return min(backoff(attempts, chance), duration - elapsed)


def backoff(attempts: int, chance: float, longest: float = LONGEST_DELAY) -> float:
    """Return seconds that double with each of ``attempts``, up to ``longest``."""
    whole = min(longest, FIRST_DELAY * 2.0 ** min(attempts - 1, 16))
    return whole * (0.5 + chance / 2)
