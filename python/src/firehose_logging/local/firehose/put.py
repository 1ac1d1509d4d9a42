"""PutRecord and PutRecordBatch: reading requests and writing answers (A11 to A14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from pybase64 import b64decode

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.destination import invalid
from firehose_logging.local.firehose.limits import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    MAX_RECORD_BYTES,
)
from firehose_logging.local.firehose.shapes import check_request, validation_error, violation

THROTTLED = ("ServiceUnavailableException", "Slow down.")
_THROTTLED_ENTRY = f'{{"ErrorCode":"{THROTTLED[0]}","ErrorMessage":"{THROTTLED[1]}"}}'
_SUM = "have length less than or equal to"


def read_record(request: Any) -> list[bytes]:
    """Return the one record of a PutRecord request; raise ``ApiError``."""
    try:
        data = _decode([request["Record"]["Data"]])
    except (KeyError, TypeError, AttributeError):
        check_request("PutRecord", request)
        raise
    if len(data[0]) > MAX_RECORD_BYTES:
        raise validation_error([_too_long("record.data")])
    return data


def read_batch(request: Any) -> list[bytes]:
    """Return the records of a PutRecordBatch request; raise ``ApiError``."""
    entries = request.get("Records")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_BATCH_RECORDS:
        _refuse_length(request, entries)
    try:
        data = _decode([entry["Data"] for entry in entries])
    except (KeyError, TypeError, AttributeError):
        check_request("PutRecordBatch", request)
        raise
    sizes = list(map(len, data))
    if max(sizes) > MAX_RECORD_BYTES:
        raise validation_error(
            [
                _too_long(f"records.{number}.member.data")
                for number, size in enumerate(sizes, 1)
                if size > MAX_RECORD_BYTES
            ]
        )
    if sum(sizes) > MAX_BATCH_BYTES:
        raise invalid("Records size exceeds 4 MB limit")
    return data


def _refuse_length(request: Any, entries: Any) -> None:
    if isinstance(entries, list) and len(entries) > MAX_BATCH_RECORDS:
        constraint = f"{_SUM} {MAX_BATCH_RECORDS}"
        raise validation_error([violation(f"[{len(entries)} records]", "records", constraint)])
    check_request("PutRecordBatch", request)


def _too_long(path: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: Member must {_SUM} {MAX_RECORD_BYTES}"


def _decode(texts: list[str]) -> list[bytes]:
    try:
        # By position: naming the arguments takes as long as decoding half a kilobyte.
        return [b64decode(text, None, True) for text in texts]
    except ValueError as error:
        raise ApiError("SerializationException", "Data is not valid Base64") from error


def record_answer(record_id: str, *, encrypted: bool) -> bytes:
    """Return the body of a PutRecord answer."""
    return orjson.dumps({"RecordId": record_id, "Encrypted": encrypted})


def batch_answer(prefix: str, sequences: Sequence[int | None], *, encrypted: bool) -> bytes:
    """Return the body of a PutRecordBatch answer.

    Args:
        prefix: opens each record id.
        sequences: the number of each record in request order; ``None`` for one that has to come
            again.
        encrypted: whether server-side encryption was on.
    """
    failed = sequences.count(None)
    head = f'{{"RecordId":"{prefix}'
    if failed:
        entries = ",".join(
            _THROTTLED_ENTRY if sequence is None else f'{head}{sequence:019d}"}}'
            for sequence in sequences
        )
    else:
        entries = head + f'"}},{head}'.join(map("%019d".__mod__, sequences)) + '"}'
    return (
        f'{{"FailedPutCount":{failed},'
        f'"Encrypted":{"true" if encrypted else "false"},'
        f'"RequestResponses":[{entries}]}}'
    ).encode()
