"""Time as an argument: the real clock, a faster one, and one that tests move by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from typing import Protocol


class Clock(Protocol):
    """Tell the time and wait, in seconds of the clock's own time."""

    def now(self) -> float:
        """Return the UTC time as seconds since the epoch."""

    async def sleep(self, seconds: float) -> None:
        """Return once ``seconds`` of this clock's time have passed."""


class RealClock:
    """The machine's clock, optionally running ``speed`` times as fast since it was made."""

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self._speed = speed
        self._wall_start = time.time()
        self._monotonic_start = time.monotonic()

    def now(self) -> float:
        """Return the UTC time as seconds since the epoch; it never runs backwards."""
        passed = time.monotonic() - self._monotonic_start
        return self._wall_start + passed * self._speed

    async def sleep(self, seconds: float) -> None:
        """Return once ``seconds`` of this clock's time have passed."""
        await asyncio.sleep(max(0.0, seconds) / self._speed)


class ManualClock:
    """A clock that stands still until ``advance`` is awaited."""

    def __init__(self, start: float = 1_456_405_200.0) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Return the UTC time as seconds since the epoch."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock was advanced by ``seconds``."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), wake))
        await wake

    async def advance(self, seconds: float) -> None:
        """Move on by ``seconds``, waking each sleeper at its own time and in order."""
        end = self._now + seconds
        await self._let_others_run()
        while self._sleepers and self._sleepers[0][0] <= end:
            wake_at, _, wake = heapq.heappop(self._sleepers)
            self._now = max(self._now, wake_at)
            if not wake.done():
                wake.set_result(None)
            await self._let_others_run()
        self._now = end

    @staticmethod
    async def _let_others_run() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
