"""Streams on disk, so that a restart of the stack finds them and their records again."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import orjson

from firehose_logging.local.disk import replace_file
from firehose_logging.local.firehose.journal import (
    FileJournal,
    Journal,
    MemoryOnly,
    StoreError,
)
from firehose_logging.local.firehose.streams import NotKeptError, Services, Stream

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


class Store(Protocol):
    """Where streams are kept."""

    def begin(self, stream: Stream) -> Journal:
        """Keep a new stream; return where its batches are kept; raise ``NotKeptError``."""

    def journal(self, stream: Stream) -> Journal:
        """Return where the batches of a stream that was kept are; raise ``StoreError``."""

    def save(self, stream: Stream) -> None:
        """Keep the stream as it is now; raise ``NotKeptError``, and keep it as it was then."""

    def remove(self, stream: Stream) -> None:
        """Keep the stream and its batches no longer."""

    def load(self, services: Services) -> Iterable[Stream]:
        """Return the streams that an earlier process kept; raise ``StoreError``."""


class NoStore:
    """Keep nothing: streams end with the process."""

    def begin(self, stream: Stream) -> Journal:  # noqa: ARG002 - the protocol's signature
        """Return a journal that keeps nothing."""
        return MemoryOnly()

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

    def begin(self, stream: Stream) -> FileJournal:
        """Make the stream's folder anew, with its record and an empty journal.

        Whatever a stream of the same name has left there goes, lest it is delivered as this one's.

        Raises:
            NotKeptError: it can't be made; there is no such stream then.
        """
        place = self._place(stream)
        try:
            if place.exists():
                shutil.rmtree(place)
            journal = FileJournal(place, stream.lose)
            self.save(stream)
        except OSError as error:
            raise NotKeptError(stream.name, error) from error
        except NotKeptError:
            self.remove(stream)
            raise
        return journal

    def journal(self, stream: Stream) -> FileJournal:
        """Return the journal in the stream's folder.

        Raises:
            StoreError: the folder can't be used.
        """
        place = self._place(stream)
        try:
            return FileJournal(place, stream.lose)
        except OSError as error:
            raise StoreError(f"{place} can't be used ({error.strerror}); mend that") from error

    def save(self, stream: Stream) -> None:
        """Replace the stream's record on disk by its present one.

        Raises:
            NotKeptError: it can't be written; the earlier one is still there.
        """
        record = {name: getattr(stream, name) for name in _KEPT}
        content = orjson.dumps(record, option=orjson.OPT_INDENT_2)
        try:
            replace_file(self._place(stream) / _RECORD, content)
        except OSError as error:
            raise NotKeptError(stream.name, error) from error

    def remove(self, stream: Stream) -> None:
        """Delete the stream's folder; what can't be deleted now goes with the next start."""
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
