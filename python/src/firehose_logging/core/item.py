"""What travels from the buffer to the stream."""

from __future__ import annotations

from typing import NamedTuple


class Item(NamedTuple):
    """One encoded record on its way.

    Attributes:
        data: The record as one line of JSON, UTF-8, without a newline.
        born: When it was accepted, in seconds of the monotonic clock.
        attempts: How often Firehose has refused it within an accepted batch.
    """

    data: bytes
    born: float
    attempts: int = 0
