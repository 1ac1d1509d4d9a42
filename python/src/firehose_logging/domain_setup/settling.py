"""How long an unready domain is waited for: pure, time and randomness are arguments."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from firehose_logging.domain_setup.answer import Answer, ConnectionFailure, is_refused_by_iam

# IAM's changes take seconds to spread; whoever waits longer waits for a permission that is missing.
PERMISSION_SECONDS = 60.0

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 10.0


@dataclass(frozen=True)
class Patience:
    """How long to wait, and by whose clock.

    Attributes:
        settle_seconds: for a domain that can't be reached, or is not ready.
        deadline: by ``now``, when all waiting ends whatever the reason.
        now: seconds of a clock that only runs forward.
        sleep: waits that many seconds.
        fraction: a random number from 0 to 1.
    """

    settle_seconds: float = 300.0
    deadline: float = float("inf")
    now: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)
    fraction: Callable[[], float] = field(default=random.random)

    def wait(self, attempt: int, began: float, worth: float) -> bool:
        """Sleep before another attempt, or return ``False`` where it is not worth it.

        Args:
            attempt: how many attempts were made.
            began: when the first of them was made, by ``now``.
            worth: the seconds from ``began`` on that this outcome is worth waiting for.
        """
        pause = self.pause(attempt)
        if self.now() + pause > min(began + worth, self.deadline):
            return False
        self.sleep(pause)
        return True

    def pause(self, attempt: int) -> float:
        """Return the seconds before another attempt: exponential, with jitter in the upper half."""
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1))
        return longest * (0.5 + self.fraction() / 2)


def worth_waiting(outcome: Answer | ConnectionFailure, settle_seconds: float) -> float:
    """Return for how many seconds an outcome may be gone by waiting; 0 where it is final."""
    if isinstance(outcome, ConnectionFailure):
        return settle_seconds if outcome.may_pass else 0.0
    if outcome.status in {429, 500, 502, 503, 504}:
        return settle_seconds
    if is_refused_by_iam(outcome):
        return min(PERMISSION_SECONDS, settle_seconds)
    return 0.0
