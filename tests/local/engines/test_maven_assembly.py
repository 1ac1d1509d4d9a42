"""Maven as a process that fails, hangs, is cut off, or leaves something out."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firehose_logging.local.engines import maven
from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.java import Jdk
from firehose_logging.local.engines.maven import assemble, read_assembly

JDK = Jdk(Path("/nowhere"), 25, "a test", has_compiler=True)


@pytest.fixture
def told() -> list[str]:
    return []


def install_maven(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = folder / "bin" / "mvn"
    launcher.parent.mkdir()
    launcher.write_text(f"#!/bin/sh\n{script}\n")
    launcher.chmod(0o755)
    monkeypatch.setenv("PATH", f"{launcher.parent}:{os.environ['PATH']}")


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it never came to hold")


async def test_mavens_first_error_is_passed_on_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    words = "[ERROR] Failed to execute goal: Unknown host\n[ERROR] and much more"
    install_maven(tmp_path, f"echo '[INFO] x'; echo '{words}'; exit 1", monkeypatch)
    with pytest.raises(EngineError) as refusal:
        await assemble(tmp_path / "engine", JDK, told.append)
    message = str(refusal.value)
    assert "exit code 1): Failed to execute goal: Unknown host" in message
    assert "check the network" in message
    assert "--engine osmem" in message
    assert "\n" not in message
    assert told == ["assembling OpenSearch through Maven (once, about 100 MB)"]


async def test_a_maven_that_says_nothing_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    pid_file = tmp_path / "pid"
    install_maven(tmp_path, f"echo $$ > {pid_file}; exec sleep 600", monkeypatch)
    monkeypatch.setattr(maven, "SILENCE_LIMIT", 1.0)
    with pytest.raises(EngineError, match="said nothing for 1 s"):
        await assemble(tmp_path / "engine", JDK, told.append)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


async def test_a_start_that_is_cut_off_leaves_no_maven_and_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    pid_file = tmp_path / "pid"
    install_maven(tmp_path, f"echo $$ > {pid_file}; exec sleep 600", monkeypatch)
    first = asyncio.create_task(assemble(tmp_path / "engine", JDK, told.append))
    await until(lambda: pid_file.exists() and bool(pid_file.read_text().strip()))
    second = asyncio.create_task(assemble(tmp_path / "engine", JDK, told.append))
    await until(lambda: "another start assembles OpenSearch: waiting" in told)
    pid = int(pid_file.read_text())
    pid_file.unlink()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await until(pid_file.exists)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second


async def test_an_artifact_that_maven_leaves_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    install_maven(tmp_path, "exit 0", monkeypatch)
    with pytest.raises(EngineError, match=r"opensearch-3\.4\.0\.jar is missing"):
        await assemble(tmp_path / "engine", JDK, told.append)


async def test_progress_is_told_while_maven_fetches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setattr(maven, "_PROGRESS_EVERY", 0.0)
    install_maven(tmp_path, "echo 'Downloaded from central: a.jar'; exit 1", monkeypatch)
    with pytest.raises(EngineError):
        await assemble(tmp_path / "engine", JDK, told.append)
    assert told[1:] == ["Maven: 1 files so far"]


def marked(folder: Path) -> Path:
    jar = folder / "some.jar"
    folder.mkdir()
    jar.write_bytes(b"four")
    digest = hashlib.sha256(b"four").hexdigest()
    marker = {"recipe": maven._recipe(), "class_path": [("some.jar", digest)]}
    (folder / "assembled.json").write_text(json.dumps(marker))
    return jar


def test_a_whole_assembly_is_taken_as_it_is(tmp_path: Path) -> None:
    jar = marked(tmp_path / "engine")
    found = read_assembly(tmp_path / "engine")
    assert found is not None
    assert found.class_path == (jar,)


@pytest.mark.parametrize("damage", ["shortened", "changed", "gone", "other recipe", "no JSON"])
def test_an_assembly_that_is_not_whole_is_made_again(tmp_path: Path, damage: str) -> None:
    jar = marked(tmp_path / "engine")
    marker = tmp_path / "engine" / "assembled.json"
    if damage == "shortened":
        jar.write_bytes(b"fo")
    elif damage == "changed":
        jar.write_bytes(b"fore")
    elif damage == "gone":
        jar.unlink()
    elif damage == "other recipe":
        marker.write_text(marker.read_text().replace('"recipe": "', '"recipe": "x'))
    else:
        marker.write_text("{")
    assert read_assembly(tmp_path / "engine") is None


async def test_a_warm_start_does_not_call_maven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    marked(tmp_path / "engine")
    monkeypatch.setenv("PATH", "")
    began = time.monotonic()
    await assemble(tmp_path / "engine", JDK, told.append)
    assert told == []
    assert time.monotonic() - began < 5
