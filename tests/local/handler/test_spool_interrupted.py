"""The spool while signals, destructors, forks and a full disk come in between."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.local.handler.conftest import accept, refuse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local.handler.conftest import Behaviour, Run, Sink

DOWN = refuse(500, "ServiceUnavailableException")

START = """
import itertools, logging, os, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from firehose_logging import FirehoseHandler
logger = logging.getLogger("app")
logger.setLevel("INFO")
handler = FirehoseHandler(spool_dir="spool", fallback=None, **OPTIONS)
logger.addHandler(handler)
"""

SLOW_DISK = """
real_sync = os.fsync
def slow_sync(descriptor):
    time.sleep(0.2)
    real_sync(descriptor)
os.fsync = slow_sync
"""


def _program(source: str, **options: object) -> str:
    return START.replace("OPTIONS", repr(options)) + source


def _refuse_at_first(requests: int) -> Behaviour:
    """Refuse some requests and accept all that come after."""
    left = itertools.count(requests, -1)

    def behave(sink: Sink, records: list[bytes]) -> tuple[int, dict[str, Any]]:
        return (DOWN if next(left) > 0 else accept)(sink, records)

    return behave


def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


@pytest.mark.parametrize("spool", ["overflow", "always"])
def test_a_signal_handler_that_logs_in_the_middle_of_spilling_neither_hangs_nor_loses(
    run: Run, sink: Sink, spool: str
) -> None:
    sink.behaviour = _refuse_at_first(5)
    process = run(
        _program(
            """
import signal
signals = itertools.count()
def log(number, frame):
    logger.info("signal %d", next(signals))
signal.signal(signal.SIGALRM, log)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
until = time.monotonic() + 2
for number in itertools.count():
    logger.info("record %d", number)
    if time.monotonic() > until:
        break
signal.setitimer(signal.ITIMER_REAL, 0)
print(handler.flush(60), handler.stats.accepted == number + 1 + next(signals))
print(handler.stats.accepted, handler.stats.spooled > 0, handler.stats.dropped)
""",
            spool=spool,
            buffer_records=50,
            flush_interval=0.01,
        ),
        timeout=120,
    )
    assert process.stdout.startswith("True True\n"), process.stdout + process.stderr
    accepted, *rest = process.stdout.splitlines()[1].split()
    assert rest == ["True", "{}"]
    counts = Counter(sink.messages())
    assert len(counts) == int(accepted)
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("spool", ["overflow", "always"])
def test_a_signal_handler_that_flushes_in_the_middle_of_spilling_neither_hangs_nor_loses(
    run: Run, sink: Sink, spool: str
) -> None:
    process = run(
        _program(
            """
import signal
signals, flushing = itertools.count(), False
def log(number, frame):
    global flushing
    logger.info("signal %d", next(signals))
    if not flushing:
        flushing = True
        handler.flush(0.05)
        flushing = False
signal.signal(signal.SIGALRM, log)
signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
until = time.monotonic() + 2
for number in itertools.count():
    logger.info("record %d", number)
    if time.monotonic() > until:
        break
signal.setitimer(signal.ITIMER_REAL, 0)
print(handler.flush(60), handler.stats.accepted == number + 1 + next(signals))
print(handler.stats.accepted, handler.stats.dropped)
""",
            spool=spool,
            buffer_records=20,
            flush_interval=0.01,
        ),
        timeout=120,
    )
    assert process.stdout.startswith("True True\n"), process.stdout + process.stderr
    accepted, _, dropped = process.stdout.splitlines()[1].partition(" ")
    assert dropped == "{}"
    counts = Counter(sink.messages())
    assert len(counts) == int(accepted)
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("spool", ["overflow", "always"])
def test_a_destructor_that_logs_in_the_middle_of_spilling_neither_hangs_nor_loses(
    run: Run, sink: Sink, spool: str
) -> None:
    sink.behaviour = _refuse_at_first(5)
    process = run(
        _program(
            """
import gc
class Loud:
    def __init__(self):
        self.me = self
    def __del__(self):
        logger.info("destroyed")
gc.set_threshold(10)
for number in range(3_000):
    Loud()
    logger.info("record %d %s", number, [[] for _ in range(5)] and "")
gc.collect()
print(handler.flush(60), handler.stats.accepted, handler.stats.dropped)
""",
            spool=spool,
            buffer_records=50,
            flush_interval=0.01,
        ),
        timeout=120,
    )
    assert process.stdout == "True 6000 {}\n", process.stdout + process.stderr
    counts = Counter(sink.messages())
    assert counts.pop("destroyed") == 3_000
    assert len(counts) == 3_000
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("spool", ["overflow", "always"])
def test_forks_while_records_are_spilled_and_synced_neither_lose_nor_double(
    run: Run, sink: Sink, spool: str
) -> None:
    sink.delay = 0.1
    process = run(
        _program(
            SLOW_DISK
            + """
going = True
def chatter():
    for number in itertools.count():
        if not going:
            break
        logger.info("parent %d", number)
        time.sleep(0.0002)
thread = threading.Thread(target=chatter)
thread.start()
time.sleep(0.3)
statuses = []
for child in range(5):
    pid = os.fork()
    if pid == 0:
        for number in range(300):
            logger.info("child %d-%d", child, number)
        flushed = handler.flush()
        handler.close()
        os._exit(0 if flushed else 1)
    time.sleep(0.05)
    statuses.append(os.waitpid(pid, 0)[1])
going = False
thread.join()
print(statuses, handler.flush(60), handler.stats.dropped, handler.stats.spooled > 0)
print(handler.stats.accepted)
""",
            spool=spool,
            buffer_records=100,
            flush_interval=0.05,
        ),
        timeout=120,
    )
    first, accepted = process.stdout.splitlines()
    assert first == "[0, 0, 0, 0, 0] True {} True", process.stderr
    counts = Counter(sink.messages())
    assert set(counts.values()) == {1}
    assert len(counts) == 5 * 300 + int(accepted)


def test_on_a_full_disk_logging_goes_on_and_nothing_is_lost_uncounted(
    run: Run, sink: Sink, tmp_path: Path
) -> None:
    sink.behaviour = _refuse_at_first(6)
    process = run(
        _program(
            """
import resource, signal
logger.info("first")
while not handler.stats.retried:
    time.sleep(0.01)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # as little as fits no batch
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
slowest = 0.0
for number in range(5_000):
    started = time.monotonic()
    logger.info("record %d", number)
    slowest = max(slowest, time.monotonic() - started)
handler.flush(60)
stats = handler.stats
gone = stats.sent + stats.fell_back + sum(stats.dropped.values()) + stats.queued
print(slowest < 1, stats.accepted == gone, set(stats.dropped), stats.queued)
print(stats.sent)
""",
            buffer_records=1_000,
            flush_interval=0.05,
        ),
        timeout=120,
    )
    first, sent = process.stdout.splitlines()
    assert first == "True True {'overflow'} 0", process.stderr
    assert "can't spool to spool: [Errno 27] File too large" in process.stderr
    counts = Counter(sink.messages())
    assert len(counts) == int(sent)
    assert set(counts.values()) == {1}
    assert not list((tmp_path / "spool").iterdir())


def test_what_a_killed_process_leaves_is_sent_by_one_that_runs_already(
    aws_environment: dict[str, str], sink: Sink, tmp_path: Path
) -> None:
    sink.behaviour = DOWN
    script = tmp_path / "program.py"
    script.write_text(
        _program(
            """
for number in range(200):
    logger.info("%s-%d", sys.argv[1], number)
while handler.stats.spooled < 200:
    time.sleep(0.01)
print("spooled", flush=True)
time.sleep(120)
""",
            spool="always",
            flush_interval=0.05,
        )
    )
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), name],
            env=aws_environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for name in ("killed", "survivor")
    ]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "spooled\n"
        processes[0].kill()
        processes[0].wait()
        sink.behaviour = accept
        _until(lambda: len(sink.received) >= 400, 60)
    finally:
        for process in processes:
            process.kill()
            process.wait()
            assert process.stdout
            process.stdout.close()
    counts = Counter(sink.messages())
    assert set(counts) == {f"{name}-{n}" for name in ("killed", "survivor") for n in range(200)}
    assert set(counts.values()) == {1}
