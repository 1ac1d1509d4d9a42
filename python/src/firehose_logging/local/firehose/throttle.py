"""Token buckets that hold a stream to its quotas (statement A15)."""

from __future__ import annotations

from collections.abc import Sequence

from firehose_logging.local.firehose.limits import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Quotas


class _Bucket:
    def __init__(self, rate: float, capacity: float, now: float) -> None:
        self._rate = rate
        self._capacity = capacity
        self._level = capacity
        self._filled = now

    def fill(self, now: float) -> float:
        passed = max(0.0, now - self._filled)
        self._level = min(self._capacity, self._level + passed * self._rate)
        self._filled = now
        return self._level

    def take(self, amount: float) -> None:
        self._level -= amount


class Throttle:
    """Say how much of a request a stream takes now.

    A bucket holds one second's quota, and at least one full batch, so that every legal request
    can pass.

    Attributes:
        quotas: what the stream takes per second.
    """

    def __init__(self, quotas: Quotas, now: float) -> None:
        self.quotas = quotas
        self._requests = _Bucket(quotas.requests, quotas.requests, now)
        self._records = _Bucket(quotas.records, max(quotas.records, MAX_BATCH_RECORDS), now)
        self._bytes = _Bucket(quotas.bytes, max(quotas.bytes, MAX_BATCH_BYTES), now)

    def take_request(self, now: float) -> bool:
        """Count one request; return ``False`` when the quota is used up."""
        if self._requests.fill(now) < 1:
            return False
        self._requests.take(1)
        return True

    def take_records(self, sizes: Sequence[int], now: float) -> int:
        """Count records from the first on and return how many of them the quota lets in."""
        total = sum(sizes)
        records, room = self._records.fill(now), self._bytes.fill(now)
        if len(sizes) <= records and total <= room:
            taken, size = len(sizes), total
        else:
            taken, size = _fitting(sizes, int(records), room)
        self._records.take(taken)
        self._bytes.take(size)
        return taken


def _fitting(sizes: Sequence[int], records: int, room: float) -> tuple[int, int]:
    taken = size = 0
    for one in sizes[:records]:
        if size + one > room:
            break
        taken += 1
        size += one
    return taken, size
