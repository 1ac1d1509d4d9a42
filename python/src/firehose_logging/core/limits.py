"""What Amazon Data Firehose accepts in one request."""

from __future__ import annotations

from typing import Final

# https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html (A12)
MAX_BATCH_RECORDS: Final = 500
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
"""Bytes of all records of a batch before base64 (A12)."""

# https://docs.aws.amazon.com/firehose/latest/APIReference/API_Record.html (A11)
MAX_RECORD_BYTES: Final = 1_024_000
"""Bytes of one record before base64 (A11)."""

# https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html (A2)
STREAM_NAME_PATTERN: Final = r"[a-zA-Z0-9_.-]{1,64}"
