"""A function's files on disk, and the modules that a bare Python runtime has besides."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
import uuid
import zipfile
from pathlib import Path

_RUNTIME_MODULES = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""What Lambda's Python runtimes bring along: the SDK and what it needs."""

_UNPACKED_BYTES = 250 * 1024 * 1024
"""The most that an archive may hold (Lambda Developer Guide, "Quotas")."""


class CodeError(Exception):
    """Say in one line why an archive can't be unpacked."""


class CodeStore:
    """Unpacked archives, each under the hash of its bytes.

    Args:
        folder: below the state folder; made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def unpacked(self, archive: bytes) -> Path:
        """Return the folder with an archive's files.

        Raises:
            CodeError: it is no zip archive, or its files are over Lambda's limit.
        """
        target = self._folder / "code" / hashlib.sha256(archive).hexdigest()
        if target.is_dir():
            return target
        draft = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as packed:
                # No more than an entry says of itself is ever unpacked of it.
                if sum(entry.file_size for entry in packed.infolist()) > _UNPACKED_BYTES:
                    raise CodeError(f"the function is over {_UNPACKED_BYTES} bytes unpacked")
                packed.extractall(draft)
        except (zipfile.BadZipFile, OSError, RuntimeError) as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise CodeError(f"the function's archive can't be unpacked: {error}") from error
        try:
            draft.rename(target)
        except OSError:
            shutil.rmtree(draft)
        return target

    def runtime_modules(self) -> Path:
        """Return a folder that holds the SDK's modules and nothing else."""
        folder = self._folder / "runtime"
        folder.mkdir(parents=True, exist_ok=True)
        for name in _RUNTIME_MODULES:
            spec = importlib.util.find_spec(name)
            link = folder / (f"{name}.py" if spec and not spec.submodule_search_locations else name)
            if spec is None or spec.origin is None or link.is_symlink():
                continue
            origin = Path(spec.origin)
            link.symlink_to(origin.parent if spec.submodule_search_locations else origin)
        return folder
