"""Java's date patterns, as far as S3 prefixes use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from firehose_logging.local.firehose.index_names import sunday_week

_TOKEN = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']", re.DOTALL)


def _padded(number: int, width: int) -> str:
    return str(number).rjust(width, "0")


def _year(year: int, width: int) -> str:
    return _padded(year % 100, 2) if width == 2 else _padded(year, width)


def _month(moment: datetime, width: int) -> str:
    if width >= 4:
        return moment.strftime("%B")
    return moment.strftime("%b") if width == 3 else _padded(moment.month, width)


_LETTERS: dict[str, Callable[[datetime, int], str]] = {
    "y": lambda moment, width: _year(moment.year, width),
    "u": lambda moment, width: _year(moment.year, width),
    "Y": lambda moment, width: _year(_us_week(moment)[0], width),
    "M": _month,
    "L": _month,
    "w": lambda moment, width: _padded(_us_week(moment)[1], width),
    "D": lambda moment, width: _padded(moment.timetuple().tm_yday, width),
    "d": lambda moment, width: _padded(moment.day, width),
    "E": lambda moment, width: moment.strftime("%A" if width >= 4 else "%a"),
    "a": lambda moment, _: "AM" if moment.hour < 12 else "PM",
    "H": lambda moment, width: _padded(moment.hour, width),
    "k": lambda moment, width: _padded(moment.hour or 24, width),
    "K": lambda moment, width: _padded(moment.hour % 12, width),
    "h": lambda moment, width: _padded(moment.hour % 12 or 12, width),
    "m": lambda moment, width: _padded(moment.minute, width),
    "s": lambda moment, width: _padded(moment.second, width),
    "S": lambda moment, width: f"{moment.microsecond:06d}".ljust(width, "0")[:width],
}


def _us_week(moment: datetime) -> tuple[int, int]:
    return sunday_week(moment.date())


def format_java(pattern: str, moment: datetime) -> str:
    """Return ``moment`` in a pattern of Java's ``DateTimeFormatter``.

    Raises:
        ValueError: a letter has no meaning here, or a quote is left open.
    """
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            raise ValueError(f"the quote at position {position} of {pattern!r} is never closed")
        position = token.end()
        parts.append(_format_token(token.group(), token.group(1), moment))
    return "".join(parts)


def _format_token(text: str, letter: str | None, moment: datetime) -> str:
    if letter is not None:
        write = _LETTERS.get(letter)
        if write is None:
            raise ValueError(f"the pattern letter {letter!r} is not known")
        return write(moment, len(text))
    if text.startswith("'"):
        return "'" if text == "''" else text[1:-1].replace("''", "'")
    return text
