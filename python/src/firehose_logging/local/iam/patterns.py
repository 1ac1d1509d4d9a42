"""Wildcards, policy variables and ARN patterns of policy documents.

Specification: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards, incomplete ARNs)
and "IAM policy elements: Variables and tags" (variables, defaults, special characters).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

# A variable's value, or None when the request has none (or several).
Lookup = Callable[[str], "str | None"]


class Wild(Enum):
    """A wildcard within a pattern."""

    ANY = "*"
    ONE = "?"


Glob = tuple["str | Wild", ...]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"([^,]+?)\s*,\s*'([^']*)'")
_SPECIAL = frozenset({"*", "?", "$"})
_ARN_COLONS = 5


@dataclass(frozen=True)
class _Variable:
    key: str
    default: str | None


@dataclass(frozen=True)
class Template:
    """A policy value: literal text, wildcards and variables in their order."""

    source: str
    pieces: tuple[str | Wild | _Variable, ...]

    @property
    def is_constant(self) -> bool:
        """Whether the value is the same for every request."""
        return not any(isinstance(piece, _Variable) for piece in self.pieces)

    def glob(self, lookup: Lookup) -> Glob | None:
        """Return the pattern for one request, ``None`` when a variable has no value.

        A variable's value counts as it is: a ``*`` within it matches only ``*``.
        """
        filled: list[str | Wild] = []
        for piece in self.pieces:
            value = _value(piece, lookup) if isinstance(piece, _Variable) else piece
            if value is None:
                return None
            filled.append(value)
        return tuple(filled)

    def text(self, lookup: Lookup) -> str | None:
        """Return the value for one request, wildcards counting as plain characters."""
        glob = self.glob(lookup)
        if glob is None:
            return None
        return "".join(piece.value if isinstance(piece, Wild) else piece for piece in glob)


def _value(variable: _Variable, lookup: Lookup) -> str | None:
    value = lookup(variable.key)
    return variable.default if value is None else value


def template(source: str, *, with_variables: bool) -> Template:
    """Read a policy value; without variables ``${…}`` is plain text, as in version 2008-10-17."""
    if not with_variables:
        return Template(source, tuple(_wildcards(source)))
    pieces: list[str | Wild | _Variable] = []
    end = 0
    for found in _VARIABLE.finditer(source):
        pieces += _wildcards(source[end : found.start()])
        pieces.append(_variable(found[1].strip()))
        end = found.end()
    pieces += _wildcards(source[end:])
    return Template(source, tuple(pieces))


def _variable(name: str) -> str | _Variable:
    if name in _SPECIAL:
        return name
    with_default = _DEFAULT.fullmatch(name)
    if with_default:
        return _Variable(with_default[1], with_default[2])
    return _Variable(name, None)


def _wildcards(text: str) -> list[str | Wild]:
    pieces: list[str | Wild] = []
    for literal in re.split(r"([*?])", text):
        if literal in {"*", "?"}:
            pieces.append(Wild(literal))
        elif literal:
            pieces.append(literal)
    return pieces


def matches(glob: Glob, text: str) -> bool:
    """Tell whether the whole of ``text`` fits the pattern."""
    return _compiled(glob, "text").fullmatch(text) is not None


def matches_action(glob: Glob, action: str) -> bool:
    """Tell whether an action fits; the case of ASCII letters does not count."""
    return _compiled(glob, "action").fullmatch(action) is not None


def matches_arn(glob: Glob, arn: str) -> bool:
    """Tell whether an ARN fits, part by part.

    Wildcards don't reach over a colon before the last of the six parts. A pattern with fewer
    parts is completed by ``*``; a bare ``*`` fits everything.
    """
    if glob == (Wild.ANY,):
        return True
    return _compiled(glob, "arn").fullmatch(arn) is not None


@lru_cache(maxsize=8192)
def _compiled(glob: Glob, kind: str) -> re.Pattern[str]:
    """Turn a pattern into a regular expression that takes linear time per ``*``.

    What stands between two ``*`` is taken at its first place and kept (a look-ahead with a
    back-reference is an atomic group), for a later place can't make the rest fit any better.
    """
    colons = _ARN_COLONS
    if kind == "arn":
        glob, colons = _completed(glob), 0
    first, *rest = _segments(glob)
    expression, colons = _expression(first, colons)
    parts = [expression]
    for number, segment in enumerate(rest, start=1):
        gap = f"{_one(colons)}*"
        expression, colons = _expression(segment, colons)
        is_last = number == len(rest)
        parts.append(gap + expression if is_last else f"(?=({gap}?{expression}))\\{number}")
    flags = re.IGNORECASE | re.ASCII if kind == "action" else 0
    return re.compile("".join(parts), re.DOTALL | flags)


def _completed(glob: Glob) -> Glob:
    missing = _ARN_COLONS - sum(piece.count(":") for piece in glob if isinstance(piece, str))
    completion: Glob = (":", Wild.ANY)
    return glob + completion * max(0, missing)


def _segments(glob: Glob) -> list[list[str | Wild]]:
    """Split a pattern at its ``*``; several in a row count as one."""
    segments: list[list[str | Wild]] = [[]]
    previous: str | Wild | None = None
    for piece in glob:
        if piece is not Wild.ANY:
            segments[-1].append(piece)
        elif previous is not Wild.ANY:
            segments.append([])
        previous = piece
    return segments


def _expression(pieces: Sequence[str | Wild], colons: int) -> tuple[str, int]:
    parts: list[str] = []
    for piece in pieces:
        if isinstance(piece, Wild):
            parts.append(_one(colons))
            continue
        parts.append(re.escape(piece))
        colons += piece.count(":")
    return "".join(parts), colons


def _one(colons: int) -> str:
    return "." if colons >= _ARN_COLONS else "[^:]"
