"""Take secrets out of log records and drop those below INFO, between Firehose and its domain."""

import base64
import json
from typing import Any

SECRETS = frozenset({"authorization", "password", "secret", "token"})
DROPPED_LEVELS = frozenset({"DEBUG", "NOTSET"})

# Lambda carries 6 MB and drops an answer that is larger (Lambda quotas, "Invocation payload").
ANSWER_BYTES = 6_000_000


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one batch: each record Ok, Dropped or ProcessingFailed, by its recordId."""
    records = event["records"]
    return {"records": within_limit(records, [answer(record) for record in records])}


def within_limit(
    records: list[dict[str, Any]], answers: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the answers, with those that grew most handed back as failed while they are too long.

    JSON may grow when it is written anew: ``1e15`` has four characters, and sixteen digits.
    """
    growth = [
        len(changed["data"]) - len(data_of(record))
        for record, changed in zip(records, answers, strict=True)
    ]
    over = len(json.dumps({"records": answers})) - ANSWER_BYTES
    for place in sorted(range(len(answers)), key=growth.__getitem__, reverse=True):
        if over <= 0 or growth[place] <= 0:
            break
        over -= growth[place]
        why = f"it grew by {growth[place]} bytes, more than one answer can hold"
        answers[place] = failed(records[place], why)
    return answers


def failed(record: dict[str, Any], why: str) -> dict[str, Any]:
    """Return the answer that hands a record back; the function's log says why."""
    print(f"record {record['recordId']} failed: {why}")
    return {
        "recordId": record["recordId"],
        "result": "ProcessingFailed",
        "data": data_of(record),
    }


def data_of(record: dict[str, Any]) -> str:
    """Return a record's data as it came; nothing where it is no text."""
    data = record.get("data")
    return data if isinstance(data, str) else ""


def answer(record: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one record; one that can't be redacted is handed back as failed.

    Firehose repeats a call that raises, and then puts its whole batch into the bucket: whatever a
    record holds, it fails alone. The bucket doesn't tell why, so the function's log does.
    """
    number, data = record["recordId"], data_of(record)
    try:
        changed = transformed(data)
    except Exception as error:  # noqa: BLE001 - no record may decide over the others
        return failed(record, reason(error))
    if changed is None:
        return {"recordId": number, "result": "Dropped", "data": data}
    return {"recordId": number, "result": "Ok", "data": changed}


def transformed(data: str) -> str | None:
    """Return a record's data without its secrets, or ``None`` for one that is to be dropped.

    Raises:
        TypeError: it is JSON, and no object.
        ValueError: it is no JSON that a domain reads.
        RecursionError: it is nested more deeply than Python follows.
    """
    document = json.loads(base64.b64decode(data, validate=True))
    if not isinstance(document, dict):
        raise TypeError(f"a JSON object is needed, not {type(document).__name__}")
    level = document.get("levelname")
    if isinstance(level, str) and level in DROPPED_LEVELS:
        return None
    text = json.dumps(
        redacted(document), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    # A half of a surrogate pair has no UTF-8; its escape is what JSON has for it.
    line = text.encode("utf-8", "backslashreplace") + b"\n"
    return base64.b64encode(line).decode()


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


def reason(error: Exception) -> str:
    """Return what is wrong with a record without quoting it."""
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON: {error.msg} at character {error.pos}"
    if isinstance(error, UnicodeDecodeError):
        return f"no {error.encoding}: {error.reason} at byte {error.start}"
    return f"{type(error).__name__}: {error}"
