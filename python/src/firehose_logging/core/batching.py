"""Cut batches that keep within Firehose's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable, Sequence

    from firehose_logging.core.segments import Segment

Waiting = tuple[bytes, float]
"""An encoded record and when it was accepted, in seconds of the monotonic clock.

A plain tuple, which the garbage collector soon leaves alone: a buffer holds a hundred thousand.
"""


class Batch:
    """Records that travel together.

    Attributes:
        data: Each record as one line of JSON, UTF-8, without a newline.
        born: When each was accepted, in seconds of the monotonic clock.
        attempts: How often Firehose has refused each within an accepted batch.
        origin: The spool's segment that all of them come from; None if they were in memory.
    """

    __slots__ = ("attempts", "born", "data", "origin")

    def __init__(
        self, data: list[bytes], born: list[float], attempts: list[int] | None = None
    ) -> None:
        self.data = data
        self.born = born
        self.attempts = attempts or [0] * len(data)
        self.origin: Segment | None = None

    @classmethod
    def of(cls, waiting: Iterable[Waiting]) -> Batch:
        """Make a batch of what waited."""
        pairs = list(waiting)
        return cls([data for data, _ in pairs], [born for _, born in pairs])

    def __len__(self) -> int:
        return len(self.data)

    def size(self) -> int:
        """Return the raw bytes of all records."""
        return sum(map(len, self.data))

    def oldest(self) -> float:
        """Return when the oldest record was accepted, infinity if there is none."""
        return min(self.born, default=float("inf"))

    def select(self, indexes: Sequence[int]) -> Batch:
        """Return the records at ``indexes``."""
        selected = Batch(
            [self.data[index] for index in indexes],
            [self.born[index] for index in indexes],
            [self.attempts[index] for index in indexes],
        )
        selected.origin = self.origin
        return selected

    def extend(self, other: Batch) -> None:
        """Append the records of ``other``."""
        self.data += other.data
        self.born += other.born
        self.attempts += other.attempts

    def halves(self) -> tuple[Batch, Batch]:
        """Split in two, to find the record that Firehose objects to."""
        middle = len(self) // 2
        return self.select(range(middle)), self.select(range(middle, len(self)))

    def pieces(self, max_records: int, max_bytes: int) -> list[Batch]:
        """Split into parts within both limits, or of a single record above them, in order."""
        if not len(self):
            return []
        if len(self) == 1 or (len(self) <= max_records and self.size() <= max_bytes):
            return [self]
        first, second = self.halves()
        return first.pieces(max_records, max_bytes) + second.pieces(max_records, max_bytes)

    def waiting(self) -> list[Waiting]:
        """Return the records as they wait in a buffer."""
        return list(zip(self.data, self.born, strict=True))


def merge(batches: Iterable[Batch]) -> Batch:
    """Return the records of all ``batches`` by the time at which they were accepted."""
    waiting = [record for batch in batches for record in batch.waiting()]
    return Batch.of(sorted(waiting, key=lambda record: record[1]))


def take_batch(waiting: deque[Waiting], max_records: int, max_bytes: int) -> Batch:
    """Remove from the left of ``waiting`` as many records as fit one batch.

    Args:
        waiting: Records in the order in which they leave.
        max_records: Records in a batch at most.
        max_bytes: Raw bytes in a batch at most. A record above it travels alone.

    Returns:
        The batch, empty only when nothing waits.
    """
    taken: list[Waiting] = []
    size = 0
    while waiting and len(taken) < max_records:
        size += len(waiting[0][0])
        if taken and size > max_bytes:
            break
        taken.append(waiting.popleft())
    return Batch.of(taken)
