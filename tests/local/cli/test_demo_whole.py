"""The whole demo, as the README has it, in a clone of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(folder)], check=True)
    return folder


@pytest.mark.slow
def test_make_demo_finds_the_record_and_leaves_nothing_outside_the_clone(
    clone: Path, tmp_path: Path
) -> None:
    outside = {"HOME": tmp_path / "home", "TMPDIR": tmp_path / "tmp"}
    for folder in outside.values():
        folder.mkdir()
    environment = {**os.environ, **{name: str(path) for name, path in outside.items()}}
    for name in ("FIREHOSE_LOGGING_HOME", "FIREHOSE_LOGGING_ENGINES", "VIRTUAL_ENV"):
        environment.pop(name, None)
    before = processes()
    done = subprocess.run(
        ["make", "demo", f"PYTHON={sys.executable}"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"message": "fake NameError"' in done.stdout
    assert re.search(r"^index +logging-test-\d{4}-\d{2}-\d{2}$", done.stdout, re.MULTILINE)
    assert re.search(r"^seconds +\d+\.\d from the log call to found$", done.stdout, re.MULTILINE)
    assert re.search(r"^engine +opensearch 3\.4", done.stdout, re.MULTILINE)
    left = [path for folder in outside.values() for path in folder.rglob("*")]
    assert left == []
    assert not [command for command in processes() - before if str(clone) in command]


def processes() -> set[str]:
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())
