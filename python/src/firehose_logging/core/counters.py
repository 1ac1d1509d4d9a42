"""Count what becomes of records."""

from __future__ import annotations

import threading


class Counters:
    """Running totals, in records; safe to add to from any thread."""

    def __init__(self) -> None:
        # Re-entrant: a destructor or a signal handler may log while a total is being added to.
        self.lock = threading.RLock()
        self.sent = 0
        self.retried = 0
        self.spooled = 0
        self.fell_back = 0
        self.bypassed = 0
        """Records that went past the buffer, straight to the fallback."""
        self.dropped: dict[str, int] = {}
        self._unreported: dict[str, int] = {}

    def add_sent(self, count: int) -> None:
        """Count records that Firehose acknowledged."""
        with self.lock:
            self.sent += count

    def add_retried(self, count: int) -> None:
        """Count records that go round again."""
        with self.lock:
            self.retried += count

    def add_spooled(self, count: int) -> None:
        """Count records written to the spool."""
        with self.lock:
            self.spooled += count

    def add_fell_back(self, count: int) -> None:
        """Count records handed to the fallback."""
        with self.lock:
            self.fell_back += count

    def add_bypassed(self, count: int) -> None:
        """Count records that were accepted without passing through the buffer."""
        with self.lock:
            self.bypassed += count

    def add_dropped(self, reason: str, count: int) -> None:
        """Count records lost for ``reason``; the one way in which a loss is recorded."""
        with self.lock:
            self.dropped[reason] = self.dropped.get(reason, 0) + count
            self._unreported[reason] = self._unreported.get(reason, 0) + count

    def take_unreported(self) -> dict[str, int]:
        """Return the losses since the last call, by reason."""
        with self.lock:
            unreported, self._unreported = self._unreported, {}
        return unreported
