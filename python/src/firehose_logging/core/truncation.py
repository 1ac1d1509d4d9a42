"""Shorten a document that is too large for a Firehose record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.plain import MARK, WHOLE, utf8_size

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_FIELDS_CUT: Final = 16
_SMALLEST_REST: Final = 64
"""Encoded bytes that a cut field keeps at least; below it the document is kept as text."""

_SMALLEST_FIELD: Final = len('"":0,')
_ROOM_FOR_MARK: Final = len(f',"{MARK}":{{}}')
_ROOM_FOR_COUNT: Final = 16
_LONGEST_ESCAPE: Final = len("\\u0000")

_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def shorten(
    document: dict[str, Any], limit: int, lacking: Mapping[str, int] | None = None
) -> bytes:
    """Encode ``document`` within ``limit`` bytes, cutting its longest fields.

    What was cut stands in the field ``truncated``, in bytes of UTF-8 by field. Fields other than
    strings are turned into text before they are cut. A document that is large because of the
    number of its fields is kept as text under ``message``.

    Args:
        document: A JSON object; it is not changed.
        limit: Bytes of the encoded document at most, 1,024 or more.
        lacking: About how many bytes were left out of it before, by field.
    """
    data = _encode(document)
    if len(data) <= limit and not lacking:
        return data
    cut = _cut_before(document) | dict(lacking or {})
    fields = {name: value for name, value in document.items() if name != MARK}
    if cut and len(marked := _encode({**fields, MARK: cut})) <= limit:
        return marked
    return _shorten_fields(fields, cut, limit) or _shorten_as_text(data.decode(), cut, limit)


def shorten_encoded(data: bytes, limit: int) -> bytes:
    """Do the same to a document that is encoded already."""
    return shorten(json.loads(data), limit)


def _cut_before(document: dict[str, Any]) -> dict[str, int]:
    """Return what a document that was cut already says of it."""
    mark = document.get(MARK)
    if isinstance(mark, dict) and all(type(count) is int for count in mark.values()):
        return mark
    return {}


def _shorten_fields(fields: dict[str, Any], cut: dict[str, int], limit: int) -> bytes | None:
    """Cut the longest fields; None if there are too many for that."""
    if _SMALLEST_FIELD * len(fields) > limit or WHOLE in cut:
        return None
    sizes = {name: len(_encode(value)) for name, value in fields.items()}
    level, longest = _find_level(fields, sizes, limit - len(_encode(cut)))
    if level < _SMALLEST_REST:
        return None
    cut = dict(cut)
    kept = dict(fields)
    for name in longest:
        text = _as_text(fields[name])
        kept[name] = _cut(text, level)
        cut[name] = cut.get(name, 0) + utf8_size(text) - utf8_size(kept[name])
    return _encode({**kept, MARK: cut})


def _find_level(fields: dict[str, Any], sizes: dict[str, int], limit: int) -> tuple[int, list[str]]:
    """Return the size to which the longest fields have to be cut, and which ones they are."""
    by_size = sorted(sizes, key=sizes.__getitem__, reverse=True)
    room = limit - (len(_encode(fields)) - sum(sizes.values())) - _ROOM_FOR_MARK
    room -= sum(sizes.values())
    level = 0
    for count, name in enumerate(by_size[:_MOST_FIELDS_CUT], 1):
        room += sizes[name] - len(_encode(name)) - _ROOM_FOR_COUNT
        level = room // count
        following = sizes[by_size[count]] if count < len(by_size) else 0
        if level >= following:
            return level, by_size[:count]
    return 0, []


def _shorten_as_text(text: str, cut: dict[str, int], limit: int) -> bytes:
    kept = _cut(text, limit - _ROOM_FOR_MARK - 64)
    lost = utf8_size(text) - utf8_size(kept) + sum(cut.values())
    return _encode({"message": kept, MARK: {WHOLE: lost}})


def _cut(text: str, size: int) -> str:
    """Return the start of ``text`` whose JSON takes ``size`` bytes or a few less."""
    encoded = _encode(text[:size])
    if len(encoded) <= size:
        return text[:size]
    start = encoded[: size - 1].decode("utf-8", "ignore")
    for shorter in range(_LONGEST_ESCAPE + 1):
        try:
            kept: str = json.loads(start[: len(start) - shorter] + '"')
        except ValueError:
            continue  # in the middle of an escape
        return kept
    return ""


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else _to_json(value)


def _encode(value: Any) -> bytes:
    return _to_json(value).encode("utf-8", "replace")
