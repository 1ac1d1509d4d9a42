"""A file that one process at a time holds, for as long as it lives, and that says whose it is."""

from __future__ import annotations

import datetime
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

_MODE = 0o644
"""Others may read whose it is; what the folder around it lets them read else is its own matter."""

_MOST_BYTES = 8192


@dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    Attributes:
        pid: of the process.
        since: local time with its offset, in ISO 8601; empty where it is not known.
        home: the state folder of the stack; empty where it is not known.
    """

    pid: int
    since: str = ""
    home: str = ""


class LockedError(Exception):
    """Somebody else holds the lock.

    Attributes:
        holder: who; ``None`` in the moment before they have written it down.
    """

    def __init__(self, holder: Holder | None) -> None:
        super().__init__(f"held by {holder}")
        self.holder = holder


def take(path: Path, home: Path) -> int:
    """Take a lock; the system lets go of it however the process ends.

    Args:
        path: of its file, made if need be.
        home: the state folder of the stack that takes it.

    Returns:
        A descriptor; closing it lets the lock go. Children don't inherit it.

    Raises:
        LockedError: another process has it.
        OSError: the file can't be opened, written or locked.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        since = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n{since}\n{home}\n".encode(), 0)
    except BlockingIOError:
        holder = _read(descriptor)
        os.close(descriptor)
        raise LockedError(holder) from None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def holder(path: Path) -> Holder | None:
    """Return who holds a lock, ``None`` where nobody does.

    Raises:
        OSError: that can't be told; where the file is not there, nobody does.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Holder | None:
    lines = os.pread(descriptor, _MOST_BYTES, 0).decode("utf-8", "replace").split("\n")
    pid, since, home, *_ = (*lines, "", "", "")
    return Holder(int(pid), since, home) if pid.isdecimal() else None
