"""Decide when what failed goes round again."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from firehose_logging.core.item import Item


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
    """Items that go round again together.

    Attributes:
        due: When, in seconds of the monotonic clock.
        order: What breaks a tie.
        items: The items, in order.
        alone: Whether they form a batch of their own.
    """

    due: float
    order: int
    items: list[Item]
    alone: bool


class RetryQueue:
    """Groups of items, each with the moment at which it is due."""

    def __init__(self) -> None:
        self._groups: list[Group] = []
        self._order = itertools.count()
        self.records = 0
        self.bytes = 0

    def add(self, due: float, items: list[Item], *, alone: bool = False) -> None:
        """Keep ``items`` until ``due``."""
        heapq.heappush(self._groups, Group(due, next(self._order), items, alone))
        self._count(items, 1)

    def take_due(self, now: float, max_records: int, max_bytes: int) -> tuple[list[Item], bool]:
        """Remove the groups that are due, as many as fit one batch together.

        Returns:
            The items, and whether nothing may be added to them.
        """
        batch: list[Item] = []
        size = 0
        while self._groups and self._groups[0].due <= now:
            group = self._groups[0]
            size += sum(len(item.data) for item in group.items)
            too_much = len(batch) + len(group.items) > max_records or size > max_bytes
            if batch and (group.alone or too_much):
                break
            heapq.heappop(self._groups)
            self._count(group.items, -1)
            batch += group.items
            if group.alone:
                return batch, True
        return batch, False

    def take_older(self, than: float) -> list[Item]:
        """Remove the items that were accepted before ``than``."""
        old = [item for group in self._groups for item in group.items if item.born < than]
        if old:
            kept = (
                group._replace(items=[item for item in group.items if item.born >= than])
                for group in self._groups
            )
            self._groups = [group for group in kept if group.items]
            heapq.heapify(self._groups)
            self._count(old, -1)
        return old

    def take_all(self) -> list[Item]:
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
        """Return when the oldest item was accepted, infinity when there is none."""
        return min(
            (item.born for group in self._groups for item in group.items), default=float("inf")
        )

    def _count(self, items: Iterable[Item], sign: int) -> None:
        for item in items:
            self.records += sign
            self.bytes += sign * len(item.data)
