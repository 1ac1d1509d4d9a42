"""A stack that starts again answers nothing before it can answer right."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from firehose_logging.local.firehose import Firehose
from firehose_logging.local.home import Home
from firehose_logging.local.stack import LOOPBACK, Stack, StackOptions

LONG_ENOUGH = 0.5
"""Seconds in which a server that listens answers."""

PATIENCE = 60.0
REQUEST = b"POST /_local/nothing HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n"


class Caller:
    """Somebody who has connected and asked, and waits for the first bytes of an answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._answer: asyncio.Task[bytes] | None = None

    async def ask(self) -> None:
        reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)
        self._writer.write(REQUEST)
        self._answer = asyncio.create_task(reader.read(12))

    async def is_answered(self, within: float) -> bool:
        assert self._answer is not None
        done, _ = await asyncio.wait([self._answer], timeout=within)
        return bool(done)

    async def answer(self) -> bytes:
        assert self._answer is not None
        answer = await asyncio.wait_for(self._answer, PATIENCE)
        self._writer.close()
        return answer


async def test_nobody_is_answered_before_the_streams_are_back_and_everybody_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    caller, answered_early = Caller(port), []
    restore = Firehose.start

    async def restore_slowly(firehose: Firehose) -> None:
        await caller.ask()
        answered_early.append(await caller.is_answered(LONG_ENOUGH))
        await restore(firehose)

    monkeypatch.setattr(Firehose, "start", restore_slowly)
    home = Home(tmp_path / "home")
    options = StackOptions(home, port=port, engine="osmem", data_dir=tmp_path / "data")
    claim = home.claim()
    stack = Stack(options, claim, lambda _line: None)
    try:
        await stack.start()
        assert answered_early == [False]
        assert await caller.answer() == b"HTTP/1.1 404"
    finally:
        await stack.stop()
        claim.release()
