"""Take secrets out of log records and drop those below INFO, between Firehose and its domain."""

import base64
import json
from typing import Any

SECRETS = frozenset({"authorization", "password", "secret", "token"})
DROPPED_LEVELS = frozenset({"DEBUG", "NOTSET"})


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one batch: each record Ok, Dropped or ProcessingFailed, by its recordId."""
    return {"records": [answer(record) for record in event["records"]]}


def answer(record: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one record; one that is no JSON object is handed back as failed."""
    try:
        document = json.loads(base64.b64decode(record["data"]))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return {**of(record), "result": "ProcessingFailed", "data": record["data"]}
    if document.get("levelname") in DROPPED_LEVELS:
        return {**of(record), "result": "Dropped", "data": record["data"]}
    data = json.dumps(redacted(document)).encode() + b"\n"
    return {**of(record), "result": "Ok", "data": base64.b64encode(data).decode()}


def of(record: dict[str, Any]) -> dict[str, Any]:
    """Return what ties an answer to its record."""
    return {"recordId": record["recordId"]}


def redacted(value: Any) -> Any:
    """Return a value with what stands under a secret's name replaced, at any depth."""
    if isinstance(value, dict):
        return {
            key: "[redacted]" if key.lower() in SECRETS else redacted(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value
