"""Decide when what failed goes round again."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING, NamedTuple

from firehose_logging.core.batching import Batch

if TYPE_CHECKING:
    from collections.abc import Callable


class Backoff(NamedTuple):
    """Exponential back-off with full jitter.

    See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.

    Attributes:
        base: The longest first pause, in seconds.
        cap: The longest pause of all, in seconds.
    """

    base: float
    cap: float

    def pause(self, failures: int, random: Callable[[], float]) -> float:
        """Return the seconds to wait after ``failures`` failures in a row, one or more.

        ``random`` gives numbers from 0 up to 1.
        """
        doublings = min(failures - 1, 32)
        return random() * min(self.cap, self.base * 2.0**doublings)


class Group(NamedTuple):
    """Records that go round again together.

    Attributes:
        due: When, in seconds of the monotonic clock.
        order: What breaks a tie.
        batch: The records.
        alone: Whether they travel without others.
    """

    due: float
    order: int
    batch: Batch
    alone: bool


class RetryQueue:
    """Groups of records, each with the moment at which it is due."""

    def __init__(self) -> None:
        self._groups: list[Group] = []
        self._order = itertools.count()
        self.records = 0
        """Records in memory only, without those of the spool."""
        self.bytes = 0

    def add(self, due: float, batch: Batch, *, alone: bool = False) -> None:
        """Keep ``batch`` until ``due``; what comes from the spool always travels alone."""
        alone = alone or batch.origin is not None
        heapq.heappush(self._groups, Group(due, next(self._order), batch, alone))
        self._count(batch, 1)

    def take_due(self, now: float, max_records: int, max_bytes: int) -> tuple[Batch, bool]:
        """Remove the groups that are due, as many as fit one batch together.

        Returns:
            The records, and whether nothing may be added to them.
        """
        taken = Batch([], [])
        size = 0
        while self._groups and self._groups[0].due <= now:
            group = self._groups[0]
            size += group.batch.size()
            too_much = len(taken) + len(group.batch) > max_records or size > max_bytes
            if len(taken) and (group.alone or too_much):
                break
            heapq.heappop(self._groups)
            self._count(group.batch, -1)
            if group.alone:
                return group.batch, True
            taken.extend(group.batch)
        return taken, False

    def take_older(self, than: float) -> list[Batch]:
        """Remove the records that were accepted before ``than``."""
        if self.oldest() >= than:
            return []
        removed: list[Batch] = []
        groups, self._groups = self._groups, []
        for group in groups:
            born = group.batch.born
            old = group.batch.select([i for i, at in enumerate(born) if at < than])
            kept = group.batch.select([i for i, at in enumerate(born) if at >= than])
            if len(old):
                removed.append(old)
                self._count(old, -1)
            if len(kept):
                heapq.heappush(self._groups, group._replace(batch=kept))
        return removed

    def take_all(self) -> list[Batch]:
        """Remove everything."""
        return self.take_older(float("inf"))

    def make_due(self) -> None:
        """Let every group be due at once."""
        self._groups = [group._replace(due=0.0) for group in self._groups]
        heapq.heapify(self._groups)

    def next_due(self) -> float:
        """Return when the next group is due, infinity when there is none."""
        return self._groups[0].due if self._groups else float("inf")

    def oldest(self) -> float:
        """Return when the oldest record was accepted, infinity when there is none."""
        return min((group.batch.oldest() for group in self._groups), default=float("inf"))

    def _count(self, batch: Batch, sign: int) -> None:
        if batch.origin is not None:
            return  # the spool counts them
        self.records += sign * len(batch)
        self.bytes += sign * batch.size()
