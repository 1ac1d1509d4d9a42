"""Find what stands under a secret name: in keys, and in text."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from firehose_logging.core.plain import REDACTED
from firehose_logging.core.secret_values import Form, end_of_value

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT: Final = 5
"""Letters below which a name is looked for as a whole word only: "pin" is not in "shopping"."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_a-zA-Z0-9]+")
_ESCAPED_LETTER: Final = re.compile(r"\\+u00([46][1-9a-fA-F]|[57][0-9aA])")

_REST_OF_KEY: Final = r"(?=(?P<rest>(?:[\w.\-\[\]]|%(?!3[dD])){0,64}))(?P=rest)"
_AFTER_KEY: Final = r"""
    (?P<quote>\\*["'])?
    (?:
        [ \t]* (?: =+>? | :=? | %3[dDaA] ) [ \t]*      # name=value, "name": "value"
      | (?P<pair> [ \t]*,\s* )                         # ("name", "value")
      | (?P<option> [ \t]+ (?=[^\s=:]) )               # --name value
      | (?P<element> (?:\s[^<>]{0,80})? > )            # <name>value</name>
      | (?P<part> (?(quote)[^\r\n]{0,80}(?:\r?\n){2}|(?!)) )  # name="name", and the value below
    )
"""
_BEFORE_PAIR: Final = re.compile(r"""[(\[]\s*[bru]{0,2}\\*["'][\w.\- ]*\Z""")
_BEFORE_OPTION: Final = re.compile(r"""(?:\A|[\s"'])--?[\w\-]*\Z""")
_BEFORE_ELEMENT: Final = re.compile(r"<[\w:.\-]*\Z")
_BEFORE_PART: Final = re.compile(r"""name=["']?[\w.\-\[\]]*\Z""")
_LOOK_BACK: Final = 80


class SecretNames:
    """Names whose values are secret.

    Upper and lower case, and what stands between words, make no difference: ``api_key`` is
    ``apiKey``, ``API-KEY`` and ``X-Api-Key``. A name is found as one word or several in a row;
    one of five letters and more at the end of a word too: ``password`` is in ``PGPASSWORD``,
    ``user_password`` and ``passwordHash``, yet ``token`` not in ``tokens``.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Make it of names as they stand in configuration."""
        given = [unicodedata.normalize("NFKC", name) for name in names]
        self._whole = frozenset(name.strip().lower() for name in given)
        joined = {"".join(_WORD.findall(name)).casefold() for name in given}
        self._joined = tuple(sorted(joined - {""}, key=len, reverse=True))
        self._in_text = _pattern_for_text(self._joined) if self._joined else None

    def match(self, key: str) -> bool:
        """Tell whether ``key`` is, or holds, one of the names."""
        if not key.isascii():
            key = unicodedata.normalize("NFKC", key)
        if key.strip().lower() in self._whole:
            return True
        if key.isalnum() and not self._may_be_in(key):
            return False
        words = [word.casefold() for word in _WORD.findall(key)]
        joined = "".join(words)
        names = [name for name in self._joined if name in joined]
        if not names:
            return False
        ends = list(accumulate(map(len, words)))
        starts = {0, *ends}
        return any(
            joined.endswith(name, 0, end) and (len(name) >= _SHORT or end - len(name) in starts)
            for end in ends
            for name in names
        )

    def redact(self, text: str) -> str:
        """Return ``text`` without the values that stand after one of the names."""
        if self._in_text is None or len(text) < len(self._joined[-1]):
            return text
        plain, count = self._redact(self._in_text, text)
        unfolded = _unfold(text)
        if unfolded != text:
            other, more = self._redact(self._in_text, unfolded)
            if more > count:
                return other
        return plain

    def _may_be_in(self, text: str) -> bool:
        """Tell quickly that none of the names is there, which is so for most texts."""
        squeezed = text.lower()
        for separator in "_-.":
            if separator in squeezed:
                squeezed = squeezed.replace(separator, "")
        return any(name in squeezed for name in self._joined)

    def _redact(self, in_text: re.Pattern[str], text: str) -> tuple[str, int]:
        if not self._may_be_in(text):
            return text, 0
        parts: list[str] = []
        done = position = 0
        while found := in_text.search(text, position):
            form = _form(text, found)
            position = found.end("name")
            if form is None:
                continue
            end = end_of_value(text, found.end(), form)
            if end > found.end():
                parts += text[done : found.end()], REDACTED
                done = position = end
        return ("".join(parts) + text[done:], len(parts)) if parts else (text, 0)


def _pattern_for_text(names: Iterable[str]) -> re.Pattern[str]:
    """Return what finds a name with all that stands between it and its value, in linear time."""
    alternatives = []
    for name in names:
        letters = r"[_.\-]?".join(map(re.escape, name))
        if len(name) >= _SHORT:
            alternatives.append(f"(?i:{letters})")
        else:
            alternatives.append(rf"(?:(?<![^\W\d_])|(?<=[a-z])(?=[A-Z]))(?i:{letters})")
    end = r"(?:(?![^\W\d_])|(?<=[a-z0-9])(?=[A-Z]))"
    return re.compile(
        f"(?P<name>{'|'.join(alternatives)}){end}{_REST_OF_KEY}{_AFTER_KEY}", re.VERBOSE
    )


def _form(text: str, found: re.Match[str]) -> Form | None:
    """Tell how a value is written after its name; None if there is none."""
    before = text[max(0, found.start() - _LOOK_BACK) : found.start()]
    kind = found.lastgroup
    if kind == "pair":
        return Form.LITERAL if found["quote"] and _BEFORE_PAIR.search(before) else None
    if kind == "option":
        return Form.WORD if not found["quote"] and _BEFORE_OPTION.search(before) else None
    if kind == "element":
        return Form.ELEMENT if _BEFORE_ELEMENT.search(before) else None
    if kind == "part":
        return Form.PART if _BEFORE_PART.search(before) else None
    if found["quote"]:
        return Form.LITERAL
    return Form.LINE if found.group().rstrip().endswith(":") else Form.WORD


def _unfold(text: str) -> str:
    """Return ``text`` with letters in their usual form: full-width ones, and JSON's escapes."""
    if "u00" in text:
        text = _ESCAPED_LETTER.sub(lambda found: chr(int(found[1], 16)), text)
    return text if text.isascii() else unicodedata.normalize("NFKC", text)
