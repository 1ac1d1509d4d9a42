"""The names of what is made in a domain, and the mark by which it is known again."""

from __future__ import annotations

import re

MARK = "Made by firehose-logging"

_PREFIX = "firehose-logging"

# The suffixes that Firehose gives to index names, one form per rotation period (statement C1).
_ROTATED = re.compile(r"\d{4}(-\d\d(-\d\d(-\d\d)?)?|-w\d\d)", re.ASCII)


def template_name(index: str) -> str:
    """Return the name of the index template."""
    return f"{_PREFIX}-{index}"


def policy_id(index: str) -> str:
    """Return the id of the retention policy."""
    return f"{_PREFIX}-{index}"


def writer_role(index: str) -> str:
    """Return the name of the role that may write the index, and of its mapping."""
    return f"{_PREFIX}-{index}-writer"


def reader_role(index: str) -> str:
    """Return the name of the role that may read the index, and of its mapping."""
    return f"{_PREFIX}-{index}-reader"


def saved_object_id(index: str, part: str = "") -> str:
    """Return the id of a saved object in Dashboards; ``part`` tells those of one type apart."""
    return f"{_PREFIX}-{index}-{part}" if part else f"{_PREFIX}-{index}"


def index_pattern(index: str) -> str:
    """Return the pattern that people search rotated indexes by, ``logging-test-*``.

    Wider than what is granted: it finds what the caller may read for as long as no index of a
    neighbour matches it.
    """
    return f"{index}-*"


def written_pattern(index: str, rotation: str) -> str:
    """Return the pattern of the indexes that Firehose writes (C1), and of as few others as can be.

    ``shop-20*`` where they are rotated: a date follows the name, whatever the period, and
    ``shop-web-2016-02-25`` is left to ``shop-web``. Without rotation, the name alone.
    """
    return index if rotation == "NoRotation" else f"{index}-20*"


def overlap(one: str, other: str) -> bool:
    """Return whether an index may match both patterns, each a name or a name before one ``*``."""
    return _within(one, other) or _within(other, one)


def _within(one: str, other: str) -> bool:
    if other.endswith("*"):
        return one.removesuffix("*").startswith(other[:-1])
    return one == other


def priority(index: str) -> int:
    """Return the priority of template and policy among others whose patterns overlap.

    Those of this package never do; the longer name is the more specific one.
    """
    return 100 + len(index)


def is_rotated(name: str, index: str) -> bool:
    """Return whether Firehose made the index ``name`` by rotation of ``index`` (C1).

    Stricter than the pattern: ``shop-web-2016-02-25`` is no index of ``shop``.
    """
    return name.startswith(f"{index}-") and bool(_ROTATED.fullmatch(name[len(index) + 1 :]))


def is_marked(description: object) -> bool:
    """Return whether a description says that this package made the thing."""
    return isinstance(description, str) and description.startswith(MARK)
