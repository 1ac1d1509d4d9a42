"""Send what was logged before AWS Lambda freezes the process."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, TypeVar

from firehose_logging.core.lifecycle import open_handlers

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

MARGIN: Final = 0.5
"""Seconds of the invocation that are left to Lambda itself."""

LONGEST_FLUSH: Final = 5.0
"""Seconds that a flush takes at most, however long the invocation may still run."""


def flush_on_return(function: Callable[..., R]) -> Callable[..., R]:
    """Flush every ``FirehoseHandler`` when the Lambda function returns or raises.

    Lambda freezes the process between two invocations, threads included. The flush takes five
    seconds at most, and ends half a second before the invocation's deadline, which it reads from
    the context. What has not left by then goes on with the next invocation.

    Args:
        function: A Lambda function's handler, called with event and context.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> R:
        context = kwargs.get("context", args[1] if len(args) > 1 else None)
        try:
            return function(*args, **kwargs)
        finally:
            _flush_all(_seconds_left(context))

    return wrapper


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return LONGEST_FLUSH
    seconds: float = remaining() / 1000 - MARGIN
    return min(LONGEST_FLUSH, max(0.0, seconds))


def _flush_all(seconds: float) -> None:
    import time

    deadline = time.monotonic() + seconds
    for handler in open_handlers():
        handler.flush(max(0.0, deadline - time.monotonic()))
