"""What a stream holds of what it has acknowledged."""

from __future__ import annotations

from typing import NamedTuple

from firehose_logging.local.firehose.registry import Entry


class Holding(NamedTuple):
    """Records of one stream that are neither delivered nor backed up.

    Attributes:
        stream: its name.
        region: where it is.
        records: how many there are.
        bytes: the sum of their bytes.
        lost: records that were given up since the stream was made.
    """

    stream: str
    region: str
    records: int
    bytes: int
    lost: int


def holding_of(entry: Entry) -> Holding:
    """Return what the stream of an entry holds."""
    stream = entry.stream
    return Holding(
        stream.name, stream.region, entry.pipeline.held_records, stream.held, stream.lost
    )
