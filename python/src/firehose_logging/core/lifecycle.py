"""Follow the process: forks, and children that end without saying so."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Protocol

from firehose_logging.core import worker
from firehose_logging.core.startup import start_guard

if TYPE_CHECKING:
    from collections.abc import Callable


class Forkable(Protocol):
    """Whatever has to begin anew in a forked child."""

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


def _after_fork_in_child() -> None:
    start_guard.after_fork()
    worker.sending_threads.clear()
    for handler in list(_open):
        handler.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=start_guard.before_fork,
        after_in_parent=start_guard.after_fork,
        after_in_child=_after_fork_in_child,
    )
