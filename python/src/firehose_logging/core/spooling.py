"""The thread that moves records to disk before memory overflows, or a crash comes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from firehose_logging.core.worker import THREAD_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.wakeup import Wakeup

SHORTEST_REST: Final = 0.005
LONGEST_REST: Final = 0.25


class Spooler:
    """Call ``write_ahead`` again and again, apart from the thread that waits for the network."""

    def __init__(
        self,
        write_ahead: Callable[[], bool],
        wakeup: Wakeup,
        *,
        interval: float | None,
        after_writing: Callable[[], None],
    ) -> None:
        """Make a spooler.

        Args:
            write_ahead: Moves records to disk; returns whether there were any.
            wakeup: Set when there is something to do at once.
            interval: Seconds within which records have to be on disk; None waits to be woken.
            after_writing: Called when records were moved.
        """
        self._write_ahead = write_ahead
        self._wakeup = wakeup
        self._after_writing = after_writing
        # A record may come right after a look, and both waking and writing take their time.
        self._rest = None if interval is None else _between(interval / 4)
        self._stopping = False

    def start(self) -> None:
        """Start the thread; where the interpreter refuses, whoever flushes writes instead."""
        try:
            threading.Thread(target=self._run, name=THREAD_NAME, daemon=True).start()
        except RuntimeError:
            return  # the interpreter is shutting down

    def stop(self) -> None:
        """End the thread soon."""
        self._stopping = True
        self._wakeup.set()

    def _run(self) -> None:
        while not self._stopping:
            self._wakeup.wait(self._rest)
            if not self._stopping and self._write_ahead():
                self._after_writing()


def _between(rest: float) -> float:
    return min(LONGEST_REST, max(SHORTEST_REST, rest))
