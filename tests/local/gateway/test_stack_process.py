"""The stack as its users start, ask and end it: real processes, the small engine."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firehose_logging.local import process
from firehose_logging.local.home import Home

LOCAL = [sys.executable, "-m", "firehose_logging.cli", "local"]
PATIENCE = 60.0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    yield path
    process.stop(path)


@pytest.fixture
def local(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*LOCAL, *arguments],
            env={**os.environ, "FIREHOSE_LOGGING_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


@pytest.fixture
def foreground(home: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [*LOCAL, "up", "--port", "0", "--engine", "osmem", *arguments],
            env={**os.environ, "FIREHOSE_LOGGING_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell's background job hands on that Ctrl-C is ignored; a terminal's does not.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.kill()
        child.communicate()


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def ended(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def start(home: Path) -> process.StackInfo:
    return process.start_detached(home, port=0, engine="osmem", progress=lambda _line: None)


def test_up_detached_runs_until_down(
    home: Path, local: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    up = local("up", "--detach", "--port", "0", "--engine", "osmem")
    assert up.returncode == 0, up.stderr
    info = process.running(home)
    assert info is not None
    assert f"http://127.0.0.1:{info.port}" in up.stdout
    assert "osmem" in up.stdout
    assert "local down" in up.stdout
    status = local("status")
    assert status.returncode == 0
    assert str(info.pid) in status.stdout
    down = local("down")
    assert down.returncode == 0
    assert info.engine_pid is not None
    assert ended(info.pid)
    assert ended(info.engine_pid)
    assert not (home / "stack.json").exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", info.port))


def test_status_and_env_say_with_exit_code_3_that_nothing_runs(
    local: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    status, env = local("status"), local("env")
    assert (status.returncode, status.stdout) == (3, "No local stack runs.\n")
    assert (env.returncode, env.stdout) == (3, "")
    assert "local up" in env.stderr


def test_down_without_a_stack_is_no_error(
    local: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    down = local("down")
    assert (down.returncode, down.stdout) == (0, "No local stack runs.\n")


def test_env_prints_export_lines_that_a_shell_reads(
    home: Path, local: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    info = start(home)
    printed = local("env").stdout
    read_back = subprocess.run(
        ["sh", "-c", f"{printed}\nenv"], capture_output=True, text=True, check=True, env={}
    ).stdout
    for name, value in info.environment.items():
        assert f"{name}={value}\n" in read_back
    names = {line.removeprefix("export ").split("=")[0] for line in printed.splitlines()}
    assert names >= {
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
    }


def test_a_second_stack_in_the_same_folder_is_refused_and_the_first_lives_on(
    home: Path, local: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    info = start(home)
    second = local("up", "--detach", "--port", "0", "--engine", "osmem")
    assert second.returncode == 1
    assert f"pid {info.pid}" in second.stderr
    assert "local down" in second.stderr
    assert process.running(home) == info


def test_a_port_in_use_is_named_with_the_remedy(
    home: Path, local: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = local("up", "--detach", "--port", str(port), "--engine", "osmem")
    assert refused.returncode == 1
    assert refused.stderr.strip().count("\n") == 0
    assert f"port {port}" in refused.stderr
    assert "--port" in refused.stderr
    assert Home(home).holder() is None


def test_an_engine_that_nobody_answers_for_is_named(
    home: Path, local: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    refused = local("up", "--port", "0", "--engine", "http://127.0.0.1:1")
    assert refused.returncode == 1
    assert "http://127.0.0.1:1" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert Home(home).holder() is None


def test_a_home_that_is_a_file_is_named_with_the_remedy(
    home: Path, local: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    home.write_text("")
    for detach in ([], ["--detach"]):
        refused = local("up", "--port", "0", "--engine", "osmem", *detach)
        assert refused.returncode == 1
        assert str(home) in refused.stderr
        assert "FIREHOSE_LOGGING_HOME" in refused.stderr
    home.unlink()


def test_other_machines_are_let_in_only_where_the_risk_is_named(
    home: Path, local: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    refused = local("up", "--listen", "0.0.0.0", "--port", "0", "--engine", "osmem")
    assert refused.returncode == 2
    assert "--expose-to-anyone-on-the-network" in refused.stderr
    risk = "--expose-to-anyone-on-the-network"
    started = local(
        "up", "--detach", "--listen", "0.0.0.0", risk, "--port", "0", "--engine", "osmem"
    )
    assert started.returncode == 0, started.stderr
    info = process.running(home)
    assert info is not None
    assert info.environment["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{info.port}"


@pytest.mark.parametrize(
    "arguments",
    [["--engine", "lucene"], ["--port", "70000"], ["--colour"], ["--listen", "localhost:80"]],
)
def test_wrong_options_are_usage_errors(
    arguments: list[str], local: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert local("up", *arguments).returncode == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_foreground_stack_and_leaves_nothing(
    home: Path, foreground: Callable[..., subprocess.Popen[str]], number: signal.Signals
) -> None:
    stack = foreground()
    wait_for(lambda: process.running(home), "the stack is not ready")
    info = process.running(home)
    assert info is not None
    assert info.engine_pid is not None
    stack.send_signal(number)
    output, errors = stack.communicate(timeout=PATIENCE)
    assert stack.returncode == 0, errors
    assert "Ctrl-C" in output
    assert "Traceback" not in errors
    assert ended(info.engine_pid)
    assert Home(home).holder() is None


@pytest.mark.parametrize("delay", [0.0, 0.2, 0.5, 0.8])
def test_a_signal_while_it_starts_leaves_nothing(
    home: Path, foreground: Callable[..., subprocess.Popen[str]], delay: float
) -> None:
    stack = foreground()
    wait_for(lambda: Home(home).holder() or stack.poll() is not None, "it does not start")
    # Somewhere within the start, at a different place each time.
    time.sleep(delay)
    stack.send_signal(signal.SIGINT)
    output, errors = stack.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors
    assert stack.returncode == (0 if "Ctrl-C" in output else 1), errors
    assert Home(home).holder() is None
    assert children_of(stack.pid) == []


def test_leaving_the_start_early_ends_the_detached_child(home: Path) -> None:
    def leave(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process.start_detached(home, port=0, engine="osmem", progress=leave)
    assert Home(home).holder() is None


def test_a_killed_stack_takes_its_engine_along_and_the_next_one_starts(home: Path) -> None:
    killed = start(home)
    assert killed.engine_pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    wait_for(lambda: ended(killed.engine_pid or 0), "the engine lives on")
    assert process.running(home) is None
    assert start(home).pid != killed.pid


def test_down_never_signals_a_process_that_is_not_the_stack(home: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        home.mkdir()
        (home / "stack.lock").write_text(str(bystander.pid))
        (home / "stack.json").write_text(json.dumps({"pid": bystander.pid}))
        assert process.stop(home) is False
        assert bystander.poll() is None
    finally:
        bystander.communicate(b"\n")


def test_a_stack_that_ignores_sigterm_is_killed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_TERM_SECONDS", 1.0)
    script = (
        "import signal, sys, pathlib, time; from firehose_logging.local.home import Home;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "claim = Home(pathlib.Path(sys.argv[1])).claim(); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(home)]) as deaf:
        wait_for(lambda: Home(home).holder(), "it does not start")
        assert process.stop(home) is True
        assert deaf.wait(PATIENCE) == -signal.SIGKILL


def test_the_engine_comes_back_after_its_death_and_on_demand(home: Path) -> None:
    import httpx

    first = start(home)
    assert first.engine_pid is not None
    os.kill(first.engine_pid, signal.SIGKILL)

    def came_back() -> bool:
        info = process.running(home)
        return info is not None and info.engine_pid not in {None, first.engine_pid}

    wait_for(came_back, "the engine does not come back")
    url = f"http://127.0.0.1:{first.port}/_local/engine"
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        assert client.post(f"{url}/stop").json() == {"running": False}
        assert client.post(f"{url}/start").json()["running"] is True
        assert client.get(f"{url}/start").status_code == 405
        assert client.post(f"{url}/start", headers={"origin": "http://x"}).status_code == 403
        assert "engine/stop" in client.post(f"{url}/explode").json()["error"]


def children_of(pid: int) -> list[str]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.split()
