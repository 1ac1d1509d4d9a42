"""Records on disk: what memory can't hold, what the network won't take, what a crash leaves."""

from __future__ import annotations

import errno
import logging
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.local.handler.conftest import accept, accept_some, refuse

from firehose_logging import FirehoseHandler
from firehose_logging.core import segments

if TYPE_CHECKING:
    from tests.local.handler.conftest import Run, Sink

pytestmark = pytest.mark.usefixtures("here")

Make = Callable[..., tuple[logging.Logger, FirehoseHandler]]
DOWN = refuse(500, "ServiceUnavailableException")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    handlers: list[FirehoseHandler] = []

    def make_logger(**options: Any) -> tuple[logging.Logger, FirehoseHandler]:
        handler = FirehoseHandler(**{"spool_dir": folder, "fallback": None} | options)
        handlers.append(handler)
        logger = logging.Logger("app")
        logger.addHandler(handler)
        return logger, handler

    yield make_logger
    for handler in handlers:
        handler.close()


def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))


def _accounted(handler: FirehoseHandler) -> bool:
    stats = handler.stats
    gone = stats.sent + stats.fell_back + sum(stats.dropped.values())
    return stats.accepted == gone + stats.queued


def _log_more_than_memory_holds(make: Make, sink: Sink) -> list[str]:
    """Log 1,000 records into an outage with room for 100; return them in the order logged."""
    sink.behaviour = DOWN
    logger, handler = make(buffer_records=100)
    for number in range(1_000):
        logger.info("record %d", number)
    assert handler.stats.spooled > 500
    assert not handler.stats.dropped
    sink.behaviour = accept
    assert handler.flush(60)
    assert _accounted(handler)
    return [f"record {number}" for number in range(1_000)]


def test_what_memory_can_not_hold_goes_to_disk_and_comes_back_once(
    make: Make, sink: Sink, folder: Path
) -> None:
    logged = _log_more_than_memory_holds(make, sink)
    assert sorted(sink.messages()) == sorted(logged)
    assert not _files(folder)


def test_what_memory_can_not_hold_comes_back_in_order(make: Make, sink: Sink) -> None:
    logged = _log_more_than_memory_holds(make, sink)
    assert sink.messages() == logged


def test_what_can_not_be_sent_at_the_end_is_sent_by_the_next_handler(
    make: Make, sink: Sink, folder: Path
) -> None:
    sink.behaviour = DOWN
    logger, handler = make()
    for number in range(20):
        logger.info("record %d", number)
    handler.close()
    assert handler.stats.spooled == 20
    assert handler.stats.queued == 20
    assert not handler.stats.dropped
    assert len(_files(folder)) == 1
    sink.behaviour = accept
    logger, handler = make()
    logger.info("new")
    _until(lambda: len(sink.received) >= 21)
    assert sorted(sink.messages()) == sorted(["new", *(f"record {n}" for n in range(20))])
    _until(lambda: not _files(folder))


def test_in_an_outage_records_go_to_disk_soon(make: Make, sink: Sink, folder: Path) -> None:
    sink.behaviour = DOWN
    logger, handler = make(flush_interval=0.05)
    logger.info("safe")
    _until(lambda: handler.stats.spooled == 1)
    assert len(_files(folder)) == 1
    assert handler.stats.queued == 1
    sink.behaviour = accept


def test_partial_failures_of_spooled_records_lose_and_double_nothing(
    make: Make, sink: Sink, folder: Path
) -> None:
    sink.behaviour = accept_some(lambda number: number % 3 != 0)
    logger, handler = make(spool="always", flush_interval=0.05)
    for number in range(300):
        logger.info("record %d", number)
    _until(lambda: handler.stats.retried > 50)
    assert _files(folder), "records that were not acknowledged are still on disk"
    sink.behaviour = accept
    assert handler.flush(60)
    counts = Counter(sink.messages())
    assert len(counts) == 300
    assert set(counts.values()) == {1}
    assert not _files(folder)
    assert _accounted(handler)


def test_a_half_written_tail_is_cut(make: Make, sink: Sink, folder: Path) -> None:
    folder.mkdir()
    lines = segments.encode_lines((b'{"message":"%d"}' % n, time.time()) for n in range(10))
    (folder / "00000000000000000001-1-0.spool").write_bytes(lines[:-7])
    logger, _handler = make()
    logger.info("new")
    _until(lambda: len(sink.received) == 10)
    assert sink.messages() == [*map(str, range(9)), "new"]
    _until(lambda: not _files(folder))


def test_a_damaged_line_is_counted_and_the_others_are_sent(
    make: Make, sink: Sink, folder: Path
) -> None:
    folder.mkdir()
    lines = segments.encode_lines((b'{"message":"%d"}' % n, time.time()) for n in range(3))
    (folder / "00000000000000000001-1-0.spool").write_bytes(lines.replace(b'"1"', b'"X"'))
    logger, handler = make()
    logger.info("new")
    _until(lambda: len(sink.received) == 3)
    assert sink.messages() == ["0", "2", "new"]
    assert handler.stats.dropped == {"spool_damaged": 1}


def test_the_folder_is_bounded_the_oldest_go_first(
    make: Make, sink: Sink, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firehose_logging.core.spool.SEGMENT_BYTES", 2_000)
    sink.behaviour = DOWN
    logger, handler = make(spool="always", spool_bytes=20_000, flush_interval=0.02)
    for number in range(400):
        logger.info("record %d %s", number, "x" * 100)
        if number % 10 == 0:
            _until(lambda: not len(handler._pipeline.buffer))
    assert sum(path.stat().st_size for path in _files(folder)) <= 20_000
    assert handler.stats.dropped.get("spool_full", 0) > 100
    sink.behaviour = accept
    handler.flush(60)
    assert _accounted(handler)
    assert sink.messages()[-1].startswith("record 399 ")


@pytest.mark.parametrize("mode", ["overflow", "always"])
def test_a_folder_that_can_not_be_written_is_told_and_logging_goes_on(
    make: Make, sink: Sink, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    logger, handler = make(spool_dir=tmp_path / "file" / "spool", spool=mode, flush_interval=0.05)
    if mode == "overflow":
        sink.behaviour = DOWN
        logger.info("first")
        handler.flush(2)
        sink.behaviour = accept
    logger.info("still logging")
    assert handler.flush(30)
    assert "still logging" in sink.messages()
    assert "can't spool" in capsys.readouterr().err
    assert _accounted(handler)


@pytest.mark.parametrize("mode", ["overflow", "always"])
def test_a_folder_that_can_not_be_written_is_told_with_the_first_record(
    make: Make, sink: Sink, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    logger, _handler = make(spool_dir=tmp_path / "file", spool=mode, flush_interval=60.0)
    logger.info("first")
    told = ""
    deadline = time.monotonic() + 30
    while not told.endswith("\n"):
        assert time.monotonic() < deadline
        told += capsys.readouterr().err
    (line,) = told.splitlines()
    assert str(tmp_path / "file") in line
    assert not sink.batches, "there was no need to write yet"


def test_a_folder_that_may_only_be_read_is_told_with_the_first_record(run: Run) -> None:
    # Not below pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "spool"
        folder.mkdir(0o555)
        process = run(
            f"""
import logging, os, time
from firehose_logging import FirehoseHandler
logger = logging.getLogger("app")
logger.addHandler(FirehoseHandler(spool_dir={str(folder)!r}, flush_interval=60.0))
if os.getuid() == 0:
    os.setuid(65534)  # root may write anywhere
logger.error("first")
time.sleep(1)
os._exit(0)
"""
        )
        assert f"can't spool to {folder}: [Errno 13]" in process.stderr
        folder.chmod(0o755)


@pytest.mark.parametrize("mode", ["overflow", "always"])
def test_what_is_written_is_on_disk_soon(
    make: Make, sink: Sink, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(
        "firehose_logging.core.segments.os.fsync",
        lambda descriptor: synced.append(os.fstat(descriptor).st_size),
    )
    sink.behaviour = DOWN
    logger, handler = make(spool=mode, flush_interval=0.05)
    logger.info("first")
    _until(lambda: handler.stats.spooled == 1)
    _until(lambda: bool(synced))
    assert synced[0] > 50
    sink.behaviour = accept


def test_a_disk_that_takes_its_time_keeps_neither_callers_nor_promises_waiting(
    make: Make, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.behaviour = DOWN
    monkeypatch.setattr("firehose_logging.core.segments.os.fsync", lambda _: time.sleep(1.5))
    logger, handler = make(spool="always", flush_interval=0.2)
    logger.info("first")
    _until(lambda: handler.stats.spooled == 1)
    slowest = latest = 0.0
    for number in range(2, 12):
        started = time.monotonic()
        logger.info("record %d", number)
        slowest = max(slowest, time.monotonic() - started)
        while handler.stats.spooled < number:
            time.sleep(0.005)
        latest = max(latest, time.monotonic() - started)
    assert slowest < 1.0
    assert latest < 1.0, "far within what one write to this disk takes"
    sink.behaviour = accept


def test_a_full_disk_is_told_and_what_was_written_before_stays_whole(
    make: Make,
    sink: Sink,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logger, handler = make(spool="always", flush_interval=0.05)
    sink.behaviour = DOWN
    logger.info("before")
    _until(lambda: handler.stats.spooled == 1)
    written = os.write

    def write_half(descriptor: int, data: Any) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as full:
        full.setattr("firehose_logging.core.segments.os.write", write_half)
        logger.info("while the disk is full")
        _until(lambda: "No space left" in capsys.readouterr().err)
    for path in _files(folder):
        assert segments.decode_lines(path.read_bytes()).damaged == 0
        assert path.read_bytes().endswith(b"\n")
    sink.behaviour = accept
    _until(lambda: sorted(sink.messages()) == ["before", "while the disk is full"])


def test_several_processes_share_the_folder(run: Run, sink: Sink, folder: Path) -> None:
    process = run(
        f"""
import logging, os, sys, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from firehose_logging import FirehoseHandler
logger = logging.getLogger("app")
logger.setLevel("INFO")
handler = FirehoseHandler(spool_dir={str(folder)!r}, spool="always", flush_interval=0.05)
logger.addHandler(handler)
logger.info("parent")
time.sleep(0.3)
children = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        for number in range(200):
            logger.info("%d-%d", child, number)
        sys.exit(0 if handler.flush() else 1)
    children.append(pid)
print([os.waitpid(pid, 0)[1] for pid in children])
"""
    )
    assert process.stdout == "[0, 0, 0]\n", process.stderr
    counts = Counter(sink.messages())
    assert len(counts) == 601
    assert set(counts.values()) == {1}
    assert not _files(folder)


def test_what_is_too_old_on_disk_is_not_sent(make: Make, sink: Sink, folder: Path) -> None:
    folder.mkdir()
    ages = {"old": 7_200, "young": 60}
    lines = segments.encode_lines(
        (b'{"message":"%b"}' % name.encode(), time.time() - age) for name, age in ages.items()
    )
    (folder / "00000000000000000001-1-0.spool").write_bytes(lines)
    logger, handler = make(max_retry_age=3_600.0)
    logger.info("new")
    _until(lambda: len(sink.received) == 2)
    assert sink.messages() == ["young", "new"]
    assert handler.stats.dropped == {"expired": 1}
