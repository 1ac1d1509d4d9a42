"""Limits of PutRecord and PutRecordBatch, and the quotas of a stream (A11, A12, A15)."""

from __future__ import annotations

from dataclasses import dataclass

MAX_RECORD_BYTES = 1_024_000
"""Raw bytes of one record (A11)."""
MAX_BATCH_RECORDS = 500
MAX_BATCH_BYTES = 4_194_304
"""Raw bytes of one batch (A12)."""
RETENTION_SECONDS = 24 * 3600
"""How long Direct PUT data is kept while it can't be delivered (B4)."""
MIN_BACKUP_INTERVAL = 60
"""Seconds; the S3 backup knows no shorter buffering (B3)."""
MEBIBYTE = 1024 * 1024

_LARGE_REGIONS = frozenset({"us-east-1", "us-west-2", "eu-west-1"})


@dataclass(frozen=True)
class Quotas:
    """What one stream takes per second."""

    records: float
    requests: float
    bytes: float


UNLIMITED = Quotas(records=1e18, requests=1e18, bytes=1e18)
"""More than any machine takes."""


def default_quotas(region: str) -> Quotas:
    """Return the Region's default quotas for a stream (A15)."""
    if region in _LARGE_REGIONS:
        return Quotas(records=500_000, requests=2_000, bytes=5 * MEBIBYTE)
    return Quotas(records=100_000, requests=1_000, bytes=MEBIBYTE)
