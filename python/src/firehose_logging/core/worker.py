"""The thread that sends, and those who wait for it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from firehose_logging.core.patience import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from firehose_logging.core.delivery import Delivery
    from firehose_logging.core.wakeup import Wakeup

THREAD_NAME: Final = "firehose-logging"

STALL_LIMIT: Final = 5.0
"""Seconds after which a flush without a timeout gives up because nothing leaves."""

START_LIMIT: Final = 30.0
"""The same while boto3 is still being imported and the client made."""

JOIN_LIMIT: Final = 1.0
"""Seconds that closing waits for the thread to end."""

LONGEST_REST: Final = 1.0
"""Seconds between two looks at what was dropped, while records wait."""

sending_threads: set[int] = set()
"""Threads that are in the middle of sending, for any handler."""


class Worker:
    """Run a delivery in a thread of its own, or in the caller's where none can be started."""

    def __init__(
        self,
        delivery: Delivery,
        wakeup: Wakeup,
        *,
        is_ready: Callable[[], bool],
        after_step: Callable[[], None],
        on_error: Callable[[Exception], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._delivery = delivery
        self._wakeup = wakeup
        self._is_ready = is_ready
        self._after_step = after_step
        self._on_error = on_error
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._start_lock = threading.RLock()
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._hurried = 0
        self._stopping = False
        self._stalled: tuple[int, bool] | None = None
        self.started = False

    def start(self) -> None:
        """Start the thread; where the interpreter refuses, whoever flushes sends instead."""
        with self._start_lock:
            if self.started or self._stopping:
                return
            self.started = True
            thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return  # the interpreter is shutting down
            self._thread = thread

    def is_running(self) -> bool:
        """Tell whether the thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def is_current_thread(self) -> bool:
        """Tell whether the caller is the thread itself."""
        return self._thread is threading.current_thread()

    def drain(self, timeout: float | None) -> bool:
        """Send what was accepted before the call.

        Args:
            timeout: Seconds; None waits for as long as records keep leaving.

        Returns:
            True if all of it has left, False if it has not.
        """
        if self.is_current_thread():
            return False
        called = self._clock()
        self._delivery.try_again_now()
        self._hurried += 1
        self._wakeup.set()
        try:
            return self._await_departure(called, timeout)
        finally:
            self._hurried -= 1

    def has_stalled(self) -> bool:
        """Tell whether a drain gave up and nothing has left since."""
        return self._stalled == self._progress()

    def stop(self) -> None:
        """End the thread as soon as it is not in the middle of a request."""
        self._stopping = True
        self._wakeup.set()
        if self.is_current_thread():
            return
        limit = self._clock() + JOIN_LIMIT
        wait_until(lambda: not self.is_running(), self._changed, self._clock, limit)

    def _await_departure(self, called: float, timeout: float | None) -> bool:
        refusals = self._delivery.refusals
        patience = _Patience(self._clock, called, timeout)

        def is_over() -> bool:
            return self._has_left(called) or self._delivery.refusals > refusals

        while not is_over():
            progress = self._progress()
            until = patience.until(progress)
            if self._clock() >= until:
                self._stalled = progress if timeout is None else None
                break
            if self.is_running():
                wait_until(
                    lambda seen=progress: (  # type: ignore[misc]
                        is_over() or self._progress() != seen or not self.is_running()
                    ),
                    self._changed,
                    self._clock,
                    until,
                )
            else:
                self._step_here(until)
        return self._has_left(called)

    def _has_left(self, called: float) -> bool:
        return self._delivery.oldest() > called

    def _progress(self) -> tuple[int, bool]:
        return self._delivery.left, self._is_ready()

    def _step_here(self, until: float) -> None:
        pause: float | None = 0.01
        if self._turn.acquire(timeout=max(0.0, until - self._clock())):
            try:
                pause = self._step(hurry=True)
            finally:
                self._turn.release()
        if pause:
            time.sleep(min(pause, max(0.0, until - self._clock())))

    def _run(self) -> None:
        while not self._stopping:
            with self._turn:
                pause = self._try_step()
            if pause != 0.0 and not self._stopping:
                self._wakeup.wait(None if pause is None else min(pause, LONGEST_REST))

    def _try_step(self) -> float | None:
        """Do a step; one that fails for a reason nobody foresaw does not end the thread."""
        try:
            return self._step(hurry=self._hurried > 0)
        except Exception as error:  # noqa: BLE001 - as said
            self._on_error(error)
            return LONGEST_REST

    def _step(self, *, hurry: bool) -> float | None:
        thread = threading.get_ident()
        sending_threads.add(thread)
        try:
            pause = self._delivery.step(hurry=hurry)
            self._after_step()
        finally:
            sending_threads.discard(thread)
        with self._changed:
            self._changed.notify_all()
        return pause


class _Patience:
    """How long a drain goes on waiting."""

    def __init__(self, clock: Callable[[], float], called: float, timeout: float | None) -> None:
        self._clock = clock
        self._deadline = None if timeout is None else called + timeout
        self._seen: tuple[int, bool] | None = None
        self._until = called

    def until(self, progress: tuple[int, bool]) -> float:
        """Return when to give up, given the records that have left and the client's readiness."""
        if self._deadline is not None:
            return self._deadline
        if progress != self._seen:
            self._seen = progress
            self._until = self._clock() + (STALL_LIMIT if progress[1] else START_LIMIT)
        return self._until
