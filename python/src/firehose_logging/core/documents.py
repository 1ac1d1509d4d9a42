"""Turn any document into JSON, in an honest form."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from firehose_logging.core.limits import MAX_RECORD_BYTES
from firehose_logging.core.plain import (
    MAX_DEPTH,
    Walk,
    bounded_document,
    describe,
    make_plain,
    unshown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["MAX_DEPTH", "describe", "encode_document", "fast_encoder", "make_plain"]

_CONTAINERS: Final = frozenset({dict, list, tuple})


def encode_document(document: Mapping[str, Any], limit: int = MAX_RECORD_BYTES) -> bytes:
    """Encode ``document`` as one line of JSON in UTF-8; never raises.

    Values that JSON does not know are written as text, NaN and infinity as null, and text that
    is not valid Unicode with replacement characters. orjson does it where it is installed, with
    the same outcome.

    Args:
        document: It is not changed.
        limit: Bytes of the line at most, 1,024 or more; see ``truncation.shorten``.
    """
    try:
        if not exceeds(document, limit):
            data = fast_encoder()(document)
            if len(data) <= limit:
                return data
    except Exception:  # noqa: BLE001, S110 - whatever a value's own code raises
        pass
    return encode_within(document, limit)


def encode_within(document: Mapping[str, Any], limit: int) -> bytes:
    """Do the same to a document that is too large, or not quickly encoded; never raises."""
    from firehose_logging.core.truncation import shorten

    try:
        plain, lacking = bounded_document(document, limit)
        return shorten(plain, limit, lacking)
    except Exception as error:  # noqa: BLE001 - as above, or for want of memory or stack
        return _encoder_with_json()({"message": unshown(document, error)})


def exceeds(document: Mapping[str, Any], limit: int) -> bool:
    """Tell, without encoding it, whether a document takes, or may take, more than ``limit``.

    So does one that is too deep: orjson bounds how deep lists and dictionaries are, but not
    tuples, of which some thousand levels overwrite memory or end the process.
    """
    return _room_left(document, limit, 0) < 0


def holds_containers(document: Mapping[str, Any]) -> bool:
    """Tell whether a value of a document is a list, a tuple or a dictionary."""
    return not _CONTAINERS.isdisjoint(map(type, document.values()))


def _room_left(value: Any, room: int, depth: int) -> int:
    """Return what of ``room`` the JSON of a container leaves at most; negative for too little."""
    room -= 2 * len(value)
    if room < 0 or depth > MAX_DEPTH:
        return min(room, -1)
    for item in value.values() if isinstance(value, dict) else value:
        kind = type(item)
        if kind is str:
            room -= len(item)
        elif kind is dict or kind is list or kind is tuple:
            room = _room_left(item, room, depth + 1)
        elif isinstance(item, (dict, list, tuple)):
            return -1  # its own code says what it holds, and that may have no end
        if room < 0:
            break
    return room


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


def _default(value: Any) -> Any:
    if isinstance(value, (str, bool, int, float, dict, list, tuple, set, frozenset)):
        walk = Walk(MAX_RECORD_BYTES, steps=MAX_RECORD_BYTES)
        plain = walk.plain(value)
        if walk.lacking:
            raise ValueError("it is too large for a record")
        return plain
    if hasattr(type(value), "__members__"):
        return getattr(value, "value", None)
    return describe(value)
