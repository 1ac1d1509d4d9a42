"""One invocation in one process, with its time and memory bounded."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firehose_logging.local.gateway.functions.runtime import household

_BOOTSTRAP = Path(__file__).with_name("runtime") / "bootstrap.py"
_MEBIBYTE = 1024 * 1024
_LOG_BYTES = 4 * _MEBIBYTE
_ANSWER_BYTES = 64 * _MEBIBYTE
"""More than the largest answer can be: 6 MiB of characters that JSON writes six times as long."""

_REAP_SECONDS = 5.0
_LOOK_SECONDS = 0.005

TOO_LARGE = "Function.ResponseSizeTooLarge"

_supervisors: set[int] = set()
"""Process ids of the invocations that run; each ends what comes of its own."""


@dataclass(frozen=True)
class Job:
    """What is to run.

    Attributes:
        code: the function's files.
        modules: further modules that it may import.
        environment: all of its environment variables.
        invocation: what the bootstrap reads: event, request id, ARN and timeout.
        timeout: seconds.
        memory: MiB that it may allocate.
        scratch: where it may write; made for it, and removed after it.
        readable: what else it may read, besides code, modules and the system's own.
        writable: where else it may write.
    """

    code: Path
    modules: Path
    environment: Mapping[str, str]
    invocation: Mapping[str, Any]
    timeout: float
    memory: int
    scratch: Path
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        payload: the handler's result as JSON; ``None`` where it failed.
        error: Lambda's error document, ``None`` where it went well.
        log: what it printed, at most 4 MiB.
    """

    payload: str | None
    error: Mapping[str, Any] | None
    log: bytes = field(default=b"")


async def run(job: Job) -> Outcome:
    """Run a function once, and leave no process and no file of it behind."""
    job.scratch.mkdir(mode=0o700, parents=True)
    reading, writing = os.pipe()
    process = await _spawn(job, writing)
    _supervisors.add(process.pid)
    os.close(writing)
    collecting = asyncio.gather(_read_answer(reading), _read_log(process))
    timed_out = False
    try:
        _send(process, {**job.invocation, **_reach(job)})
        await _ended(process, job.timeout)
    except asyncio.TimeoutError:
        timed_out = True
    finally:
        await _end(process)
        _supervisors.discard(process.pid)
        await asyncio.to_thread(_end_strays)
        await asyncio.to_thread(shutil.rmtree, job.scratch, ignore_errors=True)
        # Who left the process group may hold the pipes open; nobody waits for them.
        await asyncio.wait({collecting}, timeout=_REAP_SECONDS)
        collecting.cancel()
    answer, log = collecting.result() if collecting.done() else (b"", b"")
    return _outcome(job, process, answer, log, timed_out=timed_out)


def _reach(job: Job) -> dict[str, list[str]]:
    """Return the files that a function may open, with what links among them lead to."""
    linked = [entry.resolve() for entry in job.modules.iterdir()]
    interpreter = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    readable = [job.code, job.modules, *linked, *interpreter, *job.readable]
    return {
        "readable": [str(path) for path in readable if path != Path(path.anchor)],
        "writable": [str(path) for path in (job.scratch, *job.writable)],
    }


async def _spawn(job: Job, writing: int) -> Process:
    # Site packages stay out of sight: a function sees what the bare runtime has, and its own files.
    python_path = os.pathsep.join((str(job.code), str(job.modules)))
    return await asyncio.create_subprocess_exec(
        *_limited(job.memory),
        sys.executable,
        *("-S", "-B", "-u", str(_BOOTSTRAP), str(writing)),
        env={**job.environment, "PYTHONPATH": python_path},
        cwd=job.code,
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
        pass_fds=(writing,),
        start_new_session=True,
        limit=_LOG_BYTES,
    )


def _limited(memory: int) -> tuple[str, ...]:
    """Return the beginning of a command line that bounds what the rest of it may allocate."""
    kibibytes = memory * 1024
    return ("/bin/sh", "-c", f'ulimit -d {kibibytes} 2>/dev/null; exec "$@"', "sh")


def _send(process: Process, invocation: Mapping[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for above
    process.stdin.write(json.dumps(invocation).encode() + b"\n")


async def _read_answer(descriptor: int) -> bytes:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(descriptor, "rb")
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        answer = bytearray()
        while chunk := await reader.read(65536):
            if len(answer) <= _ANSWER_BYTES:
                answer += chunk
        return bytes(answer)
    finally:
        transport.close()


async def _read_log(process: Process) -> bytes:
    assert process.stdout is not None  # noqa: S101 - asked for above
    kept = bytearray()
    while chunk := await process.stdout.read(65536):
        kept += chunk[: _LOG_BYTES - len(kept)]
    return bytes(kept)


async def _end(process: Process) -> None:
    """Have the function and everything that it started ended, by its supervisor if that lives."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(asyncio.TimeoutError):
            await _ended(process, _REAP_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    await _ended(process, _REAP_SECONDS)


async def _ended(process: Process, seconds: float) -> None:
    """Return once the process has ended, whoever still holds its output open.

    Raises:
        asyncio.TimeoutError: it lives on after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    # Before Python 3.13, `Process.wait` waits for the output as well.
    while process.returncode is None:
        if time.monotonic() >= deadline:
            raise asyncio.TimeoutError
        await asyncio.sleep(_LOOK_SECONDS)


def _end_strays() -> None:
    """End what came of functions whose supervisor was killed: the stack has adopted it.

    The children of each that ends are the stack's next.
    """
    if sys.platform != "linux" or household.is_marked(os.getpid()):
        return
    deadline = time.monotonic() + _REAP_SECONDS
    while time.monotonic() < deadline and (strays := _strays()):
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _strays() -> list[int]:
    return [
        pid
        for pid in household.children_of(os.getpid())
        if pid not in _supervisors and household.is_marked(pid)
    ]


def _outcome(job: Job, process: Process, answer: bytes, log: bytes, *, timed_out: bool) -> Outcome:
    request_id = job.invocation["request_id"]
    if timed_out:
        message = f"RequestId: {request_id} Error: Task timed out after {job.timeout:.2f} seconds"
        return Outcome(None, {"errorType": "Sandbox.Timedout", "errorMessage": message}, log)
    if len(answer) > _ANSWER_BYTES:
        return Outcome(
            None, {"errorType": TOO_LARGE, "errorMessage": "The answer has no end."}, log
        )
    try:
        told = json.loads(answer)
    except ValueError:
        code = process.returncode or 0
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
        return Outcome(None, {"errorType": "Runtime.ExitError", "errorMessage": message}, log)
    if "error" in told:
        return Outcome(None, {**told["error"], "requestId": request_id}, log)
    return Outcome(told["payload"], None, log)
