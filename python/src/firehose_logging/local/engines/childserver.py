"""A server in a child process that says where it listens and ends with its standard input."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from firehose_logging.local.engines.base import EngineError

TERMINATE_AFTER = 12.0
KILL_AFTER = 3.0

ORDERLY_END = b"stop\n"
"""Sent before standard input is closed, so that a child can tell an end from a crash."""


class ChildServer:
    """Start a program, read its first JSON line, and end it by closing its standard input.

    When this process dies, however it dies, the system closes that pipe and the child ends too.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        directory: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._command = tuple(command)
        self._log = log
        self._directory = directory
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._drain: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        if self._process is None or self._process.returncode is not None:
            return None
        return self._process.pid

    async def start(self, timeout: float) -> dict[str, Any]:
        """Return the JSON object that the child printed first.

        Raises:
            EngineError: it ended, or said nothing within ``timeout`` seconds.
        """
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._directory,
                env=self._environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        try:
            announced = await asyncio.wait_for(self._announcement(), timeout)
        except asyncio.TimeoutError:
            await self.stop()
            raise EngineError(
                f"{self._name} did not start within {timeout:.0f} s (log: {self._log})"
            ) from None
        except BaseException:
            await self.stop()
            raise
        self._drain = asyncio.create_task(self._swallow_output())
        return announced

    async def _announcement(self) -> dict[str, Any]:
        stdout = self._stdout()
        while line := await stdout.readline():
            with contextlib.suppress(ValueError):
                announced = json.loads(line)
                if isinstance(announced, dict):
                    return announced
        code = await self._running().wait()
        raise EngineError(f"{self._name} ended with code {code}: {self._last_words()}")

    async def _swallow_output(self) -> None:
        while await self._stdout().read(65536):
            pass

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        words = [line.strip() for line in lines if line.strip() and not line.startswith("\tat ")]
        said = words[-1][:300] if words else "it said nothing"
        return f"{said} (log: {self._log})"

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError(f"{self._name} was not started")
        return self._process

    def _stdout(self) -> asyncio.StreamReader:
        stdout = self._running().stdout
        if stdout is None:
            raise RuntimeError(f"{self._name} has no output to read")
        return stdout

    async def wait(self) -> int:
        """Return the exit code once the child has ended."""
        return await self._running().wait()

    async def stop(self) -> None:
        """End the child: by its standard input, then SIGTERM, then SIGKILL."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(ORDERLY_END)
                await process.stdin.drain()
            process.stdin.close()
        if not await self._ended_within(TERMINATE_AFTER):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            if not await self._ended_within(KILL_AFTER):
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._drain is not None:
            await self._drain
            self._drain = None

    async def kill(self) -> None:
        """End the child as a crash would."""
        with contextlib.suppress(ProcessLookupError):
            self._running().kill()
        await self.stop()

    async def _ended_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(asyncio.shield(self._running().wait()), seconds)
        except asyncio.TimeoutError:
            return False
        return True
