"""Follow the process: forks, and children that end without saying so."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from firehose_logging.core import worker

if TYPE_CHECKING:
    from collections.abc import Callable

FORK_PATIENCE: Final = 10.0
"""Seconds that a fork waits at most for the import of boto3 to be complete."""


class Forkable(Protocol):
    """Whatever has to begin anew in a forked child."""

    def wait_until_forkable(self, seconds: float) -> None:
        """Return when a fork does no harm."""

    def begin_anew(self) -> None:
        """Leave all that was inherited to the parent."""


_open: set[Any] = set()


def register(handler: Forkable) -> None:
    """Keep ``handler`` alive, and told of forks, until it is forgotten.

    A handler that nobody refers to any more may still hold records.
    """
    _open.add(handler)


def forget(handler: Forkable) -> None:
    """Let go of a handler that is closed."""
    _open.discard(handler)


def open_handlers() -> list[Any]:
    """Return the handlers that are not closed."""
    return list(_open)


def at_end_of_child(close: Callable[[], object]) -> None:
    """Call ``close`` when this process ends, if it is a child that runs no exit handlers.

    Children of ``multiprocessing`` end through ``os._exit`` after their finalizers.
    """
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, close, exitpriority=-100)


def _before_fork() -> None:
    # A child forked in the middle of an import would wait for ever for the module's lock.
    limit = time.monotonic() + FORK_PATIENCE
    for handler in list(_open):
        handler.wait_until_forkable(limit - time.monotonic())


def _after_fork_in_child() -> None:
    worker.sending_threads.clear()
    for handler in list(_open):
        handler.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
