"""The demo as a process: it says what is missing, and cleans up when it is interrupted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firehose_logging.local.home import Home

REPOSITORY = Path(__file__).resolve().parents[3]


def environment(home: Path, **changes: str) -> dict[str, str]:
    return {**os.environ, "FIREHOSE_LOGGING_HOME": str(home), **changes}


@contextmanager
def demo(
    home: Path, *arguments: str, folder: Path = REPOSITORY, **changes: str
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "firehose_logging.cli", "demo", *arguments],
        cwd=folder,
        env=environment(home, **changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell lets what it runs in the background ignore Ctrl-C, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refusal(home: Path, *arguments: str, folder: Path = REPOSITORY, **changes: str) -> str:
    """Return the one line on stderr of a demo that can't run."""
    with demo(home, *arguments, folder=folder, **changes) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert Home(home).holder() is None
    (line,) = err.strip().splitlines()
    return line


def test_outside_a_clone_it_says_where_to_run(tmp_path: Path) -> None:
    assert "run this in a clone" in refusal(tmp_path / "home", folder=tmp_path)


def test_without_terraform_it_says_what_to_install(tmp_path: Path) -> None:
    line = refusal(tmp_path / "home", "--engine", "osmem", PATH="/nowhere", TERRAFORM="")
    assert "neither terraform nor tofu is on PATH; install 1.9 or later" in line


def test_a_binary_that_is_named_and_not_there_is_told(tmp_path: Path) -> None:
    line = refusal(tmp_path / "home", "--engine", "osmem", TERRAFORM="tofoo")
    assert "TERRAFORM is 'tofoo', and no such program can be run" in line


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refusal(tmp_path / "home", "--engine", "osmem", "--port", str(port))
    assert str(port) in line


def test_an_engine_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert "lucene" in refusal(tmp_path / "home", "--engine", "lucene")


@pytest.mark.parametrize("moment", ["starting the local stack", "init with ", "resources made:"])
def test_ctrl_c_leaves_no_stack_behind(moment: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with demo(home, "--engine", "osmem") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if moment in line:
                break
        else:
            pytest.fail(f"{moment!r} was not printed")
        # A terminal sends Ctrl-C to the whole foreground group.
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode != 0
    deadline = time.monotonic() + 10
    while Home(home).holder() is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert Home(home).holder() is None
