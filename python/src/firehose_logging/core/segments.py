"""Spool segments: their lines, which tell by themselves whether they are whole, and their files."""

from __future__ import annotations

import contextlib
import math
import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from firehose_logging.core.folder import MAX_SEGMENT_BYTES, Folder
from firehose_logging.core.limits import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_AT_ONCE: Final = 1 << 20
_CONTROLS: Final = re.compile(rb"[\x00-\x1f]")


class Lines(NamedTuple):
    """What a segment holds.

    Attributes:
        records: Each record, and when it was accepted, in seconds since the epoch.
        damaged: Whole lines that are not what was written.
    """

    records: list[tuple[bytes, float]]
    damaged: int


def encode_lines(records: Iterable[tuple[bytes, float]]) -> bytes:
    """Return records, free of newlines, each as ``<checksum> <seconds> <record>`` and a newline."""
    return b"".join(map(_encode_line, records))


def decode_lines(content: bytes) -> Lines:
    """Read a segment back; a tail that a crash cut off is left out, damaged lines are counted."""
    lines = content.split(b"\n")
    lines.pop()  # empty, or the tail
    decoded = [_decode_line(line) for line in lines]
    records = [record for record in decoded if record is not None]
    return Lines(records, len(decoded) - len(records))


def _encode_line(record: tuple[bytes, float]) -> bytes:
    data, at = record
    body = b"%.6f %b" % (at, data)
    return b"%08x %b\n" % (crc32(body), body)


def _decode_line(line: bytes) -> tuple[bytes, float] | None:
    checksum, _, body = line.partition(b" ")
    at, _, data = body.partition(b" ")
    try:
        seconds = float(at)
        is_whole = int(checksum, 16) == crc32(body)
    except ValueError:
        return None
    return (data, seconds) if is_whole and math.isfinite(seconds) else None


class Segment:
    """One file of a spool, locked for as long as this process may write or read it.

    Attributes:
        path: Where it is; names sort by time.
        is_ours: Whether this process wrote it.
        size: Bytes written.
        outstanding: Records in it that were neither sent nor given up.
        oldest: When its first record was accepted, in seconds of the monotonic clock.
        is_loaded: Whether its records were read into memory.
        users: How many are in the middle of having it on disk, and need its descriptor.
    """

    def __init__(self, path: Path, descriptor: int, *, is_ours: bool) -> None:
        self.path = path
        self._descriptor = descriptor
        self.is_ours = is_ours
        self.size = 0
        self.outstanding = 0
        self.oldest = float("inf")
        self.is_loaded = False
        self.users = 0
        self._is_released = False

    @classmethod
    def create(cls, path: Path) -> Segment:
        """Begin a segment.

        Raises:
            OSError: The folder can't be written to, or others may write to it as well.
        """
        descriptor = Folder(path.parent).create(path.name)
        _lock(descriptor)
        return cls(path, descriptor, is_ours=True)

    @classmethod
    def claim(cls, path: Path) -> Segment | None:
        """Take over a segment that another process left; None if somebody else has it.

        None as well if it is gone meanwhile, or not to be trusted.
        """
        descriptor = Folder(path.parent).open(path.name)
        if descriptor is None:
            return None
        # The one who had the lock may have deleted the file just before letting go of it.
        if _lock(descriptor) and os.fstat(descriptor).st_nlink:
            return cls(path, descriptor, is_ours=False)
        os.close(descriptor)
        return None

    def append(self, content: bytes) -> None:
        """Write ``content``, the whole of it or nothing; ``sync`` has it on disk.

        What is written survives the end of the process, what is on disk that of the machine.

        Raises:
            OSError: The disk is full or broken.
        """
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            self._take_back()
            raise
        self.size += len(content)

    def _take_back(self) -> None:
        """Cut off what was written in part; ``read`` leaves it out in any case."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, self.size)

    def sync(self) -> None:
        """Have on disk what was written.

        Raises:
            OSError: The disk is full or broken.
        """
        if self._descriptor >= 0:
            os.fsync(self._descriptor)

    def read(self) -> Lines:
        """Return what it holds.

        Raises:
            OSError: The disk is broken.
            ValueError: It has grown beyond what a segment can be.
        """
        content = bytearray()
        while part := os.pread(self._descriptor, _AT_ONCE, len(content)):
            content += part
            if len(content) > MAX_SEGMENT_BYTES:
                raise ValueError(f"more than {MAX_SEGMENT_BYTES} bytes")
        return decode_lines(bytes(content[: self.size] if self.is_ours else content))

    def read_records(self) -> Lines:
        """Return what it holds; lines that can't have been written by us count as damaged.

        Raises:
            Exception: As ``read``.
        """
        read, damaged = self.read()
        records = [record for record in read if _is_record(record[0])]
        return Lines(records, damaged + len(read) - len(records))

    def remove(self) -> None:
        """Delete it, or at least what it holds, so that nobody sends it again.

        Raises:
            OSError: Neither can be done; it stays locked.
        """
        try:
            self.unlink()
        except OSError:
            os.ftruncate(self._descriptor, 0)
        self.release()

    def unlink(self) -> None:
        """Delete its file; its descriptor stays."""
        Folder(self.path.parent).remove(self.path.name)

    def release(self, *, at_once: bool = False) -> None:
        """Leave it to others, when nobody uses it any more or ``at_once``."""
        self._is_released = True
        if self._descriptor >= 0 and (at_once or not self.users):
            descriptor, self._descriptor = self._descriptor, -1
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def end_use(self) -> None:
        """Note that one of its users is done."""
        self.users -= 1
        if self._is_released:
            self.release()


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return False  # without locks nobody takes over what others left
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_record(data: bytes) -> bool:
    """Tell whether ``data`` can be a record of ours: a line of text that Firehose would take."""
    if not 0 < len(data) <= MAX_RECORD_BYTES or _CONTROLS.search(data):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
