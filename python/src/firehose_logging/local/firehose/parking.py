"""Batches that wait for their turn: on disk, once those in memory are many."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from firehose_logging.local.disk import write_all
from firehose_logging.local.firehose.entries import MARK_BYTES, decode_entries, encode_entry
from firehose_logging.local.firehose.limits import MEBIBYTE
from firehose_logging.local.firehose.records import Batch

_LOG = logging.getLogger(__name__)

ROOM = 32 * MEBIBYTE
"""Bytes of one stream's records that wait in memory; a domain may be slower than its producers."""

MOST_FILES = 200
"""Files of one stream that are open at a time; a process may often have no more than 1,024."""


_MARK = bytes(MARK_BYTES)
_PIECE = 16 * MEBIBYTE


class Parking:
    """Keep memory flat while a domain takes less than is put.

    What waits on disk has no name there and ends with the process, as what waits in memory does;
    what is to outlive it is in the journal.

    Args:
        room: bytes that may wait in memory.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._in_memory = 0
        self._files = 0
        self._has_failed = False

    @contextmanager
    def waiting(self, batch: Batch) -> Iterator[None]:
        """Take the records out of ``batch`` for as long as it waits, if there is no room.

        Raises:
            OSError: they can't be read back; the batch counts them still, and whatever keeps it
                beyond the process does so.
        """
        has_room = self._in_memory + batch.size <= self._room
        file = None if has_room or self._files >= MOST_FILES else self._put_away(batch)
        if file is None:
            self._in_memory += batch.size
            try:
                yield
            finally:
                self._in_memory -= batch.size
            return
        self._files += 1
        try:
            with file:
                try:
                    yield
                finally:
                    _bring_back(batch, file.fileno())
        finally:
            self._files -= 1

    def _put_away(self, batch: Batch) -> IO[bytes] | None:
        """Write a batch to a file; return ``None`` where that fails, so that it stays."""
        try:
            file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever waits
            try:
                write_all(file.fileno(), encode_entry(batch.records, _MARK))
            except OSError:
                file.close()
                raise
        except OSError as error:
            if not self._has_failed:
                self._has_failed = True
                _LOG.warning("records that wait for a slow domain stay in memory: %s", error)
            return None
        batch.put_away()
        return file


def _bring_back(batch: Batch, descriptor: int) -> None:
    found = decode_entries(_read(descriptor)).records
    if len(found) != batch.count:
        raise OSError(f"{batch.count - len(found)} records that waited on disk can't be read back")
    batch.bring_back(found)


def _read(descriptor: int) -> bytes:
    content = bytearray()
    while piece := os.pread(descriptor, _PIECE, len(content)):
        content += piece
    return bytes(content)
