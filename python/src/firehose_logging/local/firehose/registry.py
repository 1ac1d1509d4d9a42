"""The streams of an account, by Region and name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.pipeline import Pipeline
from firehose_logging.local.firehose.streams import Stream
from firehose_logging.local.firehose.throttle import Throttle

MAX_STREAMS = 5000
"""Streams per Region by default: the quota page of the developer guide."""


@dataclass(eq=False)
class Entry:
    """A stream with what moves its records."""

    stream: Stream
    pipeline: Pipeline
    throttle: Throttle


class Registry:
    """Find streams, keep names unique."""

    def __init__(self, account: str) -> None:
        self.account = account
        self._entries: dict[tuple[str, str], Entry] = {}
        self._reserved: set[tuple[str, str]] = set()

    def find(self, region: str, name: str) -> Entry | None:
        """Return a stream's entry, ``None`` where there is no such stream."""
        return self._entries.get((region, name))

    def get(self, region: str, name: str) -> Entry:
        """Return a stream's entry; raise ``ResourceNotFoundException``."""
        entry = self.find(region, name)
        if entry is None:
            raise ApiError(
                "ResourceNotFoundException",
                f"Firehose {name} under account {self.account} not found.",
            )
        return entry

    def reserve(self, region: str, name: str) -> None:
        """Keep a name while its stream is made; raise if it is taken (A7) or there are too many."""
        key = (region, name)
        if key in self._entries or key in self._reserved:
            raise ApiError(
                "ResourceInUseException",
                f"Firehose {name} under accountId {self.account} already exists",
            )
        if (
            sum(1 for taken, _ in (*self._entries, *self._reserved) if taken == region)
            >= MAX_STREAMS
        ):
            raise ApiError(
                "LimitExceededException",
                f"You have already consumed your firehose quota of {MAX_STREAMS} hoses. Firehose "
                f"names: {self.names(region)[:20]}",
            )
        self._reserved.add(key)

    def release(self, region: str, name: str) -> None:
        """Give a reserved name back."""
        self._reserved.discard((region, name))

    def add(self, entry: Entry) -> None:
        """Put a stream in the place of its reserved name."""
        key = (entry.stream.region, entry.stream.name)
        self._reserved.discard(key)
        self._entries[key] = entry

    def remove(self, entry: Entry) -> None:
        """Forget a stream."""
        self._entries.pop((entry.stream.region, entry.stream.name), None)

    def names(self, region: str) -> list[str]:
        """Return the names of a Region's streams in lexical order."""
        return sorted(name for where, name in self._entries if where == region)

    def all(self) -> Iterable[Entry]:
        """Return every stream."""
        return tuple(self._entries.values())
