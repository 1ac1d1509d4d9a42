"""Start, find and end a stack that lives in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from firehose_logging.local.home import Home, HomeError, StackState

_TERM_SECONDS = 20.0
_KILL_SECONDS = 5.0
_LOOK_SECONDS = 0.05

_children: list[subprocess.Popen[bytes]] = []
"""What this process started and left running; kept to be reaped once it has ended."""


class StackError(Exception):
    """Say in one line why a stack did not start or end, and what to do."""


@dataclass(frozen=True)
class StackInfo:
    """A stack that is ready.

    Attributes:
        home: its state folder.
        pid: of its process.
        port: of every AWS API.
        environment: the variables that point AWS's clients at it.
        engine: what searches, in words.
        limits: what that engine can't show, one phrase each.
        engine_pid: of the engine's process, where it is a child of the stack.
    """

    home: Path
    pid: int
    port: int
    environment: Mapping[str, str]
    engine: str
    limits: tuple[str, ...] = ()
    engine_pid: int | None = None


def running(home: Path) -> StackInfo | None:
    """Return the stack that lives in a state folder, ``None`` where none is ready."""
    state = Home(home).read_state()
    return None if state is None else info_of(home, state)


def closed_to_us(home: Path) -> str | None:
    """Say why it can't be told what runs in a state folder, ``None`` where it can."""
    return Home(home).closed_to_us()


def starting(home: Path) -> int | None:
    """Return the process id of a stack that is not ready yet, ``None`` where none starts."""
    folder = Home(home)
    return folder.holder() if folder.read_state() is None else None


def start_detached(
    home: Path,
    *,
    port: int,
    engine: str,
    progress: Callable[[str], None],
    speed: float = 1.0,
    data_dir: Path | None = None,
    quotas: bool = True,
    host: str = "127.0.0.1",
) -> StackInfo:
    """Start a stack in a session of its own, and return once it is ready.

    If this function is left early, by Ctrl-C for example, the stack ends as well.

    Args:
        home: the state folder.
        port: of every AWS API; 0 for a free one.
        engine: ``auto``, ``opensearch``, ``osmem`` or the URL of one that runs.
        progress: is told what takes long.
        speed: how many seconds pass in the stack while one passes outside.
        data_dir: where delivery streams and acknowledged records outlive the process.
        quotas: whether streams are held to AWS's default quotas.
        host: the IP address of every AWS API.

    Raises:
        StackError: the stack said why it can't run, or ended without a word.
    """
    folder = Home(home)
    try:
        folder.prepare()
    except HomeError as error:
        raise StackError(str(error)) from error
    reading, writing = os.pipe()
    arguments = ["--port", str(port), "--engine", engine, "--speed", str(speed), "--host", host]
    if data_dir is not None:
        arguments += ["--data-dir", str(data_dir)]
    if not quotas:
        arguments.append("--no-quotas")
    child = _spawn(folder, writing, arguments)
    os.close(writing)
    try:
        with os.fdopen(reading) as lines:
            state = _await_ready(lines, progress, folder.logs / "stack.log")
    except BaseException:
        child.terminate()
        _wait_bounded(child)
        raise
    _children.append(child)
    return info_of(home, state)


def _spawn(folder: Home, descriptor: int, arguments: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "firehose_logging.local.main", "--home", str(folder.path)]
    with (folder.logs / "stack.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "--ready-fd", str(descriptor), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(descriptor,),
            start_new_session=True,
        )


def _await_ready(lines: Iterable[str], progress: Callable[[str], None], log: Path) -> StackState:
    for line in lines:
        kind, content = json.loads(line)
        if kind == "ready":
            return StackState(**content)
        if kind == "error":
            raise StackError(content)
        progress(content)
    raise StackError(f"the local stack ended while it started; {log} says why")


def info_of(home: Path, state: StackState) -> StackInfo:
    """Return what the stack in ``home`` says of itself."""
    engine = state.engine
    return StackInfo(
        home=home,
        pid=state.pid,
        port=state.port,
        environment=state.environment,
        engine=f"{engine['kind']} {engine['version']} ({engine['reason']})",
        limits=tuple(engine["limits"]),
        engine_pid=state.engine_pid,
    )


def _wait_bounded(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_TERM_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def stop(home: Path) -> bool:
    """End the stack that lives in a state folder: politely, and by force after 20 seconds.

    Only the process that holds the folder's lock is ever signalled.

    Returns:
        Whether one lived there.

    Raises:
        StackError: it may not be signalled, or outlives even that.
    """
    folder = Home(home)
    why = folder.closed_to_us()
    if why is not None:
        raise StackError(why)
    pid = folder.holder()
    if pid is None:
        return False
    try:
        return _end(folder, pid)
    finally:
        _children[:] = [child for child in _children if child.poll() is None]


def _end(folder: Home, pid: int) -> bool:
    for number, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
        if folder.holder() != pid:
            return True
        _send(pid, number)
        if _gone(folder, pid, seconds):
            return True
    raise StackError(f"the local stack (pid {pid}) does not end")


def _send(pid: int, number: signal.Signals) -> None:
    try:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    except PermissionError:
        raise StackError(
            f"the local stack (pid {pid}) belongs to another user, who has to end it"
        ) from None


def _gone(home: Home, pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if home.holder() != pid:
            return True
        time.sleep(_LOOK_SECONDS)
    return False
