"""A record on its way, and what says why it failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, overload


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


class Records(Sequence[Record]):
    """Records by column.

    Tens of thousands a second go through, and an object for each would keep the garbage
    collector busy; so a ``Record`` is made only where somebody asks for one.

    Attributes:
        sequences: the records' numbers.
        arrivals: when they arrived.
        data: their bytes.
    """

    __slots__ = ("arrivals", "data", "sequences")

    def __init__(
        self,
        sequences: list[int] | None = None,
        arrivals: list[float] | None = None,
        data: list[bytes] | None = None,
    ) -> None:
        self.sequences = sequences if sequences is not None else []
        self.arrivals = arrivals if arrivals is not None else []
        self.data = data if data is not None else []

    @property
    def size(self) -> int:
        """The sum of their bytes."""
        return sum(map(len, self.data))

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Record]:
        return map(Record, self.sequences, self.arrivals, self.data)

    @overload
    def __getitem__(self, place: int) -> Record: ...

    @overload
    def __getitem__(self, place: slice) -> Records: ...

    def __getitem__(self, place: int | slice) -> Record | Records:
        if isinstance(place, slice):
            return Records(self.sequences[place], self.arrivals[place], self.data[place])
        return Record(self.sequences[place], self.arrivals[place], self.data[place])

    def append(self, record: Record) -> None:
        """Add a record at the end."""
        self.sequences.append(record.sequence)
        self.arrivals.append(record.arrived)
        self.data.append(record.data)

    def extend(self, others: Records) -> None:
        """Add records at the end."""
        self.sequences += others.sequences
        self.arrivals += others.arrivals
        self.data += others.data

    def select(self, places: Iterable[int]) -> Records:
        """Return the records at ``places``, in that order."""
        chosen = Records()
        for place in places:
            chosen.append(self[place])
        return chosen


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


class Segment(Protocol):
    """Where the records of one batch are kept until it is released.

    Attributes:
        takes_more: whether further records can be kept; not after a failure that left traces.
    """

    takes_more: bool

    def append(self, records: Records) -> None:
        """Keep all of the records; raise ``OSError`` if that fails, and keep none then."""

    def seal(self) -> None:
        """Expect no further records."""

    def delete(self) -> None:
        """Keep them no longer."""


class _Away(NamedTuple):
    """What is known of records that are kept elsewhere."""

    records: int
    oldest: float


@dataclass(eq=False)
class Batch:
    """Records that travel together, held until each is delivered or backed up.

    Attributes:
        segment: where they are kept meanwhile.
        records: in order of arrival.
        size: sum of their bytes.
    """

    segment: Segment
    records: Records = field(default_factory=Records)
    size: int = 0
    on_release: Callable[[Batch], None] | None = None
    _parents: dict[Batch, None] = field(default_factory=dict, init=False)
    _holders: int = field(default=1, init=False)
    _away: _Away | None = field(default=None, init=False)

    @property
    def oldest(self) -> float:
        """Arrival time of the first record."""
        return self.records.arrivals[0] if self._away is None else self._away.oldest

    @property
    def count(self) -> int:
        """How many records belong to it, wherever they are."""
        return len(self.records) if self._away is None else self._away.records

    def put_away(self) -> None:
        """Let go of the records, which somebody keeps elsewhere meanwhile."""
        self._away = _Away(len(self.records), self.oldest)
        self.records = Records()

    def bring_back(self, records: Records) -> None:
        """Take back the records that were put away."""
        self.records = records
        self._away = None

    def hold_parent(self, parent: Batch) -> None:
        """Keep ``parent`` as long as this batch."""
        if parent not in self._parents:
            self._parents[parent] = None
            parent.hold()

    def hold(self) -> None:
        """Keep the batch until one more ``release``."""
        self._holders += 1

    def release(self) -> None:
        """Give up one hold; the last one lets the records go."""
        self._holders -= 1
        if self._holders:
            return
        self.segment.delete()
        for parent in self._parents:
            parent.release()
        if self.on_release is not None:
            self.on_release(self)
