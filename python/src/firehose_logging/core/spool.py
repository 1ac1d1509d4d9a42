"""Keep records on disk that memory can't hold or the network won't take."""

from __future__ import annotations

import errno
import itertools
import os
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.batching import Batch, Waiting, take_batch
from firehose_logging.core.folder import SUFFIX, Folder, FolderRefusedError, order_of
from firehose_logging.core.listing import SCAN_INTERVAL, Listing
from firehose_logging.core.segments import Segment, encode_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.counters import Counters
    from firehose_logging.core.fallback import Notices

SEGMENT_BYTES: Final = 4 * 1024 * 1024
"""Bytes after which another segment is begun; one at a time is read into memory."""

SEGMENTS_AT_LEAST: Final = 8
"""Into how many segments a full folder is divided, since the oldest goes as a whole."""

BYTES_AT_ONCE: Final = 1024 * 1024
"""Raw bytes of records that are written at once, at most."""

RECORDS_AT_ONCE: Final = 10_000
"""Records that are written at once, at most."""

PAUSE_AFTER_ERROR: Final = 5.0
"""Seconds for which a folder that failed is not written to."""

_SHORT_LINE: Final = 64
"""Bytes of a line to reckon with, lest what stands around short records exceed the bound."""

_SHARES: Final = 4
"""What part of the folder's room is taken without another look, for others may take it too."""

_ROOM_IS_SURE_FOR: Final = 0.25
"""Seconds for which it is."""

_LATEST: Final = 10**20 - 1
"""The largest number that a segment's name begins with."""

_SEGMENTS_AT_ONCE: Final = 100
"""Segments looked at until others have their turn."""

_serial = itertools.count()


class Spool:
    """A folder of segments, which several processes may share.

    Each process writes segments of its own and reads those back, and whatever a process that is
    no more has left; what else lies there is left alone. Beyond ``max_bytes`` the oldest go. All
    methods can be called from any thread; none raises for what is wrong with the disk.
    """

    scan_interval = SCAN_INTERVAL

    def __init__(
        self,
        folder: str,
        max_bytes: int,
        counters: Counters,
        notices: Notices,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = Path(folder)
        self._folder = Folder(self._path)
        self._listing = Listing(self._folder, notices, clock)
        self._max_bytes = max_bytes
        self._segment_bytes = max(1, min(SEGMENT_BYTES, max_bytes // SEGMENTS_AT_LEAST))
        self.bytes_at_once = min(BYTES_AT_ONCE, self._segment_bytes)
        self.records_at_once = max(1, min(RECORDS_AT_ONCE, self.bytes_at_once // _SHORT_LINE))
        self._counters = counters
        self._notices = notices
        self._clock = clock
        # Once for all, so that a clock on the wall that is set changes neither order nor ages.
        self._to_wall = time.time() - clock()
        self.lock = threading.RLock()
        self._held: list[Segment] = []
        self._unsynced: list[Segment] = []
        self._writing: Segment | None = None
        self._reading: Segment | None = None
        self._loaded: deque[Waiting] = deque()
        self._told_refusal = ""
        self._broken_until = 0.0
        self._room = 0
        self._room_until = 0.0
        self._left_behind = 0

    def locks(self) -> list[Any]:
        """Return the re-entrant locks that its methods need, in the order they are taken."""
        return [self.lock, self._counters.lock, self._notices.lock]

    def prepare(self) -> None:
        """Look whether the folder can be written to, and tell it if not."""
        try:
            self._folder.make()
        except OSError as error:
            with self.lock:
                self._fail(error)

    def append(self, batch: Batch, *, ahead: bool = False) -> bool:
        """Write records, those that are older than all others ``ahead`` of them.

        They outlive this process then; ``sync`` has them on disk.

        Returns:
            False if they can't be written.
        """
        with self.lock:
            if self.is_broken() or not self._try_to_write(batch, ahead):
                return False
        self._counters.add_spooled(len(batch))
        return True

    def sync(self) -> None:
        """Have on disk what was written; others can go on writing meanwhile."""
        with self.lock:
            segments, self._unsynced = self._unsynced, []
            for segment in segments:
                segment.users += 1
        for segment in segments:
            self._sync(segment)

    def is_broken(self) -> bool:
        """Tell whether the folder has just failed."""
        return self._clock() < self._broken_until

    def take(self, max_records: int, max_bytes: int) -> Batch:
        """Return the oldest records, to be sent; ``settle`` says what became of them."""
        with self.lock:
            for _ in range(_SEGMENTS_AT_ONCE):
                if self._loaded or not self._load_next():
                    break
            batch = take_batch(self._loaded, max_records, max_bytes)
            batch.origin = self._reading if len(batch) else None
            return batch

    def settle(self, segment: Segment, records: int) -> None:
        """Note that ``records`` of a segment were sent or given up; the last one deletes it."""
        with self.lock:
            segment.outstanding -= records
            if segment.outstanding <= 0 and segment in self._held:
                self._remove(segment)

    def has_records(self) -> bool:
        """Tell whether there is something to take."""
        with self.lock:
            if self._loaded or any(not segment.is_loaded for segment in self._held):
                return True
            return bool(self._listing.strays(self._held))

    def is_being_filled(self, max_records: int, max_bytes: int) -> bool:
        """Tell whether all it has are new records, too few for a batch, to which more come."""
        with self.lock:
            writing = self._writing
            if writing is None or self._loaded or self._listing.strays(self._held):
                return False
            if any(not segment.is_loaded for segment in self._held if segment is not writing):
                return False
            return writing.outstanding < max_records and writing.size < max_bytes

    def backlog(self) -> int:
        """Return how many records of this process are in the spool."""
        with self.lock:
            ours = (segment.outstanding for segment in self._held if segment.is_ours)
            return self._left_behind + sum(ours)

    def oldest(self) -> float:
        """Return when the oldest of them was accepted, infinity if there is none."""
        with self.lock:
            return min(
                (segment.oldest for segment in self._held if segment.is_ours),
                default=float("inf"),
            )

    def take_loaded(self) -> Batch:
        """Return what was read but not taken yet."""
        with self.lock:
            batch = take_batch(self._loaded, len(self._loaded), 1 << 62)
            batch.origin = self._reading if len(batch) else None
            return batch

    def replace_loaded(self, rest: Batch) -> bool:
        """Write what is left of the segments that were read, and more, in place of those.

        So that nothing is sent twice for having been sent in part; False if it can't be written.
        """
        with self.lock:
            loaded = [segment for segment in self._held if segment.is_loaded]
            if len(rest) and (self.is_broken() or not self._write_in_pieces(rest)):
                return False
            self._counters.add_spooled(len(rest) - sum(each.outstanding for each in loaded))
            self.sync()
            for segment in loaded:
                self._remove(segment)
        return True

    def close(self) -> None:
        """Leave what is there to the next process."""
        self.sync()
        with self.lock:
            self._left_behind = self.backlog()
            for segment in self._held:
                segment.release()
            self._held.clear()
            self._loaded.clear()
            self._writing = None

    def leave_to_parent(self) -> None:
        """Close what a forked child has inherited; the parent's locks stay."""
        for segment in list(self._held):
            segment.release(at_once=True)

    def _sync(self, segment: Segment) -> None:
        try:
            segment.sync()
        except OSError as error:
            with self.lock:
                self._fail(error)
        finally:
            with self.lock:
                segment.end_use()

    def _write_in_pieces(self, batch: Batch) -> bool:
        """Write a batch of any size ahead of all others, the whole of it or nothing."""
        before = list(self._held)
        pieces = batch.pieces(self.records_at_once, self.bytes_at_once)
        if all(self._try_to_write(piece, ahead=True) for piece in reversed(pieces)):
            return True
        for segment in [each for each in self._held if each not in before]:
            self._remove(segment)
        return False

    def _try_to_write(self, batch: Batch, ahead: bool) -> bool:
        try:
            self._write(batch, ahead)
        except OSError as error:
            self._fail(error)
            return False
        self._told_refusal = ""
        return True

    def _write(self, batch: Batch, ahead: bool) -> None:
        to_wall = self._to_wall
        content = encode_lines((data, born + to_wall) for data, born in batch.waiting())
        self._make_room(len(content))
        segment = self._segment_ahead() if ahead else self._segment_for(len(content))
        segment.append(content)
        segment.outstanding += len(batch)
        segment.oldest = min(segment.oldest, batch.oldest())
        if segment not in self._unsynced:
            self._unsynced.append(segment)

    def _segment_for(self, size: int) -> Segment:
        writing = self._writing
        if writing is None or writing.size + size > self._segment_bytes:
            # Times of the clock on the wall, which may be set back, yet later than all others.
            order = max([time.time_ns(), *(order_of(each.path) + 1 for each in self._held)])
            writing = self._writing = self._create(min(order, _LATEST))
        return writing

    def _segment_ahead(self) -> Segment:
        loaded = {segment.path for segment in self._held if segment.is_loaded}
        waiting = [order_of(path) for path, _ in self._listing.segments() if path not in loaded]
        return self._create(max(0, min(waiting) - 1) if waiting else time.time_ns())

    def _create(self, order: int) -> Segment:
        name = f"{order:020d}-{os.getpid()}-{next(_serial):06d}{SUFFIX}"
        segment = Segment.create(self._path / name)
        self._held.append(segment)
        return segment

    def _fail(self, error: OSError) -> None:
        self._broken_until = self._clock() + PAUSE_AFTER_ERROR
        self._writing = None
        for segment in [each for each in self._held if not each.size and not each.is_loaded]:
            self._remove(segment)
        refusal = str(error) if isinstance(error, FolderRefusedError) else ""
        if not refusal or refusal != self._told_refusal:
            self._told_refusal = refusal
            self._notices.tell("spool", f"can't spool to {self._path}: {error}")

    def _load_next(self) -> bool:
        """Read the oldest segment into memory; False if there is none, or for now."""
        waiting = (segment for segment in self._held if not segment.is_loaded)
        segment = min(waiting, key=lambda each: each.path, default=None)
        strays = self._listing.strays(self._held)
        for _ in range(_SEGMENTS_AT_ONCE):
            if not strays or (segment is not None and segment.path < strays[0]):
                break
            claimed = Segment.claim(strays.popleft())
            if claimed is not None:
                self._held.append(claimed)
                segment = claimed
                break
        if segment is not None:
            self._load(segment)
        return segment is not None

    def _load(self, segment: Segment) -> None:
        if segment is self._writing:
            self._writing = None
        segment.is_loaded = True
        self._reading = segment
        try:
            records, damaged = segment.read_records()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others go on
            self._leave_alone(segment, f"{type(error).__name__}: {error}")
            return
        if damaged and not records and not segment.is_ours:
            self._leave_alone(segment, "not one line of it is whole")
            return
        damaged = max(damaged, segment.outstanding - len(records))
        if damaged:
            self._counters.add_dropped("spool_damaged", damaged)
        now = self._clock()
        self._loaded.extend((data, min(at - self._to_wall, now)) for data, at in records)
        segment.outstanding = len(records)
        if not records:
            self._remove(segment)

    def _leave_alone(self, segment: Segment, why: str) -> None:
        """Let go of a segment that can't be read, and name it; its file stays as it is."""
        if segment.outstanding:
            self._counters.add_dropped("spool_damaged", segment.outstanding)
        if segment in self._held:
            self._held.remove(segment)
        segment.release()
        self._listing.leave_alone(segment.path, why)

    def _make_room(self, size: int) -> None:
        if size > self._max_bytes:
            raise OSError(errno.EDQUOT, f"spool_bytes={self._max_bytes} is too little")
        now = self._clock()
        if size <= self._room and now < self._room_until:
            self._room -= size
            return
        files = sorted(self._listing.segments())
        total = sum(on_disk for _, on_disk in files) + size
        held = {segment.path: segment for segment in self._held}
        for path, on_disk in files:
            if total <= self._max_bytes:
                break
            segment = held.get(path) or Segment.claim(path)
            if segment is not None and self._evict(segment):
                total -= on_disk
        if total > self._max_bytes:
            raise OSError(errno.EDQUOT, f"spool_bytes={self._max_bytes} is reached")
        self._room = min((self._max_bytes - total) // _SHARES, SEGMENT_BYTES)
        self._room_until = now + max(_ROOM_IS_SURE_FOR, self._listing.pause_after_look(now))

    def _evict(self, segment: Segment) -> bool:
        """Give up a segment's records to make room; False if it is left alone instead."""
        if segment.is_loaded:
            segment.unlink()  # its records are in memory
            return True
        lost = segment.outstanding
        if not segment.is_ours:
            try:
                records, damaged = segment.read_records()
            except Exception as error:  # noqa: BLE001 - as for one to be sent
                self._leave_alone(segment, f"{type(error).__name__}: {error}")
                return False
            if damaged and not records:
                self._leave_alone(segment, "not one line of it is whole")
                return False
            lost = len(records)
        if lost:
            self._counters.add_dropped("spool_full", lost)
        self._remove(segment)
        return True

    def _remove(self, segment: Segment) -> None:
        if segment is self._writing:
            self._writing = None
        try:
            segment.remove()
        except OSError as error:
            # It stays held, hence locked, lest its records are taken for new ones.
            segment.is_loaded, segment.outstanding, segment.oldest = True, 0, float("inf")
            self._notices.tell("spool", f"can't delete {segment.path}: {error}")
            return
        if segment in self._held:
            self._held.remove(segment)
