"""Waiting that can be cut short."""

from __future__ import annotations

import asyncio
import contextlib

from firehose_logging.local.clock import Clock


async def sleep_unless(clock: Clock, seconds: float, event: asyncio.Event) -> bool:
    """Sleep by ``clock``; return ``False`` at once when ``event`` is or becomes set."""
    if event.is_set():
        return False
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    watching = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({sleeping, watching}, return_when=asyncio.FIRST_COMPLETED)
        return not event.is_set()
    finally:
        for future in (sleeping, watching):
            future.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await future
