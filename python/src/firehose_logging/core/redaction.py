"""Take secrets out of documents."""

from __future__ import annotations

from typing import Any, Final

REDACTED: Final = "[redacted]"


def redact(plain: Any, names: frozenset[str]) -> Any:
    """Return ``plain`` with the values of the keys ``names`` replaced, at any depth.

    Args:
        plain: Dictionaries, lists and plain values, without cycles; it is not changed.
        names: Keys in lower case; a document's keys match whatever their case.
    """
    if isinstance(plain, dict):
        return {
            key: REDACTED if key.lower() in names else redact(value, names)
            for key, value in plain.items()
        }
    if isinstance(plain, list):
        return [redact(item, names) for item in plain]
    return plain
