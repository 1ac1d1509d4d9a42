"""What a transforming function is asked, and what its answer means (statements E1 to E5)."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pybase64 import b64decode

from firehose_logging.local.firehose.bulk import record_id
from firehose_logging.local.firehose.records import Failure, Record, Records

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""Of an invocation's request and of its answer (E3)."""
_ENVELOPE_BYTES = 512
_ENTRY_BYTES = 160
_RESULTS = frozenset({"Ok", "Dropped", "ProcessingFailed"})


@dataclass
class Transformed:
    """What a function made of one invocation's records.

    Attributes:
        whole: set when the invocation failed for all of them.
        taken: records with their new data, in order of arrival.
        failed: positions and reasons of those that were not processed.
        dropped: how many the function chose not to deliver.
    """

    whole: Failure | None = None
    taken: Records = field(default_factory=Records)
    failed: list[tuple[Record, Failure]] = field(default_factory=list)
    dropped: int = 0


def split_by_payload(records: Records) -> Iterator[Records]:
    """Return runs of records whose requests stay below the payload limit."""
    run = Records()
    size = _ENVELOPE_BYTES
    for record in records:
        entry = _ENTRY_BYTES + (len(record.data) + 2) // 3 * 4
        if run and size + entry > MAX_PAYLOAD_BYTES:
            yield run
            run, size = Records(), _ENVELOPE_BYTES
        run.append(record)
        size += entry
    if run:
        yield run


def build_request(
    records: Records, invocation_id: str, stream_arn: str, region: str, prefix: str
) -> bytes:
    """Return the payload of one invocation; ``prefix`` opens the stable record ids."""
    return orjson.dumps(
        {
            "invocationId": invocation_id,
            "deliveryStreamArn": stream_arn,
            "region": region,
            "records": [
                {
                    "recordId": record_id(prefix, record.sequence),
                    "approximateArrivalTimestamp": round(record.arrived * 1000),
                    "data": b64encode(record.data).decode(),
                }
                for record in records
            ],
        }
    )


def read_answer(payload: bytes, records: Records, prefix: str) -> Transformed:
    """Say what became of each record."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        return _function_error(f"The answer has {len(payload)} bytes, over the limit of 6 MB.")
    try:
        answer = orjson.loads(payload)
    except ValueError as error:
        return Transformed(
            whole=Failure(
                "Lambda.JsonProcessingException", f"The answer is not JSON: {error}", True
            )
        )
    entries = answer.get("records") if isinstance(answer, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return _function_error("The answer holds no list of records.")
    try:
        return _sort(entries, records, prefix)
    except ValueError as error:
        return _function_error(str(error))


def _function_error(message: str) -> Transformed:
    return Transformed(whole=Failure("Lambda.FunctionError", message, retryable=True))


def _sort(entries: Sequence[Mapping[str, Any]], records: Records, prefix: str) -> Transformed:
    times = Counter(str(entry.get("recordId")) for entry in entries)
    by_id = {str(entry.get("recordId")): entry for entry in entries}
    sorted_out = Transformed()
    for record in records:
        wanted = record_id(prefix, record.sequence)
        entry = by_id.get(wanted)
        if entry is None:
            sorted_out.failed.append((record, _MISSING))
        elif times[wanted] > 1:
            sorted_out.failed.append((record, _DUPLICATED))
        else:
            _take(sorted_out, record, entry)
    return sorted_out


def _take(sorted_out: Transformed, record: Record, entry: Mapping[str, Any]) -> None:
    result = entry.get("result")
    if result not in _RESULTS:
        raise ValueError(f"The result {result!r} is none of Ok, Dropped and ProcessingFailed.")
    if result == "ProcessingFailed":
        sorted_out.failed.append((record, _FAILED_STATUS))
    elif result == "Dropped":
        sorted_out.dropped += 1
    else:
        sorted_out.taken.append(record._replace(data=_data(entry)))


def _data(entry: Mapping[str, Any]) -> bytes:
    try:
        return b64decode(entry["data"], validate=True)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("The data of a record is not valid Base64.") from error


_MISSING = Failure("Lambda.MissingRecordId", "The answer lacks the record's id.", False)
_DUPLICATED = Failure("Lambda.DuplicatedRecordId", "The answer has the record's id twice.", False)
_FAILED_STATUS = Failure(
    "Lambda.ProcessingFailedStatus", "The function answered ProcessingFailed.", False
)
