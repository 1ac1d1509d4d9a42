"""An end to what takes too long."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooLongError(Exception):
    """Say what took too long."""


@contextmanager
def limited(seconds: float, what: str) -> Iterator[None]:
    """Leave the block after ``seconds``, wherever it is; for the main thread, not nested.

    Raises:
        TooLongError: the block took longer.
    """

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError(f"{what} took longer than {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Budget:
    """Seconds that several measurements share; ``left`` says how many of them remain."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @contextmanager
    def spend(self, what: str) -> Iterator[None]:
        """Measure something with what is left.

        Raises:
            TooLongError: nothing is left, or it took longer.
        """
        if self.left <= 0:
            raise TooLongError(f"no time was left for {what}")
        began = time.monotonic()
        try:
            with limited(self.left, what):
                yield
        finally:
            self.left -= time.monotonic() - began
