"""Wake a thread, from anywhere."""

from __future__ import annotations

import threading


class Wakeup:
    """An event for one waiting thread.

    Unlike ``threading.Event`` it can be set while the same thread is in the middle of setting
    it, as happens when a destructor or a signal handler logs.
    """

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._gate.acquire()

    def set(self) -> None:
        """Let the waiting thread go on, or the next one that waits."""
        try:
            self._gate.release()
        except RuntimeError:
            return  # set already

    def wait(self, seconds: float | None) -> None:
        """Wait until set, ``seconds`` at most; None waits for ever."""
        if seconds is None:
            self._gate.acquire()
        elif seconds > 0:
            self._gate.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))
        else:
            self._gate.acquire(blocking=False)
