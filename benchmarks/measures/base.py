"""What every measurement has in common."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.counter import SharedCounter
from benchmarks.peers import PEERS, Address, Shipping

MESSAGE = "GET /orders/%d answered 200 in %.1f ms for customer %s"
POLL = 0.005
WARM_UP_RECORDS = 4
WARM_UP_PATIENCE = 1.5
LONGEST_BURST = 64
QUICK_BURST = 0.01


class Task(NamedTuple):
    """What a child process measures.

    Attributes:
        measure: A module of this package.
        peer: A key of ``PEERS``.
        http: Port of the sink's HTTP.
        lines: Port of the sink's lines.
        counter: The sink's counter.
        seconds: How long to log, where that is what ends it.
        records: How many records to log, where that is what ends it.
    """

    measure: str
    peer: str = ""
    http: int = 0
    lines: int = 0
    counter: str = ""
    seconds: float = 0.0
    records: int = 0


class Bench:
    """A logger whose one handler ships to the sink of a task."""

    def __init__(self, task: Task) -> None:
        self.shipping: Shipping = PEERS[task.peer].make(Address(task.http, task.lines))
        self.logger = logging.Logger("shop.orders", logging.INFO)
        self.logger.addHandler(self.shipping.handler)
        self._counter = SharedCounter(Path(task.counter))
        self._before = self._counter.value
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self.logged = 0

    def log(self, records: int) -> None:
        """Log ``records`` records, back to back."""
        info = self.logger.info
        for number in itertools.islice(self._numbers, records):
            info(MESSAGE, number, 12.5, "c-1771")
        with self._lock:
            self.logged += records

    def log_until(self, records: int, deadline: float) -> int:
        """Log up to ``records`` or until the deadline; return how many were logged.

        The clock is looked at after bursts, which are the shorter the longer a call takes.
        """
        logged, burst = 0, 1
        now = time.monotonic()
        while logged < records and now < deadline:
            self.log(burst)
            logged += burst
            before, now = now, time.monotonic()
            burst = min(2 * burst, LONGEST_BURST) if now - before < QUICK_BURST else 1
        return logged

    @property
    def acknowledged(self) -> int:
        """Records that the sink has counted since this was made."""
        return self._counter.value - self._before

    def await_acknowledged(self, patience: float, *, hurry: bool = False) -> float:
        """Wait until the sink has counted all that was logged; ``hurry`` has it flushed.

        Returns:
            When the last record was counted, in seconds of the monotonic clock, whether all of
            them came within ``patience`` seconds or not.
        """
        if hurry:
            threading.Thread(target=self.shipping.flush, daemon=True).start()
        limit = time.monotonic() + patience
        seen, at = self.acknowledged, time.monotonic()
        while seen < self.logged and time.monotonic() < limit:
            time.sleep(POLL)
            if self.acknowledged != seen:
                seen, at = self.acknowledged, time.monotonic()
        return at

    def warm_up(self) -> None:
        """Make connections and fill caches, as far as the sink lets."""
        self.log(WARM_UP_RECORDS)
        self.await_acknowledged(WARM_UP_PATIENCE)
