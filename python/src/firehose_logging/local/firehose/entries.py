"""Records as bytes: a journal's entries, each of which tells by itself whether it is whole.

An entry is a head and records. The head holds the file's mark, by which the next entry is found
behind a damaged one, how many records follow, their bytes, the records' checksum and its own.
"""

from __future__ import annotations

import struct
from typing import NamedTuple
from zlib import crc32

from firehose_logging.local.firehose.records import Record, Records

MARK_BYTES = 8
"""Bytes of a mark; random ones, so that nobody's records hold them by chance or on purpose."""

_FRAME = struct.Struct("<QdI")
_HEAD = struct.Struct(f"<{MARK_BYTES}sIII")
_CHECKSUM = struct.Struct("<I")
_WHOLE_HEAD = _HEAD.size + _CHECKSUM.size


class Found(NamedTuple):
    """What a file of entries holds.

    Attributes:
        records: of every whole entry, in order.
        damaged: how many records are not what was written; at least one for a damaged head.
        cut_off: bytes of a last entry that was never completed, hence never acknowledged.
    """

    records: Records
    damaged: int
    cut_off: int


def encode_entry(records: Records, mark: bytes) -> bytes:
    """Return records as one entry of the file with ``mark``, ``MARK_BYTES`` long."""
    content = write_records(records)
    head = _HEAD.pack(mark, len(records), len(content), crc32(content))
    return b"".join((head, _CHECKSUM.pack(crc32(head)), content))


def decode_entries(content: bytes) -> Found:
    """Read a file of entries back, whatever became of it."""
    records, damaged, position = Records(), 0, 0
    mark = content[:MARK_BYTES]
    while position + _WHOLE_HEAD <= len(content):
        head = content[position : position + _HEAD.size]
        start = position + _WHOLE_HEAD
        if _CHECKSUM.unpack_from(content, position + _HEAD.size)[0] != crc32(head):
            damaged += 1
            position = content.find(mark, position + 1)
            if position < 0:
                return Found(records, damaged, 0)
            continue
        mark, count, size, checksum = _HEAD.unpack(head)
        if start + size > len(content):
            break
        position = start + size
        body = content[start:position]
        if crc32(body) == checksum:
            records.extend(read_records(body))
        else:
            damaged += count
    return Found(records, damaged, len(content) - position)


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
