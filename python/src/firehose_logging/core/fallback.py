"""Where records and notices go when the stream can't take them."""

from __future__ import annotations

import logging
import re
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from firehose_logging.core.counters import Counters

NOTICE_INTERVAL: Final = 60.0
"""Seconds between two notices on the same subject."""


_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What a terminal acts upon or shows as something else: C0 and C1 controls, marks of direction."""


def visible(line: str) -> str:
    """Return ``line`` with what a terminal would not show as escapes, which JSON reads as before.

    See https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing.
    """
    if line.isascii() and line.isprintable():
        return line
    return _INVISIBLE.sub(_escape, line)


def _escape(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def write_notice(line: str) -> None:
    """Write one line to standard error, and who it comes from."""
    sys.stderr.write(f"firehose_logging: {line}\n")
    sys.stderr.flush()


class Fallback:
    """Write records to standard error, or hand them to another handler.

    Never goes through a logger, so that nothing written here comes back.
    """

    def __init__(self, target: str | logging.Handler | None, counters: Counters) -> None:
        self._target = target
        self._counters = counters

    def take(self, lines: Sequence[bytes], reason: str) -> None:
        """Take over records that won't be sent; those it can't take count as dropped."""
        if not lines:
            return
        if self._target is None:
            self._counters.add_dropped(reason, len(lines))
            return
        try:
            self._write([visible(line.decode("utf-8", "replace")) for line in lines])
        except Exception:  # noqa: BLE001 - a broken fallback must not break the program
            self._counters.add_dropped("fallback_failed", len(lines))
        else:
            self._counters.add_fell_back(len(lines))

    def notify(self, line: str) -> None:
        """Tell of a loss where the records themselves would go; raises what that raises."""
        if isinstance(self._target, logging.Handler):
            self._write([line])
        else:
            write_notice(line)

    def _write(self, lines: list[str]) -> None:
        if isinstance(self._target, logging.Handler):
            for line in lines:
                self._target.handle(
                    logging.LogRecord(
                        "firehose_logging.fallback", logging.WARNING, "", 0, line, None, None
                    )
                )
        else:
            sys.stderr.write("\n".join(lines) + "\n")
            sys.stderr.flush()


class Notices:
    """Tell a person, in one line, what goes wrong and what to do."""

    def __init__(
        self, clock: Callable[[], float], write: Callable[[str], None] = write_notice
    ) -> None:
        """Make it; ``clock`` gives seconds that never run backwards, ``write`` takes a line."""
        self._clock = clock
        self._write = write
        self.lock = threading.RLock()
        self._last: dict[str, float] = {}

    def tell(self, subject: str, text: str) -> None:
        """Write ``text``, unless ``subject`` was told less than a minute ago."""
        if not self.is_due(subject):
            return
        with self.lock:
            self._last[subject] = self._clock()
        line = visible(" ".join(text.split()))
        with suppress(Exception):  # there is nowhere left to tell it
            self._write(line)

    def is_due(self, subject: str) -> bool:
        """Tell whether ``subject`` may be told again."""
        last = self._last.get(subject)
        return last is None or self._clock() - last >= NOTICE_INTERVAL

    def forget(self, subject: str) -> None:
        """Let ``subject`` be told at once when it comes up again."""
        with self.lock:
            self._last.pop(subject, None)
