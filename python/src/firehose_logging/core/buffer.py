"""Hold records between the threads that log and the one that sends."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from firehose_logging.core.batching import take_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firehose_logging.core.counters import Counters
    from firehose_logging.core.item import Item
    from firehose_logging.core.wakeup import Wakeup

NEVER: Final = 1 << 62


class RecordBuffer:
    """A queue bounded by records and by bytes.

    A caller appends to ``_inbox``, which is atomic, and then puts in order what stands there if
    nobody else is doing so. So no caller ever waits for a lock, and a destructor or signal
    handler that logs in the middle of it does no harm.
    """

    def __init__(
        self,
        *,
        max_records: int,
        max_bytes: int,
        overflow: str,
        block_timeout: float,
        counters: Counters,
        wakeup: Wakeup,
        full_records: int,
        full_bytes: int,
    ) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._overflow = overflow
        self._block_timeout = block_timeout
        self._counters = counters
        self._wakeup = wakeup
        self._full_records = full_records
        self._full_bytes = full_bytes
        self._inbox: deque[Item] = deque()
        self._waiting: deque[Item] = deque()
        self._lock = threading.Lock()
        self._room = threading.Condition()
        self._bytes = 0
        self._held_records = 0
        self._held_bytes = 0
        self._wake_at_records = NEVER
        self._wake_at_bytes = NEVER
        self.accepted = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._inbox)

    def append(self, item: Item) -> None:
        """Take a record; what exceeds the bounds is dropped as the overflow policy says."""
        if self._overflow == "block" and self._is_full(item):
            self._await_room(item)
        self._inbox.append(item)
        self._settle()

    def oldest(self) -> float:
        """Return when the oldest waiting record was accepted, infinity when none waits."""
        try:
            return self._waiting[0].born
        except IndexError:
            pass
        try:
            return self._inbox[0].born
        except IndexError:
            return float("inf")

    def holds_full_batch(self) -> bool:
        """Tell whether what waits fills a batch."""
        return len(self._waiting) >= self._full_records or self._bytes >= self._full_bytes

    def take(self, max_records: int, max_bytes: int) -> list[Item]:
        """Remove a batch of the oldest records."""
        with self._lock:
            self._sort_in()
            batch = take_batch(self._waiting, max_records, max_bytes)
            self._move_out(batch, 1)
        self._settle()
        self._tell_room()
        return batch

    def give_back(self, items: Sequence[Item]) -> None:
        """Put records that could not be sent where they came from, in front of all others."""
        with self._lock:
            for item in reversed(items):
                self._waiting.appendleft(item)
            self._move_out(items, -1)
            self._drop_excess()
        self._settle()

    def take_older(self, than: float) -> list[Item]:
        """Remove the records that were accepted before ``than``."""
        old: list[Item] = []
        with self._lock:
            self._sort_in()
            while self._waiting and self._waiting[0].born < than:
                item = self._waiting.popleft()
                self._bytes -= len(item.data)
                old.append(item)
        self._settle()
        self._tell_room()
        return old

    @property
    def counts_records_on_their_way(self) -> bool:
        """Whether a batch that is being sent still takes up room.

        It may come back. Where the oldest records go first, that costs its own records; where
        they stay, nobody may have taken their places.
        """
        return self._overflow != "drop_oldest"

    def hold(self, records: int, size: int) -> None:
        """Count records that are elsewhere, for another attempt, as part of this buffer."""
        self._held_records = records
        self._held_bytes = size
        self._tell_room()

    def wake_when(self, *, any_waits: bool) -> bool:
        """Arm the wake-up: when a record comes, or else when a batch is full.

        Returns:
            True if that is the case already, so that there is nothing to wait for.
        """
        with self._lock:
            self._sort_in()
            self._wake_at_records = 1 if any_waits else self._full_records
            self._wake_at_bytes = self._full_bytes
            ready = self._is_ready()
        self._settle()
        return ready

    def _move_out(self, items: Sequence[Item], sign: int) -> None:
        size = sum(len(item.data) for item in items)
        self._bytes -= sign * size
        if self.counts_records_on_their_way:
            self._held_records += sign * len(items)
            self._held_bytes += sign * size

    def _settle(self) -> None:
        while self._inbox and self._lock.acquire(blocking=False):
            try:
                self._sort_in()
            finally:
                self._lock.release()

    def _sort_in(self) -> None:
        inbox, waiting = self._inbox, self._waiting
        while inbox:
            item = inbox.popleft()
            self.accepted += 1
            waiting.append(item)
            self._bytes += len(item.data)
            if self._exceeds(0):
                self._drop_excess()
        if self._is_ready():
            self._wake_at_records = self._wake_at_bytes = NEVER
            self._wakeup.set()

    def _is_ready(self) -> bool:
        return len(self._waiting) >= self._wake_at_records or self._bytes >= self._wake_at_bytes

    def _exceeds(self, more: int) -> bool:
        return (
            len(self._waiting) + self._held_records + bool(more) > self._max_records
            or self._bytes + self._held_bytes + more > self._max_bytes
        )

    def _drop_excess(self) -> None:
        dropped = 0
        while self._waiting and self._exceeds(0):
            oldest_goes = self._overflow == "drop_oldest"
            item = self._waiting.popleft() if oldest_goes else self._waiting.pop()
            self._bytes -= len(item.data)
            dropped += 1
        if dropped:
            self._counters.add_dropped("overflow", dropped)

    def _is_full(self, item: Item) -> bool:
        return self._exceeds(len(item.data))

    def _await_room(self, item: Item) -> None:
        deadline = time.monotonic() + self._block_timeout
        with self._room:
            while self._is_full(item):
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                self._room.wait(min(left, 0.1))

    def _tell_room(self) -> None:
        if self._overflow == "block":
            with self._room:
                self._room.notify_all()
