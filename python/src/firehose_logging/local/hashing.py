"""Hash large bodies while the event loop does something else."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

LARGE: Final = 64 * 1024
"""Bytes from which on hashing takes longer than handing it to a thread."""


async def sha256_if_large(body: bytes) -> str | None:
    """Return the SHA-256 of a large body in hexadecimal; ``None`` for one that is quickly hashed.

    It is the dearest part of verifying a signature, and the one that needs no interpreter.
    """
    if len(body) < LARGE:
        return None
    return await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest())
