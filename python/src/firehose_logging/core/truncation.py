"""Shorten a document that is too large for a Firehose record."""

from __future__ import annotations

import json
from typing import Any, Final

MARK: Final = "truncated"
"""The field that says what was cut: ``{"<field>": <bytes cut>}``."""

_ROOM_FOR_MARK: Final = 256


def shorten(document: dict[str, Any], limit: int) -> bytes:
    """Encode ``document`` within ``limit`` bytes, cutting its longest fields.

    What is cut stands in the field ``truncated``, in bytes of UTF-8 by field. Fields other than
    strings are turned into text before they are cut.

    Args:
        document: A JSON object; it is not changed.
        limit: Bytes of the encoded document at most, 1,024 or more.
    """
    shortened = dict(document)
    cut: dict[str, int] = {}
    data = _encode(shortened)
    while len(data) > limit:
        name = _largest_field(shortened)
        if name is None or len(_encode(name)) > _ROOM_FOR_MARK:
            return _shorten_as_text(document, limit)
        text = _as_text(shortened[name])
        excess = len(data) - limit + (0 if name in cut else _ROOM_FOR_MARK + len(_encode(name)))
        kept = _cut_encoded(text, len(_encode(text)) - excess)
        if kept == text:
            return _shorten_as_text(document, limit)
        cut[name] = cut.get(name, 0) + len(_utf8(text)) - len(_utf8(kept))
        shortened[name] = kept
        shortened[MARK] = cut
        data = _encode(shortened)
    return data


def _largest_field(document: dict[str, Any]) -> str | None:
    sizes = {name: len(_encode(value)) for name, value in document.items() if name != MARK}
    return max(sizes, key=sizes.__getitem__, default=None)


def _shorten_as_text(document: dict[str, Any], limit: int) -> bytes:
    text = _encode(document).decode()
    kept = _cut_encoded(text, limit - _ROOM_FOR_MARK)
    whole = {"message": kept, MARK: {"document": len(_utf8(text)) - len(_utf8(kept))}}
    return _encode(whole)


def _cut_encoded(text: str, size: int) -> str:
    """Return the longest start of ``text`` whose JSON takes ``size`` bytes or less."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if len(_encode(text[:middle])) <= size:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else _encode(value).decode()


def _encode(value: Any) -> bytes:
    return _utf8(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
