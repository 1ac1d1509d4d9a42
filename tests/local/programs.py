"""Programs that tests drive, and what becomes of a test where one of them is lacking."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def leave_out(reason: str) -> NoReturn:
    """Skip the test; in CI, where nothing may be left out in silence, fail it."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    """Return where a program is, or leave the test out."""
    found = shutil.which(name)
    if found is None:
        leave_out(f"{name} is not installed")
    return found
