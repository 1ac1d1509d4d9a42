"""Turn any document into JSON, in an honest form."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_DEPTH: Final = 100
"""Levels of nesting that are kept; what lies deeper is written as text."""


def encode_document(document: Mapping[str, Any]) -> bytes:
    """Encode ``document`` as one line of JSON in UTF-8; never raises.

    Values that JSON does not know are written as text, NaN and infinity as null, and text that
    is not valid Unicode with replacement characters. orjson does it where it is installed, with
    the same outcome.
    """
    try:
        return fast_encoder()(document)
    except Exception:  # noqa: BLE001 - whatever a value's own code raises
        return _encoder_with_json()(make_plain(document))


@lru_cache(maxsize=1)
def fast_encoder() -> Callable[[Mapping[str, Any]], bytes]:
    """Return what encodes most documents as ``encode_document`` does, and raises for others."""
    # Looked for when it is needed: orjson takes longer to import than all of ours.
    try:
        import orjson
    except ImportError:
        return _encoder_with_json()
    dumps = orjson.dumps
    options = (
        orjson.OPT_APPEND_NEWLINE
        | orjson.OPT_PASSTHROUGH_DATACLASS
        | orjson.OPT_PASSTHROUGH_DATETIME
        | orjson.OPT_PASSTHROUGH_SUBCLASS
    )

    def encode(document: Mapping[str, Any]) -> bytes:
        # orjson hands out the start of a larger buffer. Taking the newline off is the quickest
        # way to a copy, which lets go of it.
        return dumps(document, _default, options)[:-1]

    return encode


def _encoder_with_json() -> Callable[[Mapping[str, Any]], bytes]:
    import json

    encode = json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default
    ).encode
    return lambda document: encode(document).encode()


def make_plain(value: Any) -> Any:
    """Return ``value`` as dictionaries, lists, strings, numbers, booleans and None only."""
    return _plain(value, [])


def describe(value: Any) -> str:
    """Return the text of a value that JSON does not know; never raises."""
    try:
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _clean(bytes(value).decode("utf-8", "backslashreplace"))
        isoformat = getattr(value, "isoformat", None)
        return _clean(str(isoformat() if isoformat is not None else value))
    except Exception as error:  # noqa: BLE001 - whatever the value's own code raises
        return f"<{type(value).__name__} that can't be shown: {type(error).__name__}>"


def _plain(value: Any, parents: list[int]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _clean(str.__str__(value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (dict, list, tuple, set, frozenset)):
        return _plain_container(value, parents)
    return _plain(value.value, parents) if _is_enum(value) else describe(value)


def _plain_container(value: Any, parents: list[int]) -> Any:
    if id(value) in parents:
        return f"<the same {type(value).__name__} again>"
    if len(parents) >= MAX_DEPTH:
        return f"<{type(value).__name__} nested too deeply>"
    parents.append(id(value))
    try:
        if isinstance(value, dict):
            return {_plain_key(key): _plain(item, parents) for key, item in value.items()}
        return [_plain(item, parents) for item in value]
    finally:
        parents.pop()


def _plain_key(key: Any) -> str:
    if isinstance(key, str):
        return _clean(str.__str__(key))
    if key is None or isinstance(key, (bool, int, float)):
        import json

        return json.dumps(key)
    return describe(key)


def _clean(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _default(value: Any) -> Any:
    if isinstance(value, (str, bool, int, float, dict, list, tuple, set, frozenset)):
        return make_plain(value)
    return getattr(value, "value", None) if _is_enum(value) else describe(value)


def _is_enum(value: Any) -> bool:
    return hasattr(type(value), "__members__")
