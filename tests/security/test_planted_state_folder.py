"""Another user plants a state folder, an engine or data where the victim's stack will find it."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firehose_logging.cli.commands import commands
from firehose_logging.local import process
from firehose_logging.local.engines import maven
from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.java import Jdk
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.home import Home, HomeError, find_home
from firehose_logging.local.ownership import StrangerError, refuse_strangers

STRANGER = 65_534

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="files of another user can be made by root alone"
)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def give_away(path: Path) -> None:
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


def run(*arguments: str, environment: Mapping[str, str | None] | None = None) -> Result:
    return CliRunner().invoke(commands, arguments, env=dict(environment or {}))


@as_root
@pytest.mark.parametrize(
    "command",
    [
        ("local", "up", "--engine", "osmem"),
        ("local", "up", "--engine", "osmem", "--detach"),
        ("local", "status"),
        ("local", "env"),
        ("local", "down"),
        ("local", "fault", "list"),
    ],
    ids=" ".join,
)
def test_a_stranger_plants_a_state_folder_above_the_victims_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    planted = tmp_path / ".firehose-logging"
    (planted / "engine").mkdir(parents=True)
    give_away(planted)
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    result = run(*command, environment={"FIREHOSE_LOGGING_HOME": None})
    assert result.exit_code == 1, result.output
    assert "belongs to" in result.output
    assert f"(uid {STRANGER})" in result.output
    assert f"FIREHOSE_LOGGING_TRUSTED={planted}" in result.output
    assert len(result.output.splitlines()) == 1
    assert sorted(path.name for path in planted.iterdir()) == ["engine"]


@as_root
@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_a_stranger_plants_something_deep_inside_a_folder_of_the_victims(
    tmp_path: Path, kind: str
) -> None:
    deep = tmp_path / "home" / "a" / "b"
    deep.parent.mkdir(parents=True)
    if kind == "folder":
        deep.mkdir()
    elif kind == "file":
        deep.write_text("")
    else:
        deep.symlink_to("/nowhere")
    Home(tmp_path / "home").prepare()
    give_away(deep)
    with pytest.raises(HomeError, match=rf"home/a/b belongs to .*uid {STRANGER}"):
        Home(tmp_path / "home").prepare()


@as_root
def test_a_stranger_links_the_name_to_a_folder_of_the_victims(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    link = tmp_path / ".firehose-logging"
    link.symlink_to(tmp_path / "own")
    assert find_home({}, tmp_path) == link
    give_away(link)
    with pytest.raises(HomeError, match="belongs to"):
        find_home({}, tmp_path)


@as_root
def test_a_stranger_leaves_a_lock_so_that_down_ends_the_victims_process(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "stack.lock").write_text(str(os.getpid()))
    give_away(home / "stack.lock")
    result = run("local", "down", environment={"FIREHOSE_LOGGING_HOME": str(home)})
    assert result.exit_code == 1
    assert "stack.lock belongs to" in result.output


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777, 0o722])
def test_anyone_may_write_to_the_victims_own_state_folder(tmp_path: Path, mode: int) -> None:
    home = tmp_path / ".firehose-logging"
    home.mkdir()
    home.chmod(mode)
    with pytest.raises(HomeError, match=rf"mode {mode:04o}\).*chmod -R go-w {home}"):
        find_home({}, tmp_path)
    with pytest.raises(HomeError, match="others may write to it"):
        Home(home).prepare()


@pytest.mark.parametrize("outer", [0o755, 0o700])
def test_anyone_may_write_to_a_folder_within_only_if_they_get_there(
    tmp_path: Path, outer: int
) -> None:
    (tmp_path / "home" / "engine").mkdir(parents=True)
    (tmp_path / "home" / "engine").chmod(0o777)
    (tmp_path / "home").chmod(outer)
    if outer == 0o700:
        refuse_strangers(tmp_path / "home")
    else:
        with pytest.raises(StrangerError, match="home/engine belongs to"):
            refuse_strangers(tmp_path / "home")


@as_root
def test_a_stranger_owns_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "control-planes.json").write_text("{}")
    give_away(data / "control-planes.json")
    for detached in ((), ("--detach",)):
        result = run(
            *("local", "up", "--engine", "osmem", "--port", "0", "--data-dir", str(data)),
            *detached,
            environment={"FIREHOSE_LOGGING_HOME": str(tmp_path / "home")},
        )
        assert result.exit_code == 1
        assert "control-planes.json belongs to" in result.output


@as_root
async def test_a_stranger_owns_the_shared_folder_of_engines(tmp_path: Path) -> None:
    engines = tmp_path / "engines"
    (engines / "assembly").mkdir(parents=True)
    give_away(engines / "assembly")
    engine = OpenSearchEngine(engines, lambda _line: None, node_home=tmp_path / "node")
    with pytest.raises(EngineError, match="engines/assembly belongs to"):
        await engine.start()


@as_root
def test_folders_of_another_owner_pass_where_the_user_names_them(tmp_path: Path) -> None:
    home = tmp_path / ".firehose-logging"
    home.mkdir(mode=0o777)
    give_away(home)
    for trusted in (home, tmp_path, f"/elsewhere{os.pathsep}{home}"):
        assert find_home({"FIREHOSE_LOGGING_TRUSTED": str(trusted)}, tmp_path) == home
    for other in ("", ".", f"{home}x", "/elsewhere"):
        with pytest.raises(HomeError):
            find_home({"FIREHOSE_LOGGING_TRUSTED": other}, tmp_path)


@as_root
def test_root_by_sudo_takes_the_callers_folder_and_nobody_elses(tmp_path: Path) -> None:
    home = tmp_path / ".firehose-logging"
    home.mkdir()
    give_away(home)
    assert find_home({"SUDO_UID": str(STRANGER)}, tmp_path) == home
    for other in ("1000", "", "x"):
        with pytest.raises(HomeError):
            find_home({"SUDO_UID": other}, tmp_path)


@as_root
def test_what_root_made_is_taken_by_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".firehose-logging" / "engine").mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    assert find_home({}, tmp_path) == tmp_path / ".firehose-logging"
    refuse_strangers(tmp_path / ".firehose-logging")
    (tmp_path / ".firehose-logging" / "engine").chmod(0o777)
    with pytest.raises(StrangerError):
        refuse_strangers(tmp_path / ".firehose-logging", environment={"SUDO_UID": "0"})


def test_others_can_not_read_what_the_stack_writes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process.start_detached(
        home, port=0, engine="osmem", progress=lambda _: None, data_dir=tmp_path / "data"
    )
    process.stop(home)
    for top in (home, tmp_path / "data"):
        assert stat.S_IMODE(top.stat().st_mode) == 0o700
    open_to_others = [
        str(path)
        for path in (tmp_path / "data").rglob("*")
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]
    assert open_to_others == []


async def test_a_jar_of_the_same_size_in_place_of_one_that_was_assembled_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "assembly"
    jar = folder / "maven" / "some.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"good")
    maven._write_marker(folder, [jar])
    assert maven.read_assembly(folder) is not None
    jar.write_bytes(b"evil")
    assert maven.read_assembly(folder) is None
    launcher = tmp_path / "bin" / "mvn"
    launcher.parent.mkdir()
    launcher.write_text(f"#!/bin/sh\ntest -e {jar} || echo '[ERROR] fetch it anew'\nexit 1\n")
    launcher.chmod(0o755)
    monkeypatch.setenv("PATH", f"{launcher.parent}:{os.environ['PATH']}")
    jdk = Jdk(Path("/nowhere"), 25, "a test", has_compiler=True)
    with pytest.raises(EngineError, match="fetch it anew"):
        await maven.assemble(folder, jdk, lambda _line: None)
    assert json.loads((folder / "assembled.json").read_text())["class_path"]
