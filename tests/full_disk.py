"""Disks that are full for a while, for processes that write to them."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

ROOM = 600_000
"""Bytes that are left, more or less, once it is filled."""

_TMPFS = "64m"


class Disk(Protocol):
    """A place that can be filled, and be freed again.

    Attributes:
        folder: to write to.
    """

    folder: Path

    def fill(self, pid: int, room: int = ROOM) -> None:
        """Leave about ``room`` bytes to process ``pid``."""

    def free(self, pid: int) -> None:
        """Give it all the room again."""


class SmallFileSystem:
    """A file system of a few dozen megabytes; only root can mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, pid: int, room: int = ROOM) -> None:
        usage = os.statvfs(self.folder)
        self._filler.write_bytes(bytes(max(0, usage.f_bavail * usage.f_frsize - room)))

    def free(self, pid: int) -> None:
        self._filler.unlink()


class SmallFiles:
    """A limit on the size of a process's files, which its user may set: the next best thing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pid: int, room: int = ROOM) -> None:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, hard))

    def free(self, pid: int) -> None:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def small_file_system(folder: Path) -> Iterator[Disk]:
    """Mount one; what it holds goes with it."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_TMPFS}", "tmpfs", str(folder)]
    subprocess.run(mount, check=True, timeout=20)
    try:
        yield SmallFileSystem(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=20)


@contextmanager
def small_files(folder: Path) -> Iterator[Disk]:
    """Make a folder for a process whose files are to be limited."""
    folder.mkdir()
    yield SmallFiles(folder)


def can_mount() -> bool:
    """Tell whether this process may mount a file system."""
    mounts = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(mounts, capture_output=True, timeout=20, check=False).returncode == 0
    except OSError:
        return False


def small_disk(folder: Path) -> AbstractContextManager[Disk]:
    """Make the best of both that this process may have."""
    return small_file_system(folder) if can_mount() else small_files(folder)
