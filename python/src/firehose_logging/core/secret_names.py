"""Find what stands under a secret name: in keys, and in text."""

from __future__ import annotations

import html
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
_ESCAPED_LETTER: Final = re.compile(r"(?:\\+u00|%)([46][1-9a-fA-F]|[57][0-9aA])")
# Colours of terminals, other controls, and what is not seen.
_UNSEEN: Final = re.compile(
    r"\x1b\[[0-9;]{0,16}[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b-\u200f\u2060-\u2064\ufeff]"
)

_REST_OF_KEY: Final = r"(?=(?P<rest>(?:[\w.\-\[\]]|%(?!(?:25)*3[dD])){0,64}))(?P=rest)"
_AFTER_KEY: Final = r"""
    (?P<quote>\\*["'])?
    (?:
        [*`]{0,3} (?:[ \t]?\([^()\r\n]{0,40}\))?        # name (what it is for): value
        (?(quote)\s*|[ \t]*) (?: =+>? | :=? | -> | %(?:25)*3[dDaA] ) (?(quote)\s*|[ \t]*)
                                                       # name=value, "name": "value"
      | (?P<beside>                                    # name="name" value="value"
            (?(quote)\s*,?\s*\\*["']?(?i:val(?:ue)?|input)\\*["']?\s*[:=]\s*|(?!)) )
      | (?P<field>                                     # what pydantic says of a value, and of which
            \r?\n[ \t]+[^\r\n]{0,400}?\binput_value= )
      | (?P<pair> [ \t]*,\s* )                         # ("name", "value")
      | (?P<option> (?(quote)(?!)|(?:[ \t]|\\?\r?\n)+) (?=[^\s=:\\]) )  # --name value
      | (?P<element> (?:\s[^<>]{0,80})? > )            # <name>value</name>
      | (?P<part> (?(quote)[^\r\n]{0,80}(?:\r?\n){2}|(?!)) )  # name="name", and the value below
    )
"""
_BEFORE_PAIR: Final = re.compile(r"""[(\[]\s*[bru]{0,2}\\*["'][\w.\- ]*\Z""")
_BEFORE_OPTION: Final = re.compile(r"""(?:\A|[\s"'])--?[\w\-]*\Z""")
_BEFORE_ELEMENT: Final = re.compile(r"<[\w:.\-]*\Z")
_BEFORE_PART: Final = re.compile(r"""name=["']?[\w.\-\[\]]*\Z""")
_ATTRIBUTES: Final = re.compile(r"\s[^<>]{0,80}>")
_ANYTHING: Final = re.compile("")
_KINDS: Final = {
    "pair": (Form.LITERAL, True, _BEFORE_PAIR),
    "option": (Form.WORD, False, _BEFORE_OPTION),
    "element": (Form.ELEMENT, None, _BEFORE_ELEMENT),
    "part": (Form.PART, None, _BEFORE_PART),
    "field": (Form.REPORTED, False, _ANYTHING),
}
"""By the group that matched: the form, whether the name is quoted, and what stands before it."""

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
        words = [[word.casefold() for word in _WORD.findall(name)] for name in given]
        joined = {"".join(each) for each in words}
        self._joined = tuple(sorted(joined - {""}, key=len, reverse=True))
        self._in_text = _pattern_for_text(words) if self._joined else None

    def match(self, key: str) -> bool:
        """Tell whether ``key`` is, or holds, one of the names."""
        if not (key.isascii() and key.isprintable()):
            key = _UNSEEN.sub("", unicodedata.normalize("NFKC", key))
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
        plain = self._redact(self._in_text, text)
        unfolded = _unfold(plain)
        if unfolded != plain:
            redacted = self._redact(self._in_text, unfolded)
            if redacted != unfolded:
                return redacted
        return plain

    def _may_be_in(self, text: str) -> bool:
        """Tell quickly that none of the names is there, which is so for most texts."""
        squeezed = text.lower()
        for separator in "_-. ":
            if separator in squeezed:
                squeezed = squeezed.replace(separator, "")
        return any(name in squeezed for name in self._joined)

    def _redact(self, in_text: re.Pattern[str], text: str) -> str:
        if not self._may_be_in(text):
            return text
        parts: list[str] = []
        done = position = 0
        while found := in_text.search(text, position):
            form, start = _form(text, found)
            position = found.end("name")
            if form is None:
                continue
            end = end_of_value(text, start, form, _indentation(text, found.start()))
            if end > start:
                parts += text[done:start], REDACTED
                done = position = end
        return "".join(parts) + text[done:] if parts else text


def _pattern_for_text(names: Iterable[list[str]]) -> re.Pattern[str]:
    """Return what finds a name with all that stands between it and its value, in linear time.

    Args:
        names: The words of each.
    """
    alternatives = []
    for words in sorted(filter(None, names), key=lambda words: -sum(map(len, words))):
        letters = r"[_.\- ]{0,2}".join(r"[_.\-]?".join(map(re.escape, word)) for word in words)
        if sum(map(len, words)) >= _SHORT:
            alternatives.append(f"(?i:{letters})")
        else:
            alternatives.append(rf"(?:(?<![^\W\d_])|(?<=[a-z])(?=[A-Z]))(?i:{letters})")
    end = r"(?:(?![^\W\d_])|(?<=[a-z0-9])(?=[A-Z]))"
    return re.compile(
        f"(?P<name>{'|'.join(alternatives)}){end}{_REST_OF_KEY}{_AFTER_KEY}", re.VERBOSE
    )


def _form(text: str, found: re.Match[str]) -> tuple[Form | None, int]:
    """Tell how a value is written after its name, None if there is none, and where it begins."""
    before = text[max(0, found.start() - _LOOK_BACK) : found.start()]
    kind = found.lastgroup
    if kind == "option" and _BEFORE_ELEMENT.search(before):
        attributes = _ATTRIBUTES.match(text, found.end("rest"))
        if attributes:
            return Form.ELEMENT, attributes.end()
    return _form_of_kind(kind, before, found), found.end()


def _form_of_kind(kind: str | None, before: str, found: re.Match[str]) -> Form | None:
    quote = found["quote"]
    if kind in _KINDS:
        form, needs_quote, expected = _KINDS[kind]
        fits = needs_quote is None or needs_quote is bool(quote)
        return form if fits and expected.search(before) else None
    if quote or kind == "beside":
        return Form.LITERAL
    return Form.LINE if found.group().rstrip().endswith(":") else Form.WORD


def _indentation(text: str, position: int) -> int:
    """Return by how many characters the line that holds ``position`` is indented."""
    line = text.rfind("\n", max(0, position - _LOOK_BACK), position) + 1
    begin = text[line:position] if line else text[max(0, position - _LOOK_BACK) : position]
    return len(begin) - len(begin.lstrip(" \t"))


def _unfold(text: str) -> str:
    """Return ``text`` with letters in their usual form, without escapes and what is not seen."""
    if "u00" in text or "%" in text:
        text = _ESCAPED_LETTER.sub(lambda found: chr(int(found[1], 16)), text)
    if "&" in text and ("&#" in text or "&quot;" in text or "&lt;" in text):
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return text if text.isprintable() else _UNSEEN.sub("", text)
