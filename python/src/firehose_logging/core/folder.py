"""A spool's folder, and what in it may be trusted: nobody else's doing."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX: Final = ".spool"

MAX_SEGMENT_BYTES: Final = 16 * 1024 * 1024
"""Bytes of a segment at most; what is larger is none of ours, and is never read."""

MOST_ENTRIES: Final = 50_000
"""Entries of the folder that are looked at; a spool of ours has some hundreds."""

_NAME: Final = re.compile(r"\d{20}-\d{1,10}-\d{1,12}\.spool", re.ASCII)
_MODE: Final = 0o700
_MODE_OF_PARENTS: Final = 0o755
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_IN_FOLDERS: Final = os.open in os.supports_dir_fd and os.unlink in os.supports_dir_fd
_OPEN_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
# Neither followed, nor waited for, nor made this process's terminal.
_OPEN_SAFELY: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class FolderRefusedError(OSError):
    """The folder is one in which others could plant or take away what is in it."""


class Entry(NamedTuple):
    """A file that has the name, owner, kind and size of a segment.

    Attributes:
        name: Its name in the folder.
        size: Bytes in it.
    """

    name: str
    size: int


class Folder:
    """Open, list and delete segments of one folder, if only this user may write to it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        """Make the folder where it is missing, for this user alone, and check it.

        Raises:
            FolderRefusedError: Somebody else owns it or may write to it.
            OSError: It can't be made, or not be written to.
        """
        self._make_missing()
        with self._opened():
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, "the folder can't be written to")

    def create(self, name: str) -> int:
        """Make a segment's file and return its descriptor.

        Raises:
            OSError: As ``make``, or it is there already.
        """
        self._make_missing()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | _OPEN_SAFELY
        with self._opened() as folder:
            return os.open(self._at(name, folder), flags, 0o600, dir_fd=folder)

    def open(self, name: str) -> int | None:
        """Return the descriptor of a segment's file; None if it is gone or not to be trusted."""
        try:
            with self._opened() as folder:
                where = self._at(name, folder)
                if not _is_segment(os.stat(where, dir_fd=folder, follow_symlinks=False)):
                    return None  # without opening it, which some devices act upon
                descriptor = os.open(where, os.O_RDWR | _OPEN_SAFELY, dir_fd=folder)
        except OSError:
            return None
        if _is_segment(os.fstat(descriptor)):
            return descriptor
        os.close(descriptor)
        return None

    def remove(self, name: str) -> None:
        """Delete a file, if it is there.

        Raises:
            FolderRefusedError: As ``make``.
            OSError: It can't be deleted.
        """
        with suppress(FileNotFoundError), self._opened() as folder:
            os.unlink(self._at(name, folder), dir_fd=folder)

    def entries(self) -> tuple[list[Entry], list[str]]:
        """Return the segments, and the names that end like one of what is none.

        Raises:
            FolderRefusedError: As ``make``.
        """
        segments: list[Entry] = []
        foreign: list[str] = []
        try:
            with self._opened() as folder, os.scandir(_scanned(self.path, folder)) as scanned:
                for count, entry in enumerate(scanned):
                    if count >= MOST_ENTRIES:
                        break
                    if entry.name.endswith(SUFFIX):
                        _sort_in(entry, segments, foreign)
        except FolderRefusedError:
            raise
        except OSError:
            pass  # it is not there yet
        return segments, foreign

    def _make_missing(self) -> None:
        # One by one: pathlib makes parents with whatever mode the umask leaves, and who may write
        # to them can put another folder in this one's place.
        for parent in reversed(self.path.parents):
            if not parent.exists():
                parent.mkdir(_MODE_OF_PARENTS, exist_ok=True)
        self.path.mkdir(_MODE, exist_ok=True)

    def _at(self, name: str, folder: int | None) -> str | Path:
        return self.path / name if folder is None else name

    @contextmanager
    def _opened(self) -> Iterator[int | None]:
        """Check the folder and hold on to it, so that it is the one that was checked."""
        if not _IN_FOLDERS:
            yield None
            return
        folder = os.open(self.path, _OPEN_FOLDER)
        try:
            _check(os.fstat(folder))
            yield folder
        finally:
            os.close(folder)


def order_of(path: Path) -> int:
    """Return what a segment's name begins with and sorts by; 0 for a name that is not ours."""
    number = path.name.partition("-")[0]
    return int(number) if number.isdecimal() else 0


def _sort_in(entry: os.DirEntry[str], segments: list[Entry], foreign: list[str]) -> None:
    try:
        status = entry.stat(follow_symlinks=False) if _NAME.fullmatch(entry.name) else None
    except OSError:
        return  # it went meanwhile
    if status is not None and _is_segment(status):
        segments.append(Entry(entry.name, status.st_size))
    else:
        foreign.append(entry.name)


def _scanned(path: Path, folder: int | None) -> int | str:
    return folder if folder is not None and os.scandir in os.supports_fd else str(path)


def _is_segment(status: os.stat_result) -> bool:
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_size <= MAX_SEGMENT_BYTES
        and _is_own(status)
        and not (_IN_FOLDERS and status.st_mode & _OTHERS_MAY_WRITE)
    )


def _is_own(status: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or status.st_uid == os.geteuid()


def _check(status: os.stat_result) -> None:
    if not _is_own(status) and status.st_uid != 0:
        raise FolderRefusedError(
            errno.EPERM,
            f"it belongs to another user (uid {status.st_uid}): name a folder of this user's own",
        )
    if status.st_mode & _OTHERS_MAY_WRITE:
        mode = stat.S_IMODE(status.st_mode)
        raise FolderRefusedError(
            errno.EPERM,
            f"others may write to it (mode {mode:04o}): chmod 700 it, or name a folder within it,"
            " which is made with that mode",
        )
