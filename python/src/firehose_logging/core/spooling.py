"""The threads that move records to disk, before memory overflows or a crash comes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from firehose_logging.core.worker import THREAD_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.wakeup import Wakeup

SHORTEST_REST: Final = 0.005
LONGEST_REST: Final = 0.25

_RESTS_IN_INTERVAL: Final = 4


class Spooler:
    """Call a function again and again, apart from the thread that waits for the network."""

    def __init__(
        self,
        act: Callable[[], object],
        wakeup: Wakeup,
        *,
        prepare: Callable[[], object] = lambda: None,
        interval: float | None = None,
        on_error: Callable[[Exception], object] = lambda _: None,
    ) -> None:
        """Make a spooler.

        Args:
            act: Moves records to disk, or has them there.
            wakeup: Set when there is something to do at once.
            prepare: Called once, at first.
            interval: Seconds within which it has to act; None waits to be woken.
            on_error: Told of a failure that nobody foresaw, which does not end the thread.
        """
        self._on_error = on_error
        self._act = act
        self._wakeup = wakeup
        self._prepare = prepare
        # A record may come right after a look, and both waking and writing take their time.
        self._rest = None if interval is None else _between(interval / _RESTS_IN_INTERVAL)
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
        self._prepare()
        while not self._stopping:
            self._wakeup.wait(self._rest)
            if not self._stopping:
                self._try_to_act()

    def _try_to_act(self) -> None:
        try:
            self._act()
        except Exception as error:  # noqa: BLE001 - as said
            self._on_error(error)


def _between(rest: float) -> float:
    return min(LONGEST_REST, max(SHORTEST_REST, rest))
