"""The state folder."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firehose_logging.local import process
from firehose_logging.local.home import Home, HomeError, StackState, find_home


def state(**changes: object) -> StackState:
    values: dict[str, object] = {
        "pid": os.getpid(),
        "port": 4566,
        "endpoint_url": "http://127.0.0.1:4566",
        "region": "eu-west-1",
        "access_key_id": "AKIDEXAMPLE",
        "secret_access_key": "secret",
        "ca_bundle": "/ca.pem",
        "engine": {},
    }
    return StackState(**{**values, **changes})  # type: ignore[arg-type]  # values are as declared


def test_the_folder_is_found_upward_like_git_finds_its_own(tmp_path: Path) -> None:
    (tmp_path / ".firehose-logging").mkdir()
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_home({}, below) == tmp_path / ".firehose-logging"


def test_the_nearest_folder_counts(tmp_path: Path) -> None:
    below = tmp_path / "a"
    (tmp_path / ".firehose-logging").mkdir()
    (below / ".firehose-logging").mkdir(parents=True)
    assert find_home({}, below) == below / ".firehose-logging"


def test_without_one_it_belongs_into_the_directory_itself(tmp_path: Path) -> None:
    assert find_home({}, tmp_path) == tmp_path / ".firehose-logging"


def test_the_variable_names_it_outright(tmp_path: Path) -> None:
    (tmp_path / ".firehose-logging").mkdir()
    named = {"FIREHOSE_LOGGING_HOME": "elsewhere"}
    assert find_home(named, tmp_path) == tmp_path / "elsewhere"


def test_git_ignores_the_folder(tmp_path: Path) -> None:
    Home(tmp_path / "home").prepare()
    assert (tmp_path / "home" / ".gitignore").read_text() == "*\n"


def test_a_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match=r"file/home can't be written to .*FIREHOSE_LOGGING_HOME"):
        Home(tmp_path / "file" / "home").prepare()


def test_what_runs_is_read_back_while_it_lives_and_only_then(tmp_path: Path) -> None:
    home = Home(tmp_path)
    claim = home.claim()
    assert home.read_state() is None
    assert home.holder() == os.getpid()
    claim.write_state(state())
    assert home.read_state() == state()
    claim.release()
    assert home.read_state() is None
    assert home.holder() is None


def test_credentials_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    claim = Home(tmp_path).claim()
    claim.write_state(state())
    assert stat.S_IMODE((tmp_path / "stack.json").stat().st_mode) == 0o600
    claim.release()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def nobody() -> Iterator[None]:
    """Act as a user without rights, as far as this one may."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("closed", "who"),
    [("stack.json", f"pid {os.getpid()}"), ("stack.lock", "whatever runs")],
    ids=["state", "lock"],
)
def test_another_users_stack_is_neither_none_nor_one_that_starts(
    open_folder: Path, closed: str, who: str
) -> None:
    home = Home(open_folder)
    claim = home.claim()
    claim.write_state(state())
    assert home.closed_to_us() is None
    (open_folder / closed).chmod(0)
    with nobody():
        why = home.closed_to_us()
        with pytest.raises(process.StackError) as refused:
            process.stop(open_folder)
    claim.release()
    assert why == str(refused.value)
    assert who in why
    assert f"in {open_folder} belongs to another user" in why


def test_two_stacks_cannot_live_in_one_folder(tmp_path: Path) -> None:
    claim = Home(tmp_path).claim()
    with pytest.raises(HomeError, match=rf"pid {os.getpid()}\) runs in .*local down"):
        Home(tmp_path).claim()
    claim.release()
    Home(tmp_path).claim().release()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', json.dumps({"other": 1})])
def test_a_broken_state_file_counts_as_none(tmp_path: Path, content: str) -> None:
    claim = Home(tmp_path).claim()
    (tmp_path / "stack.json").write_text(content)
    assert Home(tmp_path).read_state() is None
    claim.release()


def test_the_state_of_a_process_that_was_killed_counts_as_none(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys; from firehose_logging.local.home import *;"
        "home = Home(pathlib.Path(sys.argv[1])); claim = home.claim();"
        "claim.write_state(StackState(os.getpid(), 1, '', '', '', '', '', {}));"
        "assert home.read_state(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == -9
    assert (tmp_path / "stack.json").exists()
    assert Home(tmp_path).read_state() is None
    assert Home(tmp_path).holder() is None
