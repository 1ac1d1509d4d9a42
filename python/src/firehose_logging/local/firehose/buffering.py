"""Buffers that close by size; the pipeline closes them by time (statement B1)."""

from __future__ import annotations

from collections.abc import Sequence

from firehose_logging.local.firehose.records import Record

ZERO_INTERVAL = 0.5
"""Seconds that interval 0 stands for: AWS delivers "within a few seconds" then (B3)."""


class Buffer:
    """Records that wait for company."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._records)

    def add(
        self, records: Sequence[Record], size: int, limit: int
    ) -> list[tuple[list[Record], int]]:
        """Add records and return the contents and sizes of what became full on the way.

        Args:
            records: in order of arrival.
            size: the sum of their bytes.
            limit: bytes at which a buffer is full.
        """
        if self._size + size < limit:
            self._records.extend(records)
            self._size += size
            return []
        full = []
        for record in records:
            self._records.append(record)
            self._size += len(record.data)
            if self._size >= limit:
                full.append(self.take())
        return full

    def take(self) -> tuple[list[Record], int]:
        """Return the content and its size in bytes, and be empty."""
        content = self._records, self._size
        self._records, self._size = [], 0
        return content
