"""A lock between processes, held as long as the file is open."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

_POLL_SECONDS = 0.2


@contextlib.asynccontextmanager
async def locked(path: Path, on_wait: Callable[[], None]) -> AsyncIterator[None]:
    """Hold the lock at ``path``; ``on_wait`` is called once if another process holds it.

    It is free again when the process ends, however it ends.
    """
    with path.open("ab") as handle:
        if not try_lock(handle):
            on_wait()
            while not try_lock(handle):  # noqa: ASYNC110 - another process gives no event
                await asyncio.sleep(_POLL_SECONDS)
        yield


def try_lock(handle: BinaryIO) -> bool:
    """Lock the open file for this process, or return ``False`` where another one has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
