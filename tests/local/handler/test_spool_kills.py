"""What a write-ahead spool promises: a record outlives its process a flush interval later."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.local.handler.conftest import accept, refuse

if TYPE_CHECKING:
    from tests.local.handler.conftest import Run, Sink

DOWN = refuse(500, "ServiceUnavailableException")
FLUSH_INTERVAL = 0.1
LIMIT = 120.0

WRITER = f"""
import logging, sys, time
from firehose_logging import FirehoseHandler
logger = logging.getLogger("app")
logger.setLevel("INFO")
logger.addHandler(
    FirehoseHandler(spool_dir=sys.argv[1], spool="always", flush_interval={FLUSH_INTERVAL})
)
number = 0
while True:
    logger.info("%s-%d", sys.argv[2], number)
    sys.stdout.write(f"{{time.monotonic()}} {{number}}\\n")
    sys.stdout.flush()
    number += 1
    time.sleep(0.0005)
"""


class Killing:
    """Programs that are killed one after the other, and what they had been promised."""

    def __init__(self, folder: Path, script: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.promised: dict[str, float] = {}
        self._script = script
        self._environment = environment
        script.write_text(WRITER)

    def kill_one_after(self, seconds: float, name: str) -> None:
        process = subprocess.Popen(
            [sys.executable, str(self._script), str(self.folder), name],
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        first = process.stdout.readline()
        assert first
        time.sleep(seconds)
        killed_at = time.monotonic()
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
        process.wait()
        process.stdout.close()
        for line in (first + rest).splitlines():
            returned_at, number = line.split()
            if float(returned_at) < killed_at - FLUSH_INTERVAL:
                self.promised[f"{name}-{number}"] = killed_at - float(returned_at)

    def lost(self, arrived: list[str]) -> list[float]:
        """Return, for each record lost, the seconds from its call's return to the kill."""
        missing = self.promised.keys() - set(arrived)
        return sorted(self.promised[name] for name in missing)


@pytest.fixture
def killing(tmp_path: Path, aws_environment: dict[str, str]) -> Killing:
    return Killing(tmp_path / "spool", tmp_path / "writer.py", aws_environment)


@pytest.fixture
def busy_machine() -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()


def _bring_in(run: Run, folder: Path) -> None:
    process = run(
        f"""
import logging, os, time
from firehose_logging import FirehoseHandler
logger = logging.getLogger("app")
handler = FirehoseHandler(spool_dir={str(folder)!r})
logger.addHandler(handler)
logger.error("recover")
deadline = time.monotonic() + 60
while os.listdir({str(folder)!r}) and time.monotonic() < deadline:
    time.sleep(0.02)
print(os.listdir({str(folder)!r}), handler.stats.dropped)
""",
        timeout=LIMIT,
    )
    assert process.stdout == "[] {}\n", process.stderr


@pytest.mark.parametrize("sink_is_up", [True, False])
def test_with_write_ahead_no_promised_record_is_lost_by_kill_9(
    run: Run, sink: Sink, killing: Killing, sink_is_up: bool
) -> None:
    sink.behaviour = accept if sink_is_up else DOWN
    for round_number, seconds in enumerate([0.3, 0.7, 1.1]):
        killing.kill_one_after(seconds, str(round_number))
    sink.behaviour = accept
    _bring_in(run, killing.folder)
    assert len(killing.promised) > 100
    assert not killing.lost(sink.messages())


@pytest.mark.slow
@pytest.mark.usefixtures("busy_machine")
@pytest.mark.parametrize("sink_is_up", [True, False])
def test_on_a_busy_machine_ten_kills_lose_no_promised_record(
    run: Run, sink: Sink, killing: Killing, sink_is_up: bool
) -> None:
    sink.behaviour = accept if sink_is_up else DOWN
    for round_number in range(10):
        killing.kill_one_after(0.2 + 0.113 * round_number, str(round_number))
    sink.behaviour = accept
    _bring_in(run, killing.folder)
    assert len(killing.promised) > 100
    assert not killing.lost(sink.messages())
