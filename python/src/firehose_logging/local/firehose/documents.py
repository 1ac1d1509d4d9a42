"""The JSON line that stands for a failed record in the backup bucket (D6, D7, E6)."""

from __future__ import annotations

from base64 import b64encode

import orjson

from firehose_logging.local.firehose.records import FailedRecord


def _common(failed: FailedRecord) -> dict[str, object]:
    return {
        "attemptsMade": failed.attempts,
        "arrivalTimestamp": round(failed.record.arrived * 1000),
        "errorCode": failed.failure.code,
        "errorMessage": failed.failure.message,
        "attemptEndingTimestamp": round(failed.ended * 1000),
    }


def failed_document(
    failed: FailedRecord, document_id: str | None, index: str, type_name: str
) -> bytes:
    """Return the line for a record that the domain did not take, with its newline."""
    line = _common(failed) | {
        "esDocumentId": document_id,
        "esIndexName": index,
        "esTypeName": type_name,
        "rawData": b64encode(failed.record.data).decode("ascii"),
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def failed_processing(failed: FailedRecord, function_arn: str) -> bytes:
    """Return the line for a record that the function did not process, with its newline.

    ``rawData`` holds the original bytes.
    """
    line = _common(failed) | {
        "rawData": b64encode(failed.record.data).decode("ascii"),
        "lambdaArn": function_arn,
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
