"""Move records from memory to disk: by a thread for it, and by callers where it can't wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.batching import Batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.buffer import RecordBuffer
    from firehose_logging.core.spool import Spool

_PATIENCE: Final = 0.25
"""Seconds that a caller waits at most for others to be done with the disk."""


class Spilling:
    """Between a buffer and a spool; records keep their order, and stay in memory until written.

    A caller never waits for more than the disk, and only if the buffer is full, or where every
    record is written ahead: on a machine that has too much to do, no other thread could be
    relied on to write it in time.
    """

    def __init__(
        self,
        buffer: RecordBuffer,
        spool: Spool,
        *,
        writes_ahead: bool,
        after_writing: Callable[[], object],
        clock: Callable[[], float],
    ) -> None:
        """Make it.

        Args:
            buffer: Where records wait in memory.
            spool: Where they go.
            writes_ahead: Whether every record is written, not only what memory can't hold.
            after_writing: Called when records were written, but for those that callers write
                ahead: of these it is told from time to time.
            clock: Seconds that never run backwards.
        """
        self._buffer = buffer
        self._spool = spool
        self._after_writing = after_writing
        self._clock = clock
        self._writes_ahead = writes_ahead
        self._has_news = False
        # Held while records are moved; below it in order are the buffer's and the spool's.
        self.lock = threading.RLock()
        self._is_moving = False

    def locks(self) -> list[Any]:
        """Return the re-entrant locks that moving records needs, in the order they are taken."""
        return [self.lock, self._buffer.lock, *self._spool.locks()]

    def append(self, data: bytes) -> None:
        """Take an encoded record; what memory can't hold goes to disk."""
        if self._spool.is_broken() or self._overflows_still():
            self._buffer.append(data)
            return
        self._buffer.append_now(data)
        self._overflows_still()

    def append_ahead(self, data: bytes) -> None:
        """Take an encoded record, and write it with all that wait.

        From the middle of writing, or when others take too long, it is left to those others.
        """
        self.append(data)
        if self._is_within() or not self.lock.acquire(timeout=_PATIENCE):
            return
        try:
            self._move_older(self._clock())
        finally:
            self.lock.release()

    def write_ahead(self) -> None:
        """Write what has to be on disk, and let others know of what was written."""
        self._move_older(self._clock())
        self._tell()

    def write_everything(self) -> None:
        """Write all that waits, as far as that can be done, for good.

        If somebody was interrupted while moving records, those may be written twice.
        """
        with self.lock:
            self._is_moving = False
            while self._move():
                pass
        self._tell()

    def is_interrupted(self) -> bool:
        """Tell, to whoever has the lock, that one who was moving records has lent it.

        What waits in memory may be on disk as well then; neither may be sent, nor moved.
        """
        return self._is_moving

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
        return self._writes_ahead and not self._spool.is_broken()

    def _overflows_still(self) -> bool:
        """Spill what exceeds the bounds, and tell whether the disk has left some of it."""
        if not self._buffer.overflows() or self._is_within():
            return False
        self._spill()
        return self._buffer.overflows()

    def _spill(self) -> None:
        while self._buffer.overflows() and self._move():
            pass
        self._tell()
        if self._spool.is_broken():
            self._buffer.shed()

    def _move_older(self, than: float) -> None:
        while self._buffer.oldest() <= than and self._has_to_move() and self._move():
            pass

    def _move(self) -> bool:
        with self.lock:
            if self._is_moving:
                return False
            self._is_moving = True
            try:
                return self._move_some()
            finally:
                self._is_moving = False

    def _move_some(self) -> bool:
        batch = self._buffer.peek(self._spool.records_at_once, self._spool.bytes_at_once)
        if not len(batch) or not self._spool.append(batch):
            return False
        self._buffer.remove(batch)
        self._has_news = True
        return True

    def _tell(self) -> None:
        if self._has_news:
            self._has_news = False
            self._after_writing()

    def _has_to_move(self) -> bool:
        return self._writes_ahead or self._buffer.is_above_high_water()

    def _is_within(self) -> bool:
        """Tell whether the caller is a signal handler or destructor in the middle of moving."""
        return any(lock._is_owned() for lock in self.locks())  # noqa: SLF001 - as Condition does
