"""Accepted records on disk, so that a stack that ends suddenly loses none of them.

One file per batch, made when the batch begins and deleted when it is released. Records are
written before they are acknowledged, without waiting for the disk: they survive the end of the
process, not that of the machine.
"""

from __future__ import annotations

import itertools
import logging
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from firehose_logging.local.firehose.records import Batch, Record, Records, Segment

_LOG = logging.getLogger(__name__)
_FRAME = struct.Struct("<QdI")
_SUFFIX = ".batch"


class Journal(Protocol):
    """Where batches are kept.

    Attributes:
        durable: whether they outlive the process.
    """

    durable: bool

    def begin(self) -> Segment:
        """Return the place for one batch."""

    def kept(self) -> Iterable[Batch]:
        """Return the batches that an earlier process left, oldest first."""


class _Nowhere:
    def append(self, records: Records) -> None: ...

    def seal(self) -> None: ...

    def delete(self) -> None: ...


class MemoryOnly:
    """Keep nothing: what the process holds ends with it."""

    durable = False
    _nowhere = _Nowhere()

    def begin(self) -> Segment:
        """Return a place that keeps nothing."""
        return self._nowhere

    def kept(self) -> Iterable[Batch]:
        """Return nothing."""
        return ()


class FileJournal:
    """Keep each batch in a file of a folder, which is made if need be."""

    durable = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        present = [int(path.stem) for path in folder.glob(f"*{_SUFFIX}")]
        self._numbers = itertools.count(max(present, default=0) + 1)

    def begin(self) -> Segment:
        """Return the place for one batch; its file is made with the first record."""
        return _FileSegment(self._folder / f"{next(self._numbers):012d}{_SUFFIX}")

    def kept(self) -> Iterator[Batch]:
        """Return the batches that an earlier process left, oldest first."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            records = read_records(path.read_bytes())
            segment = _FileSegment(path)
            if not records:
                segment.delete()
                continue
            _LOG.info("%s: %d records are taken up again", path, len(records))
            yield Batch(segment, records, records.size)


class _FileSegment:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def append(self, records: Records) -> None:
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
        content = write_records(records)
        start = self._file.tell()
        try:
            written = self._file.write(content)
        except OSError:
            self._file.truncate(start)
            raise
        if written < len(content):
            self._file.truncate(start)
            raise OSError(f"{self._path} took {written} of {len(content)} bytes: is the disk full?")

    def seal(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def delete(self) -> None:
        self.seal()
        self._path.unlink(missing_ok=True)


def write_records(records: Records) -> bytes:
    """Return records as bytes that ``read_records`` understands."""
    return b"".join(
        part
        for sequence, arrived, data in zip(
            records.sequences, records.arrivals, records.data, strict=True
        )
        for part in (_FRAME.pack(sequence, arrived, len(data)), data)
    )


def read_records(content: bytes) -> Records:
    """Return the complete records; one that was cut off was never acknowledged."""
    records = Records()
    position = 0
    while position + _FRAME.size <= len(content):
        sequence, arrived, size = _FRAME.unpack_from(content, position)
        start = position + _FRAME.size
        position = start + size
        if position > len(content):
            break
        records.append(Record(sequence, arrived, content[start:position]))
    return records
