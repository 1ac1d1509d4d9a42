"""Disks that are full for a while, below the handler's spool and below the local stack."""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from tests.chaos.processes import failing_firehose, start_logging
from tests.chaos.program import Task
from tests.chaos.scenarios import Run, finish
from tests.full_disk import SmallFiles
from tests.local.firehose.running_stack import RunningStack, start, wait_for

from firehose_logging.local import process

SPOOL_PACE = 2_000.0
"""Records a second that the program logs."""

STACK_THREADS = 4
STACK_LIFE = 3.0
"""Seconds between a stack's start and its end."""

_RECORDS_PER_PUT = 20
_PADDING = "x" * 500
_MOST_ROOM = 200_000


class StackResult(NamedTuple):
    """What became of the records put to stacks whose disk filled up, and that were killed.

    Attributes:
        kills: how many were.
        acknowledged: records that were.
        refused: those that were refused.
        unanswered: those that nothing was said about, for the stack was killed.
        lost: acknowledged and not found in the domain.
        never_acknowledged: refused, and found there all the same.
        damaged: records that a stack told it could not read back.
    """

    kills: int
    acknowledged: int
    refused: int
    unanswered: int
    lost: int
    never_acknowledged: int
    damaged: int

    def problems(self) -> list[str]:
        """Return what is not as promised."""
        told = {
            "acknowledged records lost": self.lost,
            "refused records delivered": self.never_acknowledged,
            "damaged records": self.damaged,
        }
        return [f"{count} {what}" for what, count in told.items() if count]


def spool_on_a_full_disk(records: int, seconds: float) -> Run:
    """Log through an outage, in the middle of which the spool's disk is full for a while."""
    with tempfile.TemporaryDirectory() as name, failing_firehose(records) as firehose:
        options = {"spool": "always", "spool_dir": name, "flush_interval": 0.2}
        task = Task(0, records, 4, 4 / SPOOL_PACE, patience=120.0, options=options)
        program, disk = start_logging(firehose, task), SmallFiles(Path(name))
        while firehose.verdict().arrived == 0:
            time.sleep(0.05)
        firehose.command("outage")
        time.sleep(seconds / 3)
        disk.fill(program.process.pid, room=10_000)
        time.sleep(seconds / 3)
        disk.free(program.process.pid)
        time.sleep(seconds / 3)
        firehose.command("recover")
        return finish(firehose, program)


def stacks_on_a_full_disk(kills: int, seed: int) -> StackResult:
    """Put records to a stack, let its disk be full for a while, kill it; again and again."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        home, data = Path(name) / "home", Path(name) / "data"
        said = _Said()
        try:
            for number in range(kills):
                stack = start(home, data_dir=data, quotas=False)
                if not number:
                    stack.prepare()
                    stack.create_stream(interval=900)
                _live_and_die(stack, said, chance, home)
            stack = start(home, data_dir=data, quotas=False)
            return _judge(stack, said, kills, home)
        finally:
            process.stop(home)


class _Said:
    """What clients were told of each record."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0
        self.acknowledged: set[int] = set()
        self.refused: set[int] = set()
        self.unanswered: set[int] = set()

    def numbers(self) -> range:
        with self._lock:
            first, self._next = self._next, self._next + _RECORDS_PER_PUT
        return range(first, first + _RECORDS_PER_PUT)

    def note(self, numbers: range, answer: Any) -> None:
        """Note an answer; ``None`` for a refusal."""
        entries = [{}] * len(numbers) if answer is None else answer["RequestResponses"]
        with self._lock:
            for number, entry in zip(numbers, entries, strict=True):
                (self.acknowledged if "RecordId" in entry else self.refused).add(number)

    def note_silence(self, numbers: range) -> None:
        with self._lock:
            self.unanswered.update(numbers)


def _live_and_die(stack: RunningStack, said: _Said, chance: random.Random, home: Path) -> None:
    disk, pid = SmallFiles(home), stack.info.pid
    threads = [threading.Thread(target=_put, args=(stack, said)) for _ in range(STACK_THREADS)]
    for thread in threads:
        thread.start()
    time.sleep(STACK_LIFE / 3)
    disk.fill(pid, room=int(chance.uniform(1, _MOST_ROOM)))
    time.sleep(STACK_LIFE / 3)
    if chance.random() < 0.7:
        disk.free(pid)
    time.sleep(STACK_LIFE / 3 * chance.random())
    os.kill(pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    wait_for(lambda: process.running(home) is None, "the stack survives a kill")


def _put(stack: RunningStack, said: _Said) -> None:
    firehose = stack.client("firehose")
    is_there = True
    while is_there:
        numbers = said.numbers()
        entries = [{"Data": json.dumps({"n": n, "p": _PADDING}).encode()} for n in numbers]
        try:
            said.note(
                numbers,
                firehose.put_record_batch(DeliveryStreamName="logs", Records=entries),
            )
        except ClientError:
            said.note(numbers, None)
        except BotoCoreError:
            said.note_silence(numbers)
            is_there = False
        time.sleep(0.002)


def _judge(stack: RunningStack, said: _Said, kills: int, home: Path) -> StackResult:
    wait_for(lambda: said.acknowledged <= stack.all_found(), "not all is delivered", fails=False)
    found = stack.all_found()
    log = (home / "logs" / "stack.log").read_text()
    return StackResult(
        kills=kills,
        acknowledged=len(said.acknowledged),
        refused=len(said.refused),
        unanswered=len(said.unanswered),
        lost=len(said.acknowledged - found),
        never_acknowledged=len(said.refused & found),
        damaged=log.count("records are lost: damaged"),
    )
