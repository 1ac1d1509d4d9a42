"""Bodies of ``_bulk`` requests and what their answers mean (statements C4 to C9)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from firehose_logging.local.firehose.index_names import IndexNamer
from firehose_logging.local.firehose.records import Failure, Records

_PREFIX_DIGITS = 37
_SEQUENCE_DIGITS = 19
_TAIL = b'.0"}}\n'
_GATEWAY_CODES = {408: "OS.RequestTimeout", 502: "OS.BadGateway", 504: "OS.GatewayTimeout"}
_FINAL_REQUEST_STATUSES = frozenset({400, 413})
_ALIAS_OVER_MANY = re.compile(
    r"alias \[[^\]]*\] has more than one ind|no write index is defined for alias", re.IGNORECASE
)
_LONGEST_MESSAGE = 2000
_ALL_TAKEN, _TAKEN, _END = b'{"errors":false,"items":[', b'{"index":{"status":201}}', b"]}"


def id_prefix(stream_arn: str) -> str:
    """Return the digits that open the ids of a stream's documents; they begin with 49."""
    number = int.from_bytes(hashlib.sha256(stream_arn.encode()).digest(), "big")
    return f"49{number % 10 ** (_PREFIX_DIGITS - 2):0{_PREFIX_DIGITS - 2}d}"


def record_id(prefix: str, sequence: int) -> str:
    """Return the 56 digits that stand for a record."""
    return f"{prefix}{sequence:0{_SEQUENCE_DIGITS}d}"


def document_id(prefix: str, sequence: int) -> str:
    """Return the id of a record's document: 56 digits and ``.0``, the same at each attempt."""
    return record_id(prefix, sequence) + ".0"


def malformed(data: bytes) -> Failure | None:
    """Return why a record can't stand on one line of a bulk body, or ``None`` (C6).

    Anything on one line is sent: the domain judges it (C7).
    """
    text = data.strip()
    if not text:
        return Failure("OS.MalformedData", "The record is empty, not a JSON object.", False)
    if b"\n" in text:
        return Failure(
            "OS.MalformedData",
            "The record holds a newline: one UTF-8, single-line JSON object is allowed per record.",
            False,
        )
    return None


def suspects(records: Records) -> list[int]:
    """Return the positions of the few records that ``malformed`` has to look at."""
    return [
        position
        for position, data in enumerate(records.data)
        if b"\n" in data or not data or data.isspace()
    ]


def not_json(data: bytes) -> Failure | None:
    """Return why a record is not a JSON document, or ``None``."""
    try:
        orjson.loads(data)
    except ValueError as error:
        return Failure("OS.MalformedData", f"The record is not JSON: {error}", False)
    return None


def build(records: Records, indexes: IndexNamer, prefix: str | None) -> bytes:
    """Return the body that indexes ``records``, each under its explicit index.

    Args:
        records: each fit to stand on one line.
        indexes: names the index by arrival time.
        prefix: opens the documents' ids; ``None`` leaves the ids to the domain.
    """
    parts: list[bytes] = []
    at, head = None, b""
    for sequence, arrived, data in zip(
        records.sequences, records.arrivals, records.data, strict=True
    ):
        if arrived != at:
            at, head = arrived, _head(indexes.name(arrived), prefix)
        if prefix is None:
            parts += (head, data.strip(), b"\n")
        else:
            digits = str(sequence).rjust(_SEQUENCE_DIGITS, "0").encode()
            parts += (head, digits, _TAIL, data.strip(), b"\n")
    return b"".join(parts)


def _head(index: str, prefix: str | None) -> bytes:
    head = b'{"index":{"_index":' + orjson.dumps(index)
    return head + b"}}\n" if prefix is None else head + b',"_id":"' + prefix.encode()


@dataclass(frozen=True)
class BulkOutcome:
    """What became of a bulk request.

    Attributes:
        whole: set when the request failed as a whole.
        too_large: whether it failed for its size alone.
        items: failures by position, when it did not fail as a whole.
    """

    whole: Failure | None = None
    too_large: bool = False
    items: Mapping[int, Failure] = field(default_factory=dict)


def read_answer(status: int, body: bytes, count: int) -> BulkOutcome:
    """Say which of ``count`` documents the domain took.

    An answer that can't be read, or that ends early, counts as not given: with stable ids a
    repetition does no harm.
    """
    if status != 200:
        return BulkOutcome(whole=_request_failure(status, body), too_large=status == 413)
    if _says_that_all_were_taken(body, count):
        return BulkOutcome()
    try:
        answer = orjson.loads(body)
        items = answer["items"]
        if len(items) == count and answer["errors"] is False:
            return BulkOutcome()
        failures = {
            position: failure
            for position, item in enumerate(items[:count])
            if (failure := _item_failure(next(iter(item.values())))) is not None
        }
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return BulkOutcome(whole=_unreadable(body))
    if len(items) > count:
        message = f"The domain answered {len(items)} entries for {count} records."
        return BulkOutcome(whole=Failure("OS.ResponseEntryCountMismatch", message, False))
    missing = Failure("OS.ServiceException", "The domain's answer ended before this record.", True)
    failures.update((position, missing) for position in range(len(items), count))
    return BulkOutcome(items=failures)


def _says_that_all_were_taken(body: bytes, count: int) -> bool:
    """Recognise the usual answer without reading its thousands of entries one by one.

    Each entry is its status and nothing else, because no more was asked for.
    """
    return (
        len(body) == len(_ALL_TAKEN) + count * len(_TAKEN) + count - 1 + len(_END)
        and body.startswith(_ALL_TAKEN)
        and body.endswith(_END)
        and body.count(_TAKEN[:-3]) == body.count(b"}}") == count
    )


def _unreadable(body: bytes) -> Failure:
    return Failure("OS.ServiceException", _from_cluster(body), True)


def _from_cluster(body: bytes) -> str:
    text = body.decode("utf-8", "replace")[:_LONGEST_MESSAGE]
    return f"Error received from Elasticsearch cluster. {text}"


def _request_failure(status: int, body: bytes) -> Failure:
    code = _GATEWAY_CODES.get(status, "OS.ServiceException")
    if b"cluster_block_exception" in body:
        code = "OS.ClusterBlockException"
    return Failure(
        code,
        _from_cluster(body),
        retryable=status not in _FINAL_REQUEST_STATUSES,
        unauthorized=status in {401, 403} and code != "OS.ClusterBlockException",
    )


def _item_failure(item: Mapping[str, Any]) -> Failure | None:
    status = int(item["status"])
    if status < 300:
        return None
    error = item.get("error")
    message = orjson.dumps(error).decode()
    kind = error.get("type", "") if isinstance(error, dict) else ""
    if kind == "cluster_block_exception":
        return Failure("OS.ClusterBlockException", message, retryable=True)
    if _ALIAS_OVER_MANY.search(message):
        return Failure("OS.AliasWithMultipleIndicesNotAllowed", message, retryable=False)
    return Failure(
        str(status),
        message,
        retryable=status == 429 or status >= 500,
        unauthorized=status in {401, 403},
    )
