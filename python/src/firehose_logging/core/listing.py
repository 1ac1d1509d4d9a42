"""Look through a spool's folder: what may be taken from it, and what is left alone."""

from __future__ import annotations

from collections import deque
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from firehose_logging.core.folder import Folder, FolderRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from firehose_logging.core.fallback import Notices
    from firehose_logging.core.segments import Segment

SCAN_INTERVAL: Final = 5.0
"""Seconds between two looks for segments that a process left behind."""

_STRAYS_AT_ONCE: Final = 500
"""Segments of others that are taken over after one look; then it is this process's turn."""

_EMPTY_AT_ONCE: Final = 10
"""Segments without content that are taken over at once, to be deleted."""

_PAUSE_PER_LOOK: Final = 20
"""How many times longer the folder is left than looking at it took, lest it be all that is done."""

_NAMED_AT_ONCE: Final = 3
_MOST_NAMED: Final = 20
_MOST_REMEMBERED: Final = 1_000
"""Names of what is left alone: told at once, told by a line of its own, and told at all."""


class Listing:
    """The segments of a folder; what is none of this user's is named, once."""

    def __init__(self, folder: Folder, notices: Notices, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._notices = notices
        self._clock = clock
        self._strays: deque[Path] = deque()
        self._left_alone: set[str] = set()
        self._named: set[str] = set()
        self.next_scan = 0.0

    def segments(self) -> list[tuple[Path, int]]:
        """Return the segments with their sizes; what else is there is named once.

        Raises:
            FolderRefusedError: Others may write to the folder.
        """
        segments, foreign = self._folder.entries()
        self._name(foreign)
        return [
            (self._folder.path / entry.name, entry.size)
            for entry in segments
            if entry.name not in self._left_alone
        ]

    def strays(self, held: Iterable[Segment]) -> deque[Path]:
        """Return the segments that are not ``held``, oldest first, after a look now and then."""
        now = self._clock()
        if now >= self.next_scan:
            known = {segment.path for segment in held}
            try:
                files = self.segments()
            except FolderRefusedError:
                files = []  # told where it is written to
            strays = [(path, size) for path, size in files if path not in known]
            empty = [path for path, size in strays if not size]
            found = nsmallest(_STRAYS_AT_ONCE, (path for path, size in strays if size))
            self._strays = deque(sorted(found + empty[:_EMPTY_AT_ONCE]))
            self.next_scan = now + max(SCAN_INTERVAL, self.pause_after_look(now))
        return self._strays

    def pause_after_look(self, started: float) -> float:
        """Return for how many seconds the folder is left after a look begun at ``started``."""
        return _PAUSE_PER_LOOK * (self._clock() - started)

    def leave_alone(self, path: Path, why: str) -> None:
        """Pass over a segment from now on, and name it; its file stays as it is."""
        self._left_alone.add(path.name)
        if len(self._left_alone) <= _MOST_NAMED:
            self._notices.tell(f"spool {path.name}", f"{path} is left alone, unsent: {why}")

    def _name(self, foreign: list[str]) -> None:
        new = sorted(name for name in foreign if name not in self._named)
        if (
            not new
            or len(self._named) >= _MOST_REMEMBERED
            or not self._notices.is_due("spool_foreign")
        ):
            return
        self._named.update(new)
        shown = ", ".join(map(repr, new[:_NAMED_AT_ONCE]))
        more = f" and {len(new) - _NAMED_AT_ONCE} more" if len(new) > _NAMED_AT_ONCE else ""
        self._notices.tell(
            "spool_foreign",
            f"{self._folder.path} holds what is no segment of this user's, and is left alone:"
            f" {shown}{more}",
        )
