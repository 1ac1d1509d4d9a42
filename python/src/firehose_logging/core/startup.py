"""Keep forks and the import of boto3 apart.

A child that is forked in the middle of an import waits for ever for the lock of a module that
nobody is importing any more.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from firehose_logging.core.patience import wait_until

if TYPE_CHECKING:
    from types import TracebackType

FORK_PATIENCE: Final = 10.0
"""Seconds that a fork waits at most for an import to be complete."""


class StartGuard:
    """Held by a thread while it imports, and by a thread while it forks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._importer: int | None = None
        self._is_forking = False

    def __enter__(self) -> None:
        self._lock.acquire()
        self._importer = threading.get_ident()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._importer = None
        self._lock.release()

    def before_fork(self) -> None:
        """Wait until nobody imports, and keep others from it."""
        if self._importer == threading.get_ident():
            return
        self._is_forking = wait_until(
            lambda: self._lock.acquire(blocking=False),
            self._changed,
            time.monotonic,
            time.monotonic() + FORK_PATIENCE,
            poll=0.01,
        )

    def after_fork(self) -> None:
        """Let others import again; in a child as well, where the fork left nobody else."""
        if self._is_forking:
            self._is_forking = False
            self._lock.release()


start_guard = StartGuard()
