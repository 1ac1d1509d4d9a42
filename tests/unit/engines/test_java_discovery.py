"""Which Java is chosen, and what is said where none will do."""

from pathlib import Path

import pytest

from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.java import find_jdk, release_of


def install(home: Path, version: str, *, compiler: bool = True) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    for name in ["java", "javac"] if compiler else ["java"]:
        (home / "bin" / name).touch(mode=0o755)
    return home


def test_a_newer_jdk_in_the_usual_folders_wins_over_an_old_one_on_path(tmp_path: Path) -> None:
    old = install(tmp_path / "old", "17.0.15")
    new = install(tmp_path / "jvm" / "temurin-25", "25.0.3")
    found = find_jdk({"PATH": str(old / "bin")}, [f"{tmp_path}/jvm/*"])
    assert (found.home, found.release) == (new, 25)


def test_java_home_wins_where_it_is_new_enough(tmp_path: Path) -> None:
    named = install(tmp_path / "named", "21")
    install(tmp_path / "jvm" / "newer", "25")
    found = find_jdk({"JAVA_HOME": str(named), "PATH": ""}, [f"{tmp_path}/jvm/*"])
    assert found.home == named


def test_a_release_that_was_tried_wins_over_one_from_the_future(tmp_path: Path) -> None:
    install(tmp_path / "jvm" / "a", "21")
    tried = install(tmp_path / "jvm" / "b", "25")
    install(tmp_path / "jvm" / "c", "40-ea")
    assert find_jdk({"PATH": ""}, [f"{tmp_path}/jvm/*"]).home == tried


def test_java_too_old_is_named_with_its_place_and_the_remedy(tmp_path: Path) -> None:
    old = install(tmp_path / "old", "17.0.15")
    with pytest.raises(EngineError) as refusal:
        find_jdk({"JAVA_HOME": str(old), "PATH": str(old / "bin")}, [])
    message = str(refusal.value)
    assert "needs a JDK 21 or newer" in message
    assert message.count(f"Java 17 at {old}") == 1
    assert "JAVA_HOME" in message
    assert "--engine osmem" in message
    assert "\n" not in message


def test_no_java_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="found none"):
        find_jdk({"PATH": str(tmp_path)}, [f"{tmp_path}/*"])


def test_a_runtime_without_a_compiler_is_not_enough(tmp_path: Path) -> None:
    home = install(tmp_path / "jre", "25", compiler=False)
    with pytest.raises(EngineError, match=f"Java 25 without javac at {home}"):
        find_jdk({"PATH": str(home / "bin")}, [])


@pytest.mark.parametrize(
    ("version", "release"), [("1.8.0_452", 8), ("17.0.15", 17), ("25", 25), ("27-ea", 27)]
)
def test_versions_of_all_times_are_read(tmp_path: Path, version: str, release: int) -> None:
    assert release_of(install(tmp_path / "jdk", version)) == release


def test_a_folder_that_is_no_java_home_has_no_release(tmp_path: Path) -> None:
    assert release_of(tmp_path) is None
