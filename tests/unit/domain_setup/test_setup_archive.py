"""The archive that Lambda runs: built from these sources, and content with a bare runtime."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ARCHIVE = ROOT / "modules" / "domain-setup" / "function.zip"
SOURCES = ROOT / "python" / "src" / "firehose_logging"
TOOL = ROOT / "tools" / "function_zips.py"

# botocore with what it needs; Lambda's Python runtimes bring these.
RUNTIME = ("botocore", "dateutil", "jmespath", "six", "urllib3")

PROGRAM = """
import sys, json
sys.path[:0] = json.loads(sys.argv[1])
from firehose_logging.domain_setup.function import handler
try:
    handler({}, None)
except Exception as error:
    print(json.dumps({
        "home": sys.modules["firehose_logging"].__file__,
        "error": [type(error).__name__, str(error)],
        "foreign": sorted({"boto3", "click", "pythonjsonlogger", "requests"} & set(sys.modules)),
    }))
"""


def test_the_archive_is_what_a_build_makes_byte_for_byte() -> None:
    built = subprocess.run(
        [sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout


def test_the_archive_holds_this_part_of_the_package_and_no_other() -> None:
    wanted = {
        path.relative_to(SOURCES.parent).as_posix(): path.read_bytes()
        for path in (SOURCES / "domain_setup").rglob("*.py")
    }
    with zipfile.ZipFile(ARCHIVE) as archive:
        held = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    package = held.pop("firehose_logging/__init__.py")
    assert held == wanted
    assert b"import" not in package


def test_the_archive_runs_where_only_botocore_is(tmp_path: Path) -> None:
    task, runtime = tmp_path / "task", tmp_path / "runtime"
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(task)
    runtime.mkdir()
    for name in RUNTIME:
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        home = origin.parent if origin.name == "__init__.py" else origin
        (runtime / home.name).symlink_to(home)
    # Without site-packages, whose editable install would stand in for the archive.
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, json.dumps([str(task), str(runtime)])],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["home"] == str(task / "firehose_logging" / "__init__.py")
    assert told["error"][0] == "DomainSetupFailed"
    assert told["error"][1].startswith("the environment variable FIREHOSE_LOGGING_SETUP is missing")
    assert told["foreign"] == []
