"""Moto's state in a file, so that a later process takes it up."""

from __future__ import annotations

import io
import json
import pickle
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from firehose_logging.local.disk import replace_file, seal, unseal

_PRIVATE_KEYS = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)


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
        self._path = folder / "control-planes.pickle"
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
            return
        except OSError as error:
            raise self._unreadable(error) from error
        try:
            header, _, state = unseal(content).partition(b"\n")
            written_by = json.loads(header)["moto"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._unreadable(error) from error
        if written_by != _moto_version():
            raise KeptStateError(
                f"{self._path} was kept by moto {written_by}, this is {_moto_version()}; "
                "use the version that wrote it, or another --data-dir"
            )
        try:
            self._put_back(pickle.loads(state))  # noqa: S301 - the stack's own, in its owner's folder
        except Exception as error:
            raise self._unreadable(error) from error

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
        """Return the state as it is; nothing may change it meanwhile."""
        from moto.core.base_backend import BackendDict

        services = {
            backends.backend: {account: dict(regions) for account, regions in backends.items()}
            for backends in BackendDict._instances  # noqa: SLF001 - moto offers no other list
        }
        buffer = io.BytesIO(json.dumps({"moto": _moto_version()}).encode() + b"\n")
        buffer.seek(0, io.SEEK_END)
        kept = {"services": services, "memory": self.memory}
        _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(kept)
        return buffer.getvalue()

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


def _backends_of(kind: type) -> Any:
    """Return moto's dictionary of the backends of one class."""
    module = sys.modules[kind.__module__]
    return next(value for value in vars(module).values() if getattr(value, "backend", None) is kind)


def _private_key(der: bytes) -> object:
    return load_der_private_key(der, None)


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: object) -> Any:
        """Write private keys, which have no pickled form of their own, as DER."""
        if isinstance(obj, _PRIVATE_KEYS):
            der = obj.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            return _private_key, (der,)
        return NotImplemented


def _reason(path: Path, error: OSError) -> str:
    return f"state can't be kept in {path} ({error.strerror}); mend that, or drop --data-dir"
