"""Show a value that somebody else gave, within an error of one sentence."""

from __future__ import annotations

from reprlib import Repr

_LENGTH = 100

# Bound by levels and items: what is nested or long beyond measure costs what is shown, no more.
_SHORT = Repr()
_SHORT.maxlevel = 4
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = _LENGTH


def shown(value: object) -> str:
    """Return a value as Python writes it, in at most 100 characters, however large it is."""
    text = _SHORT.repr(value)
    return text if len(text) <= _LENGTH else f"{text[: _LENGTH - 3]}..."
