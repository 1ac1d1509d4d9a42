"""Reduce any value to what JSON knows, within bounds, and take secrets out on the way."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.structures import fields_of, is_sequence, names_of_positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from firehose_logging.core.redaction import Redaction

MAX_DEPTH: Final = 100
"""Levels of nesting that are kept; what lies deeper is written as text."""

NO_BOUND: Final = 1 << 62

MARK: Final = "truncated"
"""The field that says what was cut: ``{"<field>": <bytes cut>}``."""

WHOLE: Final = "document"
"""What stands in it for fields that were cut all together."""

REDACTED: Final = "[redacted]"

_NO_NAMES: Final = (int, float, type(None))
_NAMING: Final = frozenset({"name", "key", "field", "header", "loc", "k"})
_NAMED: Final = frozenset({"value", "values", "val", "input", "default", "content", "v"})
"""Keys, in lower case, of which one says what the other holds: ``{"name": …, "value": …}``."""

_COMMON_BITS: Final = 64
_MOST_INTEGER_BITS: Final = 14_000
"""Of integers written as numbers: Python refuses to write more than 4,300 digits by default."""

_MOST_BESIDE_A_NAME: Final = 16
_SMALLEST_ENTRY: Final = len('"":0,')
_SMALLEST_ITEM: Final = len("0,")
_LEAST_ROOM: Final = 1_024
_BYTES_OF_A_STEP: Final = 16
"""Bytes of the limit for each value that is looked at, and what part of the work text is."""
_PART_FOR_SHORT_FIELDS: Final = 4
_WORK_OF_TEXT: Final = 6
_MEASURED: Final = 8_000_000
"""Characters of a text whose bytes are counted; those of a longer one are estimated."""


def make_plain(value: Any) -> Any:
    """Return ``value`` as dictionaries, lists, strings, numbers, booleans and None only."""
    return Walk(NO_BOUND).plain(value)


def bounded_document(
    document: Mapping[str, Any],
    limit: int,
    redaction: Redaction | None = None,
    exempt: frozenset[str] = frozenset(),
) -> tuple[dict[str, Any], dict[str, int]]:
    """Return a document made plain, without what could not stay within ``limit`` bytes anyway.

    Args:
        document: It is not changed.
        limit: Bytes that its JSON may have. More than that is looked at, yet not much more.
        redaction: What takes secrets out, if anything does.
        exempt: Fields that keep their value whatever names ``redaction`` knows.

    Returns:
        The document, and by field about how many bytes it lacks.
    """
    plain: dict[str, Any] = {}
    lacking: dict[str, int] = {}
    walk = Walk(limit, redaction, steps := limit // _BYTES_OF_A_STEP)
    for count, (key, value) in enumerate(list(islice(document.items(), 2 * steps))):
        if walk.steps < -steps // _PART_FOR_SHORT_FIELDS:
            used = sum(map(len, plain)) + _SMALLEST_ENTRY * count
            lacking[WHOLE] = max(1, len(document) - count) * used // max(1, count)
            break
        walk.begin(limit if walk.steps > 0 else _LEAST_ROOM)
        field, is_secret = walk.key(key)
        plain[field] = walk.redacted() if is_secret and field not in exempt else walk.plain(value)
        if walk.lacking:
            lacking[field] = walk.lacking
    walk.redact_what_is_named_beside(plain, exempt)
    return plain, lacking


class Walk:
    """Go through a value once, for as long as there is room.

    Attributes:
        steps: How many more values are looked at; long text counts as many.
        lacking: About how many bytes were left out for want of room.
        changes: How many secrets were taken out.
    """

    def __init__(
        self, room: int, redaction: Redaction | None = None, steps: int = NO_BOUND
    ) -> None:
        """Begin, with ``room`` for as many bytes of JSON."""
        self._redaction = redaction
        self._parents: list[int] = []
        self.changes = 0
        self.steps = steps
        self.begin(room)

    def begin(self, room: int) -> None:
        """Begin anew with other room."""
        self._room = room
        self.lacking = 0

    def plain(self, value: Any) -> Any:
        """Return ``value`` made plain; what can't be is described instead, never raised."""
        try:
            if type(value) is int and value.bit_length() <= _COMMON_BITS:
                self.steps -= 1
                self._room -= _SMALLEST_ITEM
                return value
            return self._plain(value)
        except Exception as error:  # noqa: BLE001 - whatever the value's own code raises
            return unshown(value, error)

    def key(self, key: Any) -> tuple[str, bool]:
        """Return a dictionary's key as JSON has it, and whether what stands there is secret."""
        try:
            text = key_text(key)
            self._room -= _SMALLEST_ENTRY - _SMALLEST_ITEM
            if self._redaction is None and len(text) <= self._room and text.isascii():
                self._room -= len(text)
                return text, False
            if self._redaction is None or len(text) > self._room:
                return self._text(text, 0), self._is_secret(text)
            text, is_secret = self._redaction.key(text)
            self._room -= len(text)
            return clean(text), is_secret
        except Exception as error:  # noqa: BLE001 - as above
            # What can't be named may have any name.
            return unshown(key, error), self._redaction is not None

    def redacted(self) -> str:
        """Return what stands in place of a secret."""
        self.changes += 1
        self._room -= len(REDACTED)
        return REDACTED

    def _is_secret(self, key: str) -> bool:
        return self._redaction is not None and self._redaction.names.match(key)

    def _plain(self, value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
        self.steps -= 1
        if value is None or value is True or value is False:
            self._room -= _SMALLEST_ITEM
            return value
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, int):
            return self._integer(int.__int__(value))
        if isinstance(value, float):
            self._room -= _SMALLEST_ITEM
            number = float.__float__(value)
            return number if math.isfinite(number) else None
        if isinstance(value, (dict, list, tuple, set, frozenset)):
            return self._within(value)
        if _is_enum(value):
            return self.redacted() if self._is_secret(value.name) else self.plain(value.value)
        if self._redaction is not None and self._is_structure(value):
            return self._within(value)
        return self._text(describe(value))

    def _string(self, value: str) -> str:
        if self._redaction is not None and _is_enum(value) and self._is_secret(value.name):  # type: ignore[attr-defined]  # as its kind has it
            return self.redacted()
        return self._text(str.__str__(value))

    def _integer(self, value: int) -> int | str:
        self._room -= _SMALLEST_ITEM
        bits = value.bit_length()
        return value if bits <= _MOST_INTEGER_BITS else f"<integer of {bits} bits>"

    def _text(self, text: str, around: int = _SMALLEST_ITEM) -> str:
        room = max(0, self._room - around)
        self.steps -= min(len(text), room) >> _WORK_OF_TEXT
        if len(text) > room:
            kept = text[:room]
            if self._redaction is not None:
                kept = _without_torn_end(kept)
            self.lacking += _bytes_of_rest(text, kept)
            text = kept
        if self._redaction is not None:
            before = text
            text = self._redaction.text(text)
            self.changes += text != before
        self._room -= len(text) + around
        return clean(text)

    def _is_structure(self, value: Any) -> bool:
        return is_sequence(value) or fields_of(value) is not None

    def _within(self, value: Any) -> Any:
        if id(value) in self._parents:
            return f"<the same {type(value).__name__} again>"
        if len(self._parents) >= MAX_DEPTH:
            return f"<{type(value).__name__} nested too deeply>"
        self._parents.append(id(value))
        try:
            if isinstance(value, dict):
                return self._object(value, value.items(), is_multiple=False)
            names = names_of_positions(value) if self._redaction is not None else None
            if names is not None:
                return [
                    self.redacted() if self._is_secret(name) else self.plain(item)
                    for name, item in zip(names, value, strict=False)
                ]
            fields = None if is_sequence(value) else fields_of(value)
            if fields is not None:
                return self._object(value, fields, is_multiple=True)
            return self._array(value)
        finally:
            self._parents.pop()

    def _object(
        self, value: Any, fields: Iterable[tuple[Any, Any]], *, is_multiple: bool
    ) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        started = self._room
        for count, (key, item) in enumerate(self._fitting(fields, _SMALLEST_ENTRY)):
            if self._room <= 0 or self.steps <= 0:
                self._leave_out(value, count, started)
                break
            name, is_secret = self.key(key)
            made = self.redacted() if is_secret else self.plain(item)
            if is_multiple and name in plain:
                made = [*_as_list(plain[name]), made]
            plain[name] = made
        self.redact_what_is_named_beside(plain)
        return plain

    def redact_what_is_named_beside(
        self, plain: dict[str, Any], exempt: frozenset[str] = frozenset()
    ) -> None:
        """Redact the value in ``{"name": <secret name>, "value": …}`` and its like."""
        if self._redaction is None or not 1 < len(plain) <= _MOST_BESIDE_A_NAME:
            return
        named = [key for key in plain if isinstance(key, str) and key.lower() in _NAMED]
        if named and any(
            isinstance(name, str) and self._is_secret(name)
            for key in plain
            if isinstance(key, str) and key.lower().rstrip("_") in _NAMING and key not in exempt
            for name in _as_list(plain[key])
        ):
            plain.update({key: self.redacted() for key in named})

    def _array(self, value: Any) -> list[Any]:
        plain: list[Any] = []
        started = self._room
        is_secret = False
        items = self._fitting(value, _SMALLEST_ITEM)
        for count, item in enumerate(items):
            if self._room <= 0 or self.steps <= 0:
                self._leave_out(value, count, started)
                break
            plain.append(self.redacted() if is_secret else self.plain(item))
            is_secret = self._redaction is not None and self._announces_secret(item, items)
        return plain

    def _announces_secret(self, item: Any, items: list[Any]) -> bool:
        """Tell whether ``item`` names the next one: in a pair, or as an option of a command."""
        if len(items) == 2 and not isinstance(item, _NO_NAMES) and not self._is_structure(item):
            return self.key(item)[1]
        return (
            isinstance(item, (str, bytes))
            and (name := key_text(item))[:1] == "-"
            and (self._is_secret(name))
        )

    def _fitting(self, items: Iterable[Any], smallest: int) -> list[Any]:
        """Return the items at once, before another thread changes them, not more than fit."""
        most = min(max(0, self._room) // smallest, max(0, self.steps)) + 2
        return list(islice(iter(items), most))

    def _leave_out(self, value: Any, count: int, started: int) -> None:
        rest = max(1, len(value) - count) if hasattr(type(value), "__len__") else 1
        self.lacking += rest * max(1, (started - self._room) // max(1, count))


def describe(value: Any) -> str:
    """Return the text of a value that JSON does not know; never raises."""
    try:
        return _shown(value)
    except Exception as error:  # noqa: BLE001 - whatever the value's own code raises
        return unshown(value, error)


def _shown(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return clean(bytes(value).decode("utf-8", "backslashreplace"))
    isoformat = getattr(value, "isoformat", None)
    return clean(str.__str__(str(isoformat() if isoformat is not None else value)))


def unshown(value: Any, error: Exception) -> str:
    """Say of what type a value is that raised ``error`` when it was looked at."""
    name = type.__dict__["__name__"].__get__(type(value))
    return f"<{clean(name)} that can't be shown: {clean(type(error).__name__)}>"


def clean(text: str) -> str:
    """Return ``text`` as valid Unicode: pairs of surrogates joined, single ones replaced."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _without_surrogates(text)
    return text


def utf8_size(text: str) -> int:
    """Return the bytes of ``text`` in UTF-8, with three for each surrogate."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _without_surrogates(text: str) -> str:
    import re

    pair = re.compile("[\ud800-\udbff][\udc00-\udfff]")
    joined = pair.sub(
        lambda found: found.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text
    )
    single = re.compile("[\ud800-\udfff]+")
    return single.sub(lambda found: "\ufffd" * len(found.group()), joined)


def _bytes_of_rest(text: str, kept: str) -> int:
    if len(text) <= _MEASURED:
        return utf8_size(text) - utf8_size(kept)
    sample = kept or text[:_LEAST_ROOM]
    return (len(text) - len(kept)) * utf8_size(sample) // len(sample)


def _without_torn_end(text: str) -> str:
    """Drop a last word that may be the first half of a secret."""
    head, _, _ = text.rpartition(" ")
    return head if len(text) - len(head) < 4 * _LEAST_ROOM else text[: -4 * _LEAST_ROOM]


def key_text(key: Any) -> str:
    """Return the text of a dictionary's key, as JSON would have it.

    Raises:
        Exception: Whatever the key's own code raises.
    """
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, (bool, int, float)):
        import json

        return json.dumps(key)
    return _shown(key)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_enum(value: Any) -> bool:
    return hasattr(type(value), "__members__")
