"""Streams on disk, so that a restart of the stack finds them and their records again."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import orjson

from firehose_logging.local.firehose.journal import FileJournal, Journal, MemoryOnly
from firehose_logging.local.firehose.streams import Services, Stream

_RECORD = "stream.json"
_KEPT = (
    "name",
    "region",
    "account",
    "created",
    "description",
    "source",
    "status",
    "version",
    "updated",
    "tags",
    "encryption",
    "failure",
    "lost",
)


class StoreError(Exception):
    """Say in one line why kept streams can't be used, and what to do."""


class Store(Protocol):
    """Where streams are kept."""

    def journal(self, stream: Stream) -> Journal:
        """Return where the stream's batches are kept."""

    def save(self, stream: Stream) -> None:
        """Keep the stream as it is now."""

    def remove(self, stream: Stream) -> None:
        """Keep the stream and its batches no longer."""

    def load(self, services: Services) -> Iterable[Stream]:
        """Return the streams that an earlier process kept; raise ``StoreError``."""


class NoStore:
    """Keep nothing: streams end with the process."""

    def journal(self, stream: Stream) -> Journal:  # noqa: ARG002 - the protocol's signature
        """Return a journal that keeps nothing."""
        return MemoryOnly()

    def save(self, stream: Stream) -> None:
        """Do nothing."""

    def remove(self, stream: Stream) -> None:
        """Do nothing."""

    def load(self, services: Services) -> Iterable[Stream]:  # noqa: ARG002 - as above
        """Return nothing."""
        return ()


class FileStore:
    """Keep each stream in a folder of its own: ``<folder>/<Region>/<name>/``.

    Args:
        folder: made if need be.

    Raises:
        StoreError: it can't be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{folder} can't hold the delivery streams ({error.strerror}); "
                "choose another data folder, or mend its permissions"
            ) from error

    def journal(self, stream: Stream) -> FileJournal:
        """Return the journal in the stream's folder."""
        return FileJournal(self._place(stream))

    def save(self, stream: Stream) -> None:
        """Replace the stream's record on disk by its present one."""
        place = self._place(stream)
        place.mkdir(parents=True, exist_ok=True)
        record = {name: getattr(stream, name) for name in _KEPT}
        fresh = place / f"{_RECORD}.new"
        fresh.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))
        fresh.replace(place / _RECORD)

    def remove(self, stream: Stream) -> None:
        """Delete the stream's folder."""
        shutil.rmtree(self._place(stream), ignore_errors=True)

    def load(self, services: Services) -> Iterator[Stream]:
        """Return the streams that an earlier process kept.

        Raises:
            StoreError: a record can't be read.
        """
        for path in sorted(self._folder.glob(f"*/*/{_RECORD}")):
            yield _read(path, services)

    def _place(self, stream: Stream) -> Path:
        # A stream may be called ".." (A2), a folder may not.
        return self._folder / stream.region / f"stream-{stream.name}"


def _read(path: Path, services: Services) -> Stream:
    try:
        record: Mapping[str, Any] = orjson.loads(path.read_bytes())
        return Stream(services=services, **{name: record[name] for name in _KEPT})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} can't be read as a delivery stream ({error!r}); "
            "mend it, or delete its folder to start without the stream"
        ) from error
