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
    REPORTED = enum.auto()
    """As pydantic shows what it does not take: to the end of the line."""
    PART = enum.auto()
    """As a part of a form, up to the next part."""


_QUOTED: Final = re.compile(r"""[bBrRuUfF]{0,2}(?P<escape>\\*)(?P<quote>["'])""")
_ENDS: Final = {
    Form.LINE: re.compile(r"[^\r\n]*"),
    Form.REPORTED: re.compile(r"[^\r\n]*"),
    Form.WORD: re.compile(
        r"""(?:[^\s,;&"'<>]|[,;&](?!\s|\Z|[\w.%\-\[\]]{1,64}[=:])|["'<>](?=\w))*"""
    ),
    Form.LITERAL: re.compile(r"[^\s,}\])]*"),
    Form.ELEMENT: re.compile(r"(?:[^<]|<!\[CDATA\[)*"),
    Form.PART: re.compile(r"(?:[^\r\n]|\r?\n(?!--))*"),
}
_SCHEME: Final = re.compile(r"(?i:bearer|basic|digest|negotiate|ntlm|token|apikey|aws4[\w\-]*)\Z")
_BRACKETS: Final = re.compile(
    r"""[(\[{]|[)\]}]|"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|'[^'\\]*(?:\\.[^'\\]*)*(?:'|\\?\Z)""",
    re.DOTALL,
)
_GOES_ON: Final = re.compile(r"""["'\w$@#%!*/+~^]""")
_CLOSED: Final = re.compile(r"[ \t]*(?:[,;)\]}]|[\r\n]|\Z)")
_CALLED: Final = re.compile(r"(?:[A-Za-z_][\w.]{0,80})?(?=[(\[{])")
_NEXT_LINE: Final = re.compile(r"(?:\r?\n)+(?P<indentation>[ \t]*)(?P<item>-[ \t])?[^\r\n]+")
_CLOSING: Final = ")]}"


def end_of_value(text: str, start: int, form: Form, indentation: int = 0) -> int:
    """Return the index at which the value that begins at ``start`` ends.

    Args:
        text: What it stands in.
        start: Where it begins.
        form: How it is written.
        indentation: Of the line in which its name stands, in characters: what follows with more
            than that still belongs to a value of the form ``LINE``.
    """
    if form in (Form.ELEMENT, Form.PART, Form.REPORTED):
        return _end(_ENDS[form], text, start)
    end = _end_of_enclosed(text, start)
    # Two quotes in a row are one within a string in SQL; shells join what stands side by side.
    while start < end < len(text) and _GOES_ON.match(text, end):
        start, end = end, max(_end_of_enclosed(text, end), _end(_ENDS[Form.WORD], text, end))
    if end == start or (form is Form.LINE and not _CLOSED.match(text, end)):
        end = _end_of_bare(text, end, form)
    return _end_of_block(text, start, end, indentation) if form is Form.LINE else end


def _end_of_enclosed(text: str, start: int) -> int:
    """Return where a value in quotes or brackets ends; ``start`` if it is in none."""
    quoted = _QUOTED.match(text, start)
    if quoted:
        return _end_of_quoted(text, quoted)
    called = _CALLED.match(text, start)
    return _end_of_brackets(text, called.end()) if called else start


def _end_of_block(text: str, start: int, end: int, indentation: int) -> int:
    """Return where the lines end that belong to one: folded headers, blocks of YAML."""
    is_list = not text[start:end].strip()
    while more := _NEXT_LINE.match(text, end):
        is_deeper = len(more["indentation"]) > indentation
        if not is_deeper and not (is_list and more["item"] and _same(more, indentation)):
            break
        end = more.end()
    return end


def _same(line: re.Match[str], indentation: int) -> bool:
    return len(line["indentation"]) == indentation


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
