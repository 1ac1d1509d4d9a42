"""The processes that come of a function: none of them outlives its invocation.

Whoever is orphaned below a "child subreaper" becomes its child, whatever session or group it has
put itself into; so all of them can be found and ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_SET_CHILD_SUBREAPER = 36
_MESSAGE_QUEUE_LIMIT = 12
_MARK = 700_000
_PAUSE_SECONDS = 0.001
_LIST_BYTES = 65536


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose own parent ends; tell whether that works."""
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def mark() -> None:
    """Mark this process and all that it starts, by a limit that can't be raised again."""
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(_MESSAGE_QUEUE_LIMIT, (_MARK, _MARK))


def is_marked(pid: int) -> bool:
    """Return whether a process comes of one that was marked."""
    try:
        limits = Path(f"/proc/{pid}/limits").read_text()
    except OSError:
        return False
    line = next((line for line in limits.splitlines() if line.startswith("Max msgqueue")), "")
    numbers = line.removeprefix("Max msgqueue size").split()
    return len(numbers) > 1 and numbers[1].isdecimal() and int(numbers[1]) <= _MARK


def children_of(pid: int) -> list[int]:
    """Return the process ids of a process's children.

    The kernel's own list takes microseconds; looking at every process takes longer than some
    live that fork and end at once.
    """
    try:
        lists = [_read(f"{thread}/children") for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return _children_among_all(pid)
    return [int(child) for line in lists for child in line.split()]


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _LIST_BYTES)
    finally:
        os.close(descriptor)


def _children_among_all(pid: int) -> list[int]:
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # The name in parentheses may hold anything; what follows it may not.
                fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == pid:
                    found.append(int(entry.name))
    return found


def end_all(seconds: float) -> bool:
    """End every descendant of this process; tell whether none is left after ``seconds``."""
    deadline = time.monotonic() + seconds
    me = os.getpid()
    while time.monotonic() < deadline:
        children = children_of(me)
        for child in children:
            _kill(child)
        try:
            ended = os.waitpid(-1, os.WNOHANG)[0]
            while ended and os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        if not ended:
            time.sleep(_PAUSE_SECONDS)
    return False


def _kill(child: int) -> None:
    """End a child that nobody waits for meanwhile, and the group that it may have made.

    What a child forks before it ends is still of that group.
    """
    for kill in (os.kill, os.killpg):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
