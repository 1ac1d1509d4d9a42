"""What secrets look like, wherever they stand: patterns for text, some of them known here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL: Final = "default"
"""What stands for all patterns that are known here."""

GROUP: Final = "secret"
"""The group of a pattern that is replaced; without it all that matches is."""


class SecretPattern(NamedTuple):
    """A pattern.

    Attributes:
        expression: What to look for.
        hints: Text in lower case, one of which stands in all that matches; empty if none does.
        shortest: Characters that a match has at least.
    """

    expression: re.Pattern[str]
    hints: tuple[str, ...] = ()
    shortest: int = 1

    def redact(self, text: str, instead: str) -> str:
        """Return ``text`` with ``instead`` for secrets."""
        if GROUP not in self.expression.groupindex:
            return self.expression.sub(lambda _: instead, text)
        return self.expression.sub(lambda found: _replace_group(found, instead), text)


# Each takes time in proportion to the text: nothing is tried again from within a run of characters
# that was gone through before.
_KNOWN: Final = {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    # A secret access key is 40 characters of base64; so is, in hexadecimal digits, a SHA-1 digest.
    "aws_keys": (
        (
            r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"
            r"|(?<![A-Za-z0-9/+])(?=[A-Za-z0-9/+]{0,39}[A-Z])(?=[A-Za-z0-9/+]{0,39}[a-z])"
            r"(?=[A-Za-z0-9/+]{0,39}[0-9])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"
            r"|(?<![A-Za-z0-9/+])(?:FwoG|FQoG|IQoJ|AQoD)[A-Za-z0-9/+%]{60,}=*"
            r"|(?<=Signature=)[0-9a-f]{64}(?![0-9a-f])"
        ),
        (),
        20,
    ),
    # https://www.rfc-editor.org/rfc/rfc6750#section-2.1, and basic credentials beside it
    "bearer_tokens": (
        (
            r"(?<![A-Za-z])(?:(?i:bearer)(?:[\s:=+]|%20)+[\"']?"
            r"(?!(?i:tokens?|auth\w*|realm|schemes?|credentials?|is|was|not|in|for|and|or|error)"
            r"(?![\w\-.~+/]))"
            r"(?P<secret>[A-Za-z0-9\-._~+/%]+=*)"
            r"|(?i:basic)\s+(?!(?i:auth\w*|realm|plan|tier)(?!\w))"
            r"(?=[a-z+/]*[A-Z0-9])[A-Za-z0-9+/\-_]{6,}=*)"
        ),
        ("bearer", "basic"),
        8,
    ),
    # https://www.rfc-editor.org/rfc/rfc7515#section-3.1, https://www.rfc-editor.org/rfc/rfc7516#section-3.1
    "jwts": (
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,4}",
        ("eyj",),
        5,
    ),
    # https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1; not a port, and slashes one by one
    "url_passwords": (
        (
            r":(?:\\?/){2}[^\s/?#:@\"<>]*:(?!\d{1,5}(?:[/?#\s]|\Z))"
            r"(?P<secret>(?:[^\s\"<>/\\]|\\(?!/)|\\?/(?!\\?/))+)@"
        ),
        ("://", ":\\/\\/"),
        6,
    ),
    # https://www.rfc-editor.org/rfc/rfc7468#section-10
    "private_keys": (
        (
            r"----[- ]BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?[- ]----(?:[^-]|-(?!---[- ]END ))*"
            r"(?:----[- ]END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?[- ]-{4,})?"
        ),
        ("private key",),
        27,
    ),
}
KNOWN: Final = {
    name: SecretPattern(re.compile(expression), hints, shortest)
    for name, (expression, hints, shortest) in _KNOWN.items()
}
"""Patterns by the names that configuration may give them."""


def secret_patterns(given: Iterable[str | re.Pattern[str]]) -> tuple[SecretPattern, ...]:
    """Return patterns: known ones by name, all of them for ``default``, others as expressions.

    Raises:
        ValueError: One is not a regular expression, or matches where there is nothing; the
            message names it.
    """
    patterns: list[SecretPattern] = []
    for each in given:
        if each == ALL:
            patterns += KNOWN.values()
        elif isinstance(each, str) and each in KNOWN:
            patterns.append(KNOWN[each])
        else:
            patterns.append(SecretPattern(_compile(each)))
    return tuple(dict.fromkeys(patterns))


class Finder:
    """Patterns, each tried only on text that may hold a match."""

    def __init__(self, patterns: Iterable[SecretPattern]) -> None:
        self._patterns = tuple(patterns)
        hints = sorted({hint for pattern in self._patterns for hint in pattern.hints})
        self._hint = re.compile("|".join(map(re.escape, hints))) if hints else None

    def redact(self, text: str, instead: str) -> str:
        """Return ``text`` with ``instead`` for all that the patterns find."""
        size = len(text)
        lowered = text.lower()
        has_hint = self._hint is not None and self._hint.search(lowered) is not None
        for pattern in self._patterns:
            if size < pattern.shortest:
                continue
            if not pattern.hints or (has_hint and _any_in(pattern.hints, lowered)):
                text = pattern.redact(text, instead)
        return text


def _any_in(hints: Iterable[str], text: str) -> bool:
    return any(hint in text for hint in hints)


def _compile(given: str | re.Pattern[str]) -> re.Pattern[str]:
    names = ", ".join(map(repr, (ALL, *KNOWN)))
    allowed = f"it must be a regular expression for text, or one of {names}"
    try:
        pattern = re.compile(given)
        matches_nothing = pattern.search("") is not None
    except (re.error, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(
            f"redact_patterns={given!r} is not allowed: {allowed} ({error})"
        ) from error
    if matches_nothing:
        raise ValueError(f"redact_patterns={given!r} is not allowed: {allowed}; it matches nothing")
    return pattern


def _replace_group(found: re.Match[str], instead: str) -> str:
    start, end = found.span(GROUP)
    if start < 0:
        return instead
    begin = found.start()
    whole = found.group()
    return whole[: start - begin] + instead + whole[end - begin :]
