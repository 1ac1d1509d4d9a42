"""A record on its way, and what says why it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


class Record(NamedTuple):
    """One accepted record.

    Attributes:
        sequence: its number; unique and stable for the life of the record.
        arrived: UTC seconds since the epoch.
        data: the bytes as put, or as transformed.
    """

    sequence: int
    arrived: float
    data: bytes


class Failure(NamedTuple):
    """Why a record, or a whole request, was not taken.

    Attributes:
        code: Firehose's error code or the item's status, for example ``OS.ServiceException``.
        message: what the domain answered.
        retryable: whether another attempt can help.
        unauthorized: whether the domain refused the caller (counts as ``AuthFailure``).
    """

    code: str
    message: str
    retryable: bool
    unauthorized: bool = False


class FailedRecord(NamedTuple):
    """A record that goes to the backup bucket, with its last failure."""

    record: Record
    failure: Failure
    attempts: int
    ended: float


@dataclass(eq=False)
class Batch:
    """A closed buffer, held until everything in it is delivered or backed up.

    Attributes:
        records: in order of arrival.
        size: sum of their bytes.
        on_release: called once when nothing holds the batch any more.
    """

    records: list[Record]
    size: int
    on_release: Callable[[Batch], None]
    _holders: int = field(default=1, init=False)

    @property
    def oldest(self) -> float:
        """Arrival time of the first record."""
        return self.records[0].arrived

    def hold(self) -> None:
        """Keep the batch until one more ``release``."""
        self._holders += 1

    def release(self) -> None:
        """Give up one hold."""
        self._holders -= 1
        if self._holders == 0:
            self.on_release(self)
