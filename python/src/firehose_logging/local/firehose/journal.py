"""Accepted records on disk, so that a stack that ends suddenly loses none of them.

One file per batch, made when the batch begins and deleted when it is released, with one entry per
request. Records are written before they are acknowledged, without waiting for the disk: they
survive the end of the process, not that of the machine. A request that could not be written as a
whole leaves nothing that would be read back.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from firehose_logging.local.disk import write_all
from firehose_logging.local.firehose.entries import (
    MARK_BYTES,
    Found,
    decode_entries,
    encode_entry,
    read_records,
)
from firehose_logging.local.firehose.records import Batch, Records, Segment

SUFFIX = ".records"
"""Of a file of entries."""

SUFFIX_WITHOUT_CHECKSUMS = ".batch"
"""Of a file of bare records, as earlier versions wrote; it is read, never written."""

_LOG = logging.getLogger(__name__)


class StoreError(Exception):
    """Say in one line why what was kept can't be used, and what to do."""


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
    takes_more = True

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
    """Keep each batch in a file of a folder, which is made if need be.

    Args:
        folder: of nothing but the batches of one stream.
        lose: told of records that were acknowledged and are damaged: how many, and why.

    Raises:
        OSError: the folder can't be made.
    """

    durable = True

    def __init__(self, folder: Path, lose: Callable[[int, str], None]) -> None:
        self._folder = folder
        self._lose = lose
        folder.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count(max(map(_number, self._files()), default=0) + 1)

    def begin(self) -> Segment:
        """Return the place for one batch; its file is made with the first record."""
        return _FileSegment(self._folder / f"{next(self._numbers):012d}{SUFFIX}")

    def kept(self) -> Iterator[Batch]:
        """Return the batches that an earlier process left, oldest first.

        Raises:
            StoreError: a file can't be read.
        """
        for path in sorted(self._files(), key=_number):
            records = self._read(path)
            segment = _FileSegment(path)
            if not records:
                segment.delete()
                continue
            _LOG.info("%s: %d records are taken up again", path, len(records))
            yield Batch(segment, records, records.size)

    def _files(self) -> list[Path]:
        suffixes = (SUFFIX, SUFFIX_WITHOUT_CHECKSUMS)
        return [
            path
            for path in self._folder.iterdir()
            if path.suffix in suffixes and path.stem.isdecimal()
        ]

    def _read(self, path: Path) -> Records:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StoreError(
                f"{path} can't be read ({error.strerror}); mend that, or move it away to start "
                "without its records"
            ) from error
        if path.suffix == SUFFIX_WITHOUT_CHECKSUMS:
            return read_records(content)
        found: Found = decode_entries(content)
        if found.cut_off:
            _LOG.info("%s: %d bytes of a put that was never answered", path, found.cut_off)
        if found.damaged:
            self._lose(found.damaged, f"damaged in {path}")
        return found.records


class _FileSegment:
    def __init__(self, path: Path) -> None:
        self.takes_more = True
        self._path = path
        self._descriptor: int | None = None
        self._size = 0
        self._mark = os.urandom(MARK_BYTES)

    def append(self, records: Records) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        entry = encode_entry(records, self._mark)
        try:
            write_all(self._descriptor, entry)
        except OSError:
            self._take_back(self._descriptor)
            raise
        self._size += len(entry)

    def _take_back(self, descriptor: int) -> None:
        """Cut off what was written in part; behind it nothing could be read."""
        try:
            os.ftruncate(descriptor, self._size)
        except OSError:
            self.takes_more = False

    def seal(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            _close(descriptor, self._path)

    def delete(self) -> None:
        self.seal()
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            self._empty(error)

    def _empty(self, why: OSError) -> None:
        """Leave nothing that the next process would deliver once more."""
        try:
            os.truncate(self._path, 0)
        except OSError:
            _LOG.warning("%s stays, and is delivered again at the next start: %s", self._path, why)


def _close(descriptor: int, path: Path) -> None:
    try:
        os.close(descriptor)
    except OSError as error:
        _LOG.warning("%s may not be on the disk: %s", path, error)


def _number(path: Path) -> int:
    return int(path.stem)
