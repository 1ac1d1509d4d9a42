"""Moto's state in a file, so that a later process takes it up."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import orjson

from firehose_logging.local.disk import replace_file, seal, unseal
from firehose_logging.local.gateway.kept_objects import (
    UnkeepableError,
    document_of,
    restored,
)
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID, PARTITION

_NAME = "control-planes.json"
_FORMER_NAME = "control-planes.pickle"
_PACKAGE = "moto"
_MODELS = re.compile(r"moto\.\w+\.models")


class KeptStateError(Exception):
    """Say in one line why kept state can't be used, and what to do."""


class MotoStore:
    """The state of all of moto's services, and what the cures around it remember.

    Args:
        folder: made if need be.

    Attributes:
        memory: what the cures remember; kept along with moto's state.

    Raises:
        KeptStateError: the folder can't be made.
    """

    def __init__(self, folder: Path) -> None:
        self.memory: dict[str, Any] = {}
        self._path = folder / _NAME
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KeptStateError(_reason(folder, error)) from error

    def load(self) -> None:
        """Put back what was kept; nothing happens where nothing was.

        Raises:
            KeptStateError: what is there can't be read, or comes from another version.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            self._refuse_former()
            return
        except OSError as error:
            raise self._unreadable(error) from error
        try:
            document = orjson.loads(unseal(content))
            written_by = document["moto"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._unreadable(error) from error
        if written_by != _moto_version():
            raise KeptStateError(
                f"{self._path} was kept by moto {written_by}, this is {_moto_version()}; "
                "use the version that wrote it, or another --data-dir"
            )
        try:
            self._put_back(restored(document, _PACKAGE, _brought_along()))
        except Exception as error:
            raise self._unreadable(error) from error

    def _refuse_former(self) -> None:
        former = self._path.with_name(_FORMER_NAME)
        if former.exists():
            raise KeptStateError(
                f"{former} comes from an earlier version, in a form that could run code and is "
                "not read any more; remove it, or use another --data-dir"
            )

    def _unreadable(self, error: Exception) -> KeptStateError:
        return KeptStateError(
            f"{self._path} can't be read ({error!r}); remove it, or use another --data-dir"
        )

    def _put_back(self, kept: dict[str, Any]) -> None:
        for kind, accounts in kept["services"].items():
            backends = _backends_of(kind)
            for account, regions in accounts.items():
                backends[account].update(regions)
        self.memory.update(kept["memory"])

    def snapshot(self) -> bytes:
        """Return the state as it is; nothing may change it meanwhile.

        Raises:
            KeptStateError: something in it is of a type that can't be kept.
        """
        from moto.core.base_backend import BackendDict

        services = {
            _name_of(backends.backend): {
                account: dict(regions) for account, regions in backends.items()
            }
            for backends in BackendDict._instances  # noqa: SLF001 - moto offers no other list
        }
        kept = {"services": services, "memory": self.memory}
        try:
            document = document_of(kept, _PACKAGE, _brought_along())
        except UnkeepableError as error:
            raise KeptStateError(f"state can't be kept: {error}; drop --data-dir") from error
        return orjson.dumps({"moto": _moto_version(), **document})

    def write(self, snapshot: bytes) -> None:
        """Replace what was kept, all at once and down to the disk.

        Raises:
            KeptStateError: the disk is full, or the folder is gone.
        """
        try:
            replace_file(self._path, seal(snapshot))
        except OSError as error:
            raise KeptStateError(_reason(self._path, error)) from error


def _moto_version() -> str:
    import moto

    return str(moto.__version__)


def _name_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _backends_of(name: str) -> Any:
    """Return moto's dictionary of the backends of one class.

    Raises:
        LookupError: there is none.
    """
    from moto.core.base_backend import BackendDict

    module_name, _, _ = name.partition(":")
    if _MODELS.fullmatch(module_name):
        for found in vars(importlib.import_module(module_name)).values():
            if isinstance(found, BackendDict) and _name_of(found.backend) == name:
                return found
    raise LookupError(f"moto has no {name}")


def _brought_along() -> dict[str, object]:
    """Return the managed policies of AWS's that nobody uses: moto brings them along."""
    from moto.iam.models import iam_backends

    _ = iam_backends[ACCOUNT_ID][PARTITION]
    return {
        f"{account}/{partition}/{policy.arn}": policy
        for account, partitions in iam_backends.items()
        for partition, backend in partitions.items()
        for policy in backend.aws_managed_policies
        if policy.attachment_count == 0 and len(policy.versions) == 1 and not policy.tags
    }


def _reason(path: Path, error: OSError) -> str:
    return f"state can't be kept in {path} ({error.strerror}); mend that, or drop --data-dir"
