"""Choose the delivery stream that takes the next batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firehose_logging.core.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BUSY_BACKOFF: Final = Backoff(base=0.1, cap=20.0)
"""After throttling, server errors and connection errors."""

REFUSED_BACKOFF: Final = Backoff(base=4.0, cap=30.0)
"""After a refusal that only somebody's hand can mend."""


class Stream:
    """One delivery stream and how it fares.

    Attributes:
        name: The delivery stream's name.
        failures: Requests in a row that failed.
        resume_at: When it may be tried again, in seconds of the monotonic clock.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.failures = 0
        self.resume_at = 0.0

    def succeeded(self) -> None:
        """Note that a request went through."""
        self.failures = 0
        self.resume_at = 0.0

    def failed(self, now: float, backoff: Backoff, random: Callable[[], float]) -> None:
        """Note that a request failed, and leave the stream alone for a while."""
        self.failures += 1
        self.resume_at = now + backoff.pause(self.failures, random)


class Streams:
    """The delivery streams that share the batches, in turn, those that fail left out."""

    def __init__(self, names: Sequence[str]) -> None:
        self.all = [Stream(name) for name in names]
        self._turn = 0

    def choose(self, now: float) -> Stream | None:
        """Return the next stream that may be tried, None while all are left alone."""
        for step in range(len(self.all)):
            stream = self.all[(self._turn + step) % len(self.all)]
            if stream.resume_at <= now:
                self._turn += step + 1
                return stream
        return None

    def next_resume(self) -> float:
        """Return when the first of them may be tried again."""
        return min(stream.resume_at for stream in self.all)

    def make_ready(self) -> None:
        """Let every stream be tried at once."""
        for stream in self.all:
            stream.resume_at = 0.0
