"""Move records from memory to disk: by a thread for it, and by callers when that one is late."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.batching import Batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.buffer import RecordBuffer
    from firehose_logging.core.spool import Spool

_LATE: Final = 0.25
"""The part of its time after which a record that is not written yet is written by a caller."""


class Spilling:
    """Between a buffer and a spool; records keep their order, and stay in memory until written.

    A caller never waits for more than the disk, and only if the buffer is full, or, where every
    record is written ahead, if those before it have waited for too long already.
    """

    def __init__(
        self,
        buffer: RecordBuffer,
        spool: Spool,
        *,
        write_ahead_within: float | None,
        after_writing: Callable[[], object],
        clock: Callable[[], float],
    ) -> None:
        """Make it.

        Args:
            buffer: Where records wait in memory.
            spool: Where they go.
            write_ahead_within: Seconds within which every record has to be written; None writes
                only what memory can't hold.
            after_writing: Called when records were written.
            clock: Seconds that never run backwards.
        """
        self._buffer = buffer
        self._spool = spool
        self._after_writing = after_writing
        self._clock = clock
        self._late_after = None if write_ahead_within is None else write_ahead_within * _LATE
        # Held while records are moved; below it in order are the buffer's and the spool's.
        self.lock = threading.RLock()
        self._written: Batch | None = None

    def locks(self) -> list[Any]:
        """Return the re-entrant locks that moving records needs, in the order they are taken."""
        return [self.lock, self._buffer.lock, *self._spool.locks()]

    def append(self, data: bytes) -> None:
        """Take an encoded record; what memory can't hold goes to disk."""
        if self._spool.is_broken():
            self._buffer.append(data)
            return
        self._buffer.append_now(data)
        if self._buffer.overflows() and not self._is_interrupted():
            self._spill()

    def append_ahead(self, data: bytes) -> None:
        """Take an encoded record, and write what waits if the thread for it is late."""
        self.append(data)
        if self._is_late() and not self._is_interrupted():
            with self.lock:
                if self._is_late():
                    self._move()

    def write_ahead(self) -> None:
        """Write what has to be on disk."""
        called = self._clock()
        while self._buffer.oldest() <= called and self._has_to_move() and self._move():
            pass

    def write_everything(self) -> None:
        """Write all that waits, as far as that can be done."""
        while self._move():
            pass

    def put_ahead(self, batch: Batch) -> Batch:
        """Write records that are older than all others; return those that can't be written."""
        pieces = batch.pieces(self._spool.records_at_once, self._spool.bytes_at_once)
        while pieces and self._spool.append(pieces[-1], ahead=True):
            pieces.pop()
        self._after_writing()
        rest = Batch([], [])
        for piece in pieces:
            rest.extend(piece)
        return rest

    def writes_everything(self) -> bool:
        """Tell whether every record goes through the spool."""
        return self._late_after is not None and not self._spool.is_broken()

    def _spill(self) -> None:
        while self._buffer.overflows() and self._move():
            pass
        if self._spool.is_broken():
            self._buffer.shed()

    def _move(self) -> bool:
        with self.lock:
            self._remove_written()
            batch = self._buffer.peek(self._spool.records_at_once, self._spool.bytes_at_once)
            if not len(batch) or not self._spool.append(batch):
                return False
            self._written = batch
            self._remove_written()
        self._after_writing()
        return True

    def _remove_written(self) -> None:
        """Remove what is on disk from memory.

        Whoever was interrupted before doing so, by a signal handler that goes on to wait, has
        lent the lock to another, who must not write the same again.
        """
        written = self._written
        if written is not None:
            self._buffer.remove(written)
            self._written = None

    def _has_to_move(self) -> bool:
        return self._late_after is not None or self._buffer.is_above_high_water()

    def _is_late(self) -> bool:
        after = self._late_after
        if after is None or self._buffer.oldest() > self._clock() - after:
            return False
        return not self._spool.is_broken()

    def _is_interrupted(self) -> bool:
        """Tell whether the caller is a signal handler or destructor in the middle of moving."""
        return any(lock._is_owned() for lock in self.locks())  # noqa: SLF001 - as Condition does
