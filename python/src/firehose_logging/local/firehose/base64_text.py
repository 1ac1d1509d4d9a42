"""Strict Base64."""

from __future__ import annotations

import binascii
from collections.abc import Sequence


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` stands for; raise as ``decode_all`` does."""
    return decode_all([text])[0]


def decode_all(texts: Sequence[str]) -> list[bytes]:
    """Return the bytes that each text stands for.

    Raises:
        TypeError: one is no string.
        binascii.Error: one is no Base64, or holds foreign characters.
    """
    try:
        data = [binascii.a2b_base64(text) for text in texts]
    except ValueError as error:
        raise binascii.Error(str(error)) from error
    # Foreign characters are passed over, so that fewer bytes come out than went in. Never more:
    # when the sums agree, each text agrees.
    size = sum([len(one) for one in data])
    padding = sum([text[-2:].count("=") for text in texts])
    odd = sum([len(text) & 3 for text in texts])
    if odd or size != _size(texts) - padding:
        raise binascii.Error("not a whole number of Base64 groups")
    return data


def _size(texts: Sequence[str]) -> int:
    return sum([len(text) for text in texts]) // 4 * 3
