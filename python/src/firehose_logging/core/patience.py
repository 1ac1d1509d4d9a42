"""Wait for another thread without standing in its way."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

POLL: Final = 0.005
"""Seconds between two looks while ``logging``'s lock is lent out."""


def owns_logging_lock() -> bool:
    """Tell whether the calling thread holds ``logging``'s module lock.

    ``logging.config.dictConfig`` and ``logging.basicConfig`` hold it while they close handlers.
    """
    lock: Any = logging._lock  # type: ignore[attr-defined]  # noqa: SLF001 - has no public name
    return bool(lock._is_owned())  # noqa: SLF001


@contextmanager
def lending(locks: Iterable[Any]) -> Iterator[None]:
    """Let go of those re-entrant ``locks`` that the caller holds, and take them back at the end.

    They are given, and taken back, in the order in which everybody takes them.

    A signal handler or a destructor interrupts its own thread anywhere, also where that thread
    holds locks. If it goes on to wait for a thread that needs those, neither ever ends.
    """
    held = [lock for lock in locks if lock._is_owned()]  # noqa: SLF001 - as Condition does
    lent = [(lock, lock._release_save()) for lock in held]  # noqa: SLF001
    try:
        yield
    finally:
        for lock, state in lent:
            lock._acquire_restore(state)  # noqa: SLF001


def wait_until(
    done: Callable[[], bool],
    changed: threading.Condition,
    clock: Callable[[], float],
    until: float,
    *,
    poll: float = 0.1,
) -> bool:
    """Wait until ``done()`` holds, at most until ``clock()`` says ``until``.

    It is looked at again when ``changed`` is notified, and every ``poll`` seconds.

    A sending thread needs ``logging``'s module lock for every logger that boto3 asks for its
    level. A caller that holds it, lends it out while it waits.
    """
    lender: Any = None
    if owns_logging_lock():
        lender = threading.Condition(logging._lock)  # type: ignore[attr-defined]  # noqa: SLF001
    while not done():
        left = until - clock()
        if left <= 0:
            return False
        if lender is not None:
            with lender:
                lender.wait(min(left, POLL))
        else:
            with changed:
                if not done():
                    changed.wait(min(left, poll))
    return True
