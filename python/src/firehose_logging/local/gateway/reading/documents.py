"""JSON documents: each name once, and nothing in them that reads as a form."""

from __future__ import annotations

import json
import re
from typing import Any

from firehose_logging.local.api import ApiError

_CODE = "SerializationException"
_STREAM_NAME = re.compile(rb'"DeliveryStreamName"\s*:\s*"([A-Za-z0-9_.-]+)"')
PUTS = frozenset({"PutRecord", "PutRecordBatch"})
"""Operations whose bodies are large, and read for a stream's name alone."""


def parsed(body: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        ApiError: the body is none; a name stands twice in one object.
    """
    try:
        document = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise ApiError(_CODE, f"The request body is not valid JSON: {error}") from None
    if not isinstance(document, dict):
        raise ApiError(_CODE, "The request body is not a JSON object")
    return document


def written(document: dict[str, Any]) -> bytes:
    """Return a document as JSON in ASCII without ``&`` and ``=``.

    moto looks for the parameters of a form in every body first: between these it finds none.
    """
    text = json.dumps(document, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("=", "\\u003d").encode()


def checked(operation: str, body: bytes) -> bytes:
    """Return a body as it is, for a service that reads it by itself.

    Raises:
        ApiError: as ``parsed`` says; of what is put the stream's name is looked at alone.
    """
    if operation not in PUTS or stream_name_in(body) is None:
        parsed(body)
    return body


def stream_name_in(body: bytes) -> str | None:
    """Return the name of the stream that records are put to, if it can be told without parsing.

    Up to 5 MiB of Base64 are behind it, which Firehose parses anyway: once is enough.
    """
    if body.count(b'"DeliveryStreamName"') != 1 or b"\\" in body:
        return None
    name = _STREAM_NAME.search(body)
    return None if name is None else name.group(1).decode()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return document


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")
