"""Whoever stands where OpenSearch is fetched from, against a developer's machine.

A mirror that serves another file, with the checksum beside it that fits, gets nothing compiled
against and nothing run: each file's SHA-256 is part of this package.
"""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import pytest

from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.java import Jdk
from firehose_logging.local.engines.maven import assemble
from firehose_logging.local.engines.pinned import parse_pins, sha256_of, verify
from firehose_logging.local.engines.reactor import parse_artifacts

ASSEMBLY = files("firehose_logging.local.engines").joinpath("assembly")
PINS = parse_pins(ASSEMBLY.joinpath("artifacts.sha256").read_text())
ARTIFACTS = parse_artifacts(ASSEMBLY.joinpath("artifacts.txt").read_text())
PLUGIN = "org/apache/maven/plugins/maven-antrun-plugin/3.1.0/maven-antrun-plugin-3.1.0"


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_a_file_of_a_mirror_that_is_another_one_is_named_and_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "engine" / "maven"
    served = tmp_path / "served"
    for path in (artifact.path for artifact in ARTIFACTS):
        (served / path).parent.mkdir(parents=True, exist_ok=True)
        (served / path).write_bytes(b"not what the project published")
    launcher = executable(
        tmp_path / "bin" / "mvn", f"mkdir -p {repository}; cp -r {served}/* {repository}"
    )
    ran = tmp_path / "ran"
    executable(tmp_path / "jdk" / "bin" / "javac", f"touch {ran}")
    monkeypatch.setenv("PATH", f"{launcher.parent}:{os.environ['PATH']}")
    jdk = Jdk(tmp_path / "jdk", 21, "a test", has_compiler=True)
    with pytest.raises(EngineError, match=r"jar is not the file that belongs there") as refusal:
        await assemble(tmp_path / "engine", jdk, lambda _line: None)
    assert "\n" not in str(refusal.value)
    assert not ran.exists()
    assert not (tmp_path / "engine" / "assembled.json").exists()


async def test_maven_is_told_to_fail_on_checksums_and_which_ones_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    launcher = executable(tmp_path / "bin" / "mvn", f'echo "$@" > {told}; exit 1')
    monkeypatch.setenv("PATH", f"{launcher.parent}:{os.environ['PATH']}")
    jdk = Jdk(tmp_path, 21, "a test", has_compiler=True)
    with pytest.raises(EngineError):
        await assemble(tmp_path / "engine", jdk, lambda _line: None)
    words = told.read_text().split()
    assert "--strict-checksums" in words
    folder = next(word.partition("=")[2] for word in words if "summaryFile.basedir=" in word)
    assert parse_pins((Path(folder) / "checksums.sha256").read_text()) == PINS


@pytest.mark.parametrize("kind", ["jar", "pom"])
def test_a_plugin_of_maven_that_is_another_one_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{PLUGIN}.{kind}"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    with pytest.raises(EngineError, match=f"{path.name} is not the file"):
        verify(tmp_path, PINS, [])


def test_a_jar_without_a_known_digest_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"new\.jar has no SHA-256"):
        verify(tmp_path, PINS, ["new.jar"])


def test_a_file_that_is_the_known_one_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"x" * 3_000_000)
    verify(tmp_path, {"a.jar": sha256_of(tmp_path / "a.jar")}, ["a.jar"])


def test_all_that_opensearch_is_assembled_from_has_a_known_digest() -> None:
    paths = {artifact.path for artifact in ARTIFACTS}
    assert paths <= PINS.keys()
    assert {f"{PLUGIN}.jar", f"{PLUGIN}.pom"} <= PINS.keys()
    descriptors = {path.rpartition(".")[0] + ".pom" for path in paths}
    assert descriptors <= PINS.keys()


@pytest.mark.parametrize(
    "line", ["abc  a.jar", "0" * 64 + " a.jar", "0" * 62 + "  a.jar", "z" * 64]
)
def test_a_line_that_is_no_digest_and_path_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match=r"digest|hexadecimal"):
        parse_pins(line)
