"""Compare what a domain answers with what it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def includes(actual: object, wanted: object) -> bool:
    """Return whether ``actual`` holds all that ``wanted`` says, whatever else it holds.

    Mappings may have more keys than wanted: a domain adds its own defaults to what it is given.
    Sequences have the same length; those of strings may come in another order. Scalars are equal
    as text, for a domain gives settings back as strings.
    """
    if isinstance(wanted, Mapping):
        return isinstance(actual, Mapping) and all(
            key in actual and includes(actual[key], value) for key, value in wanted.items()
        )
    if _is_sequence(wanted):
        return _is_sequence(actual) and _same_items(actual, wanted)
    return _as_text(actual) == _as_text(wanted)


def flattened(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as one mapping of dotted names: ``{"index.codec": "default"}``."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{name}.")
        else:
            flat[name] = value
    return flat


def _is_sequence(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _same_items(actual: Any, wanted: Any) -> bool:
    if len(actual) != len(wanted):
        return False
    if all(isinstance(item, str) for item in wanted):
        return sorted(map(str, actual)) == sorted(wanted)
    return all(includes(one, other) for one, other in zip(actual, wanted, strict=True))


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value
