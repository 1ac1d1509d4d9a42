"""One invocation in one process, with its time and memory bounded."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_BOOTSTRAP = Path(__file__).with_name("runtime") / "bootstrap.py"
_MEBIBYTE = 1024 * 1024
_LOG_BYTES = 4 * _MEBIBYTE
_REAP_SECONDS = 5.0


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
    """

    code: Path
    modules: Path
    environment: Mapping[str, str]
    invocation: Mapping[str, Any]
    timeout: float
    memory: int


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
    """Run a function once, and leave no process of it behind."""
    reading, writing = os.pipe()
    process = await _spawn(job, writing)
    os.close(writing)
    collecting = asyncio.gather(_read_answer(reading), _read_log(process))
    timed_out = False
    try:
        _send(process, job.invocation)
        await asyncio.wait_for(process.wait(), job.timeout)
    except asyncio.TimeoutError:
        timed_out = True
    finally:
        await _end(process)
        # Who left the process group may hold the pipes open; nobody waits for them.
        await asyncio.wait({collecting}, timeout=_REAP_SECONDS)
        collecting.cancel()
    answer, log = collecting.result() if collecting.done() else (b"", b"")
    return _outcome(job, process, answer, log, timed_out=timed_out)


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
        return await reader.read()
    finally:
        transport.close()


async def _read_log(process: Process) -> bytes:
    assert process.stdout is not None  # noqa: S101 - asked for above
    kept = bytearray()
    while chunk := await process.stdout.read(65536):
        kept += chunk[: _LOG_BYTES - len(kept)]
    return bytes(kept)


async def _end(process: Process) -> None:
    """End the function and everything that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    await asyncio.wait_for(process.wait(), _REAP_SECONDS)


def _outcome(job: Job, process: Process, answer: bytes, log: bytes, *, timed_out: bool) -> Outcome:
    request_id = job.invocation["request_id"]
    if timed_out:
        message = f"RequestId: {request_id} Error: Task timed out after {job.timeout:.2f} seconds"
        return Outcome(None, {"errorType": "Sandbox.Timedout", "errorMessage": message}, log)
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
