"""The pages that say what was tried name tests that are there, and every room of attacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "docs" / name for name in ("security.md", "security-local.md")]
NAMED = {
    name for page in PAGES for name in re.findall(r"`(tests/[^`*]+)`", page.read_text("utf-8"))
}
ATTACKS = sorted((ROOT / "tests" / "security").rglob("test_*.py"))


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_test_that_a_page_names_is_there(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.name)
def test_what_is_attacked_in_a_test_is_named_by_a_page(path: Path) -> None:
    assert str(path.relative_to(ROOT)) in NAMED
