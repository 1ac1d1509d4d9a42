"""Keep records on disk that memory can't hold or the network won't take."""

from __future__ import annotations

import errno
import itertools
import os
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firehose_logging.core.batching import Batch, Waiting, take_batch
from firehose_logging.core.segments import SUFFIX, Segment, encode_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.counters import Counters
    from firehose_logging.core.fallback import Notices

SEGMENT_BYTES: Final = 4 * 1024 * 1024
"""Bytes after which another segment is begun; one at a time is read into memory."""

SCAN_INTERVAL: Final = 5.0
"""Seconds between two looks for segments that a process left behind."""

PAUSE_AFTER_ERROR: Final = 5.0
"""Seconds for which a folder that failed is not written to."""

_serial = itertools.count()


class Spool:
    """A folder of segments, which several processes may share.

    Each process writes segments of its own and reads those back, and whatever a process that is
    no more has left. Beyond ``max_bytes`` the oldest go. All methods can be called from any
    thread; none raises for what is wrong with the disk.
    """

    def __init__(
        self,
        folder: str,
        max_bytes: int,
        counters: Counters,
        notices: Notices,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = Path(folder)
        self._max_bytes = max_bytes
        self._counters = counters
        self._notices = notices
        self._clock = clock
        self.lock = threading.RLock()
        self._held: list[Segment] = []
        self._writing: Segment | None = None
        self._reading: Segment | None = None
        self._loaded: deque[Waiting] = deque()
        self._strays: list[Path] = []
        self._next_scan = 0.0
        self._broken_until = 0.0
        self._left_behind = 0

    def append(self, batch: Batch) -> bool:
        """Write records and have them on disk; False if that can't be done."""
        with self.lock:
            if self.is_broken():
                return False
            try:
                self._write(batch)
            except OSError as error:
                self._fail(error)
                return False
        self._counters.add_spooled(len(batch))
        return True

    def is_broken(self) -> bool:
        """Tell whether the folder has just failed."""
        return self._clock() < self._broken_until

    def take(self, max_records: int, max_bytes: int) -> Batch:
        """Return the oldest records, to be sent; ``settle`` says what became of them."""
        with self.lock:
            while not self._loaded and self._load_next():
                pass
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
            return bool(self._find_strays())

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

    def close(self) -> None:
        """Leave what is there to the next process."""
        with self.lock:
            self._left_behind = self.backlog()
            self.leave_to_parent()
            self._held.clear()
            self._loaded.clear()
            self._writing = None

    def leave_to_parent(self) -> None:
        """Close what a forked child has inherited; the parent's locks stay."""
        for segment in list(self._held):
            segment.release()

    def _write(self, batch: Batch) -> None:
        to_wall = time.time() - self._clock()
        content = encode_lines((data, born + to_wall) for data, born in batch.waiting())
        self._make_room(len(content))
        if self._writing is not None and self._writing.size + len(content) > SEGMENT_BYTES:
            self._writing = None
        if self._writing is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"{time.time_ns():020d}-{os.getpid()}-{next(_serial)}{SUFFIX}"
            self._writing = Segment.create(self._folder / name)
            self._held.append(self._writing)
        self._writing.append(content)
        self._writing.outstanding += len(batch)
        self._writing.oldest = min(self._writing.oldest, batch.oldest())

    def _fail(self, error: OSError) -> None:
        self._broken_until = self._clock() + PAUSE_AFTER_ERROR
        segment, self._writing = self._writing, None
        if segment is not None and not segment.outstanding:
            self._remove(segment)
        self._notices.tell("spool", f"can't spool to {self._folder}: {error}")

    def _load_next(self) -> bool:
        """Read the oldest segment into memory; False if there is none."""
        held = {segment.path: segment for segment in self._held if not segment.is_loaded}
        for path in sorted([*held, *self._find_strays()]):
            segment = held.get(path) or self._claim(path)
            if segment is not None:
                self._load(segment)
                return True
        return False

    def _find_strays(self) -> list[Path]:
        now = self._clock()
        if now >= self._next_scan:
            self._next_scan = now + SCAN_INTERVAL
            held = {segment.path for segment in self._held}
            self._strays = sorted(path for path, _ in self._files() if path not in held)
        return self._strays

    def _claim(self, path: Path) -> Segment | None:
        self._strays.remove(path)
        segment = Segment.claim(path)
        if segment is not None:
            self._held.append(segment)
        return segment

    def _load(self, segment: Segment) -> None:
        if segment is self._writing:
            self._writing = None
        segment.is_loaded = True
        self._reading = segment
        try:
            records, damaged = segment.read()
        except OSError as error:
            self._notices.tell("spool", f"can't read {segment.path}: {error}")
            records, damaged = [], segment.outstanding
        if damaged:
            self._counters.add_dropped("spool_damaged", damaged)
        from_wall = self._clock() - time.time()
        self._loaded.extend((data, at + from_wall) for data, at in records)
        segment.outstanding = len(records)
        if not records:
            self._remove(segment)

    def _make_room(self, size: int) -> None:
        files = sorted(self._files())
        total = sum(on_disk for _, on_disk in files) + size
        held = {segment.path: segment for segment in self._held}
        for path, on_disk in files:
            if total <= self._max_bytes:
                return
            segment = held.get(path) or Segment.claim(path)
            if segment is not None:
                self._evict(segment)
                total -= on_disk
        if total > self._max_bytes:
            raise OSError(errno.EDQUOT, f"spool_bytes={self._max_bytes} is reached")

    def _evict(self, segment: Segment) -> None:
        if segment.is_loaded:
            segment.path.unlink(missing_ok=True)  # its records are in memory
            return
        lost = segment.outstanding if segment.is_ours else len(segment.read().records)
        self._counters.add_dropped("spool_full", lost)
        self._remove(segment)

    def _remove(self, segment: Segment) -> None:
        if segment is self._writing:
            self._writing = None
        if segment in self._held:
            self._held.remove(segment)
        segment.remove()

    def _files(self) -> list[tuple[Path, int]]:
        try:
            with os.scandir(self._folder) as entries:
                return [
                    (self._folder / entry.name, entry.stat().st_size)
                    for entry in entries
                    if entry.name.endswith(SUFFIX)
                ]
        except OSError:
            return []  # not there yet, or a segment went meanwhile
