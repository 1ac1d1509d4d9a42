"""Strict Base64."""

from __future__ import annotations

import binascii


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` stands for.

    Raises:
        TypeError: ``text`` is no string.
        binascii.Error: it is no Base64, or holds foreign characters.
    """
    if not isinstance(text, str):
        raise TypeError("Base64 must be a string")
    try:
        data = binascii.a2b_base64(text)
    except ValueError as error:
        raise binascii.Error(str(error)) from error
    # Foreign characters are passed over before Python 3.11; what remains is shorter then.
    if len(text) % 4 or len(data) != len(text) // 4 * 3 - text[-2:].count("="):
        raise binascii.Error("not a whole number of Base64 groups")
    return data
