"""The data folder: what outlives the process, for one stack at a time."""

from __future__ import annotations

import os
from pathlib import Path

from firehose_logging.local import lock

_LOCK = "data.lock"


class DataFolderError(Exception):
    """Say in one line why the data folder can't be used, and what to do."""


class DataFolderClaim:
    """This process's hold on a data folder."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the folder go, once nothing is written to it any more."""
        os.close(self._descriptor)


def claim(folder: Path, home: Path) -> DataFolderClaim:
    """Take a data folder for this process alone, before anything in it is looked at.

    Args:
        folder: made if need be.
        home: the state folder of the stack that takes it.

    Raises:
        DataFolderError: another stack has it, or it can't be made, written to or locked.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return DataFolderClaim(lock.take(folder / _LOCK, home))
    except lock.LockedError as error:
        raise DataFolderError(
            f"the data folder {folder} is in use by {_named(error.holder)}; end that one, or name "
            "another folder with --data-dir"
        ) from None
    except OSError as error:
        raise DataFolderError(
            f"the data folder {folder} can't be used ({error.strerror}); mend that, or name "
            "another with --data-dir"
        ) from error


def _named(holder: lock.Holder | None) -> str:
    if holder is None:
        return "a local stack that is just starting"
    of = f" of {holder.home}" if holder.home else ""
    since = f", since {holder.since}" if holder.since else ""
    return f"the local stack{of} (pid {holder.pid}{since})"
