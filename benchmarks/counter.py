"""A number that one process writes and others read, without a call between them."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_LAYOUT = struct.Struct("<q")


class SharedCounter:
    """Records that a sink has acknowledged, kept in a file that both sides map into memory."""

    def __init__(self, path: Path) -> None:
        """Open the counter at ``path``, made if it is not there."""
        if not path.exists():
            path.write_bytes(_LAYOUT.pack(0))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)

    @property
    def value(self) -> int:
        """The count as it stands."""
        number: int = _LAYOUT.unpack_from(self._memory)[0]
        return number

    def add(self, count: int) -> None:
        """Add to the count; one process alone may do so."""
        _LAYOUT.pack_into(self._memory, 0, self.value + count)
