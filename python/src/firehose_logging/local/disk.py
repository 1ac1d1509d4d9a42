"""Write to disk so that what fails leaves what was there before, and say when it is damaged."""

from __future__ import annotations

import contextlib
import errno
import os
import struct
from pathlib import Path
from zlib import crc32

_SEAL = struct.Struct("<8sI")
_SEAL_MARK = b"\xffcrc32\r\n"
_OWNER_ONLY = 0o600


def write_all(descriptor: int, content: bytes) -> None:
    """Write the whole of ``content``, in as many steps as the system takes.

    Raises:
        OSError: a part of it could not be written; what came before it may be there.
    """
    rest = memoryview(content)
    while rest:
        written = os.write(descriptor, rest)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file's content all at once and down to the disk, readable by its owner alone.

    Raises:
        OSError: it could not be; the file is as it was.
    """
    draft = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have on disk which files a folder holds, where its file system can be asked to.

    The new content is in its place already, so that a failure can't be told as one to write.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def seal(content: bytes) -> bytes:
    """Return ``content`` followed by its checksum."""
    return content + _SEAL.pack(_SEAL_MARK, crc32(content))


def unseal(content: bytes) -> bytes:
    """Return what was sealed; content without a seal, as earlier versions wrote, as it is.

    Raises:
        ValueError: the checksum is another's.
    """
    if len(content) < _SEAL.size:
        return content
    body, (mark, checksum) = content[: -_SEAL.size], _SEAL.unpack(content[-_SEAL.size :])
    if mark != _SEAL_MARK:
        return content
    if checksum != crc32(body):
        raise ValueError("its checksum does not fit")
    return body
