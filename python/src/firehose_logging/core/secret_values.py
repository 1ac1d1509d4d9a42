"""Find where a value in text ends; where that is unclear, later rather than sooner."""

from __future__ import annotations

import enum
import re
from typing import Final


class Form(enum.Enum):
    """How a value that is neither quoted nor in brackets is written, which says where it ends."""

    LINE = enum.auto()
    """As a header: to the end of the line."""
    WORD = enum.auto()
    """As in ``name=value``: to a space, or to a comma and the like before the next name."""
    LITERAL = enum.auto()
    """As in JSON, or in what Python shows of a dictionary."""
    ELEMENT = enum.auto()
    """As in XML."""
    PART = enum.auto()
    """As a part of a form, up to the next part."""


_QUOTED: Final = re.compile(r"""[bBrRuUfF]{0,2}(?P<escape>\\*)(?P<quote>["'])""")
_ENDS: Final = {
    Form.LINE: re.compile(r"[^\r\n]*"),
    Form.WORD: re.compile(r"""(?:[^\s,;&"'<>]|[,;&](?!\s|\Z|[\w.%\-\[\]]{1,64}[=:]))*"""),
    Form.LITERAL: re.compile(r"[^\s,}\])]*"),
    Form.ELEMENT: re.compile(r"[^<]*"),
    Form.PART: re.compile(r"(?:[^\r\n]|\r?\n(?!--))*"),
}
_SCHEME: Final = re.compile(r"(?i:bearer|basic|digest|negotiate|ntlm|token|apikey|aws4[\w\-]*)\Z")
_BRACKETS: Final = re.compile(
    r"""[(\[{]|[)\]}]|"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|'[^'\\]*(?:\\.[^'\\]*)*(?:'|\\?\Z)""",
    re.DOTALL,
)
_CLOSING: Final = ")]}"


def end_of_value(text: str, start: int, form: Form) -> int:
    """Return the index at which the value that begins at ``start`` ends."""
    if form in (Form.ELEMENT, Form.PART):
        return _end(_ENDS[form], text, start)
    quoted = _QUOTED.match(text, start)
    if quoted:
        return _end_of_quoted(text, quoted)
    if text[start : start + 1] in ("(", "[", "{"):
        return _end_of_brackets(text, start)
    return _end_of_bare(text, start, form)


def _end_of_bare(text: str, start: int, form: Form) -> int:
    end = _end(_ENDS[form], text, start)
    if form is Form.WORD:
        if _SCHEME.match(text[start:end]):
            return _end(_ENDS[Form.LINE], text, start)
        while end > start + 1 and text[end - 1] in _CLOSING:
            end -= 1
    return end


def _end_of_quoted(text: str, quoted: re.Match[str]) -> int:
    """Return the index after the same quote, escaped as often."""
    closing = quoted["escape"] + quoted["quote"]
    if quoted["escape"]:
        found = re.compile(r"(?<!\\)" + re.escape(closing)).search(text, quoted.end())
        return found.end() if found else len(text)
    string = _BRACKETS.match(text, quoted.end() - 1)
    return string.end() if string else len(text)


def _end_of_brackets(text: str, start: int) -> int:
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        first = found.group()[0]
        depth += (first in "([{") - (first in _CLOSING)
        if depth <= 0:
            return found.end()
    return len(text)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start
