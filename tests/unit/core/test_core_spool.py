"""The spool's folder: bounded, whole after a disk that fills up, safe to sync and to close."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.core.backlog import Backlog, BatchPolicy
from firehose_logging.core.batching import Batch
from firehose_logging.core.buffer import BufferLimits, RecordBuffer
from firehose_logging.core.counters import Counters
from firehose_logging.core.fallback import Notices
from firehose_logging.core.segments import Segment, decode_lines
from firehose_logging.core.spilling import Spilling
from firehose_logging.core.spool import PAUSE_AFTER_ERROR, SEGMENTS_AT_LEAST, Spool
from firehose_logging.core.wakeup import Wakeup

PATIENCE = 10.0


class Disk:
    """A spool and what fills it, at a time that only the test moves."""

    def __init__(self, folder: Path, max_bytes: int = 1 << 30, buffer_records: int = 1_000) -> None:
        self.folder = folder
        self.now = 1_000.0
        self.counters = Counters()
        self.told: list[str] = []
        notices = Notices(lambda: self.now)
        notices.tell = lambda subject, text: self.told.append(text)  # type: ignore[method-assign]
        self.spool = Spool(str(folder), max_bytes, self.counters, notices, lambda: self.now)
        limits = BufferLimits(
            max_records=buffer_records,
            max_bytes=1 << 30,
            overflow="drop_oldest",
            block_timeout=0.0,
            batch_records=500,
            batch_bytes=1 << 20,
        )
        self.buffer = RecordBuffer(
            limits,
            self.counters,
            Wakeup(),
            lambda: self.now,
            spills=lambda: not self.spool.is_broken(),
        )
        self.spilling = Spilling(
            self.buffer,
            self.spool,
            writes_ahead=True,
            after_writing=lambda: None,
            clock=lambda: self.now,
        )
        self.backlog = Backlog(
            BatchPolicy(1.0, 500, 1 << 20), self.buffer, self.spool, self.spilling
        )

    def batch(self, numbers: range, size: int = 0) -> Batch:
        return Batch.of((b"%d" % n + b" " * size, self.now + n / 1_000) for n in numbers)

    def log(self, numbers: range, size: int = 0) -> None:
        for number in numbers:
            self.now += 0.001
            self.spilling.append(b"%d" % number + b" " * size)

    def size(self) -> int:
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def read(self) -> list[int]:
        read: list[int] = []
        while len(batch := self.spool.take(500, 1 << 20)):
            read += map(int, batch.data)
            assert batch.origin is not None
            self.spool.settle(batch.origin, len(batch))
        return read


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Disk]]:
    made: list[Disk] = []

    def make_disk(max_bytes: int = 1 << 30, buffer_records: int = 1_000) -> Disk:
        made.append(Disk(tmp_path / "spool", max_bytes, buffer_records))
        return made[-1]

    yield make_disk
    for disk in made:
        disk.spool.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), max_size=25), st.integers(0, 200), st.integers(1_000, 9_000))
def test_the_folder_never_holds_more_than_its_bound_and_keeps_the_newest(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int], size: int, max_bytes: int
) -> None:
    disk = Disk(tmp_path_factory.mktemp("spool") / "s", max_bytes)
    disk.spool.prepare()
    logged = 0
    for records in batches:
        disk.log(range(logged, logged + records), size)
        logged += records
        disk.spilling.write_everything()
        assert len(disk.buffer) == 0
        assert disk.size() <= max_bytes
    dropped = disk.counters.dropped.get("spool_full", 0)
    assert disk.read() == list(range(dropped, logged))
    most = max_bytes - 2 * (max_bytes // SEGMENTS_AT_LEAST)
    assert dropped == 0 or (logged - dropped) * (size + 30) > most, "no more went than had to"
    disk.spool.close()


def test_a_batch_larger_than_the_folder_may_be_neither_empties_it_nor_stops_it(
    make: Callable[..., Disk],
) -> None:
    disk = make(max_bytes=4_000)
    assert disk.spool.append(disk.batch(range(10)))
    rest = disk.spilling.put_ahead(disk.batch(range(-200, 0), size=50))
    assert len(rest) == 0
    assert disk.size() <= 4_000
    assert not disk.spool.append(disk.batch(range(100), size=100))
    assert disk.size() > 0, "what was there stays"


def test_what_another_process_holds_counts_and_is_not_taken_away(tmp_path: Path) -> None:
    ours, others = Disk(tmp_path / "spool", 4_000), Disk(tmp_path / "spool", 4_000)
    assert others.spool.append(others.batch(range(50), size=30))
    held = others.size()
    assert not ours.spool.append(ours.batch(range(50), size=30))
    assert ours.size() == held
    assert "spool_bytes=4000" in ours.told[0]
    assert others.read() == list(range(50))
    ours.now += PAUSE_AFTER_ERROR
    assert ours.spool.append(ours.batch(range(50), size=30))
    for disk in (ours, others):
        disk.spool.close()


def test_what_is_put_ahead_is_read_first_in_its_own_order(make: Callable[..., Disk]) -> None:
    disk = make(max_bytes=SEGMENTS_AT_LEAST * 1_000)
    disk.spool.append(disk.batch(range(100, 110)))
    assert len(disk.spilling.put_ahead(disk.batch(range(100)))) == 0
    assert len(list(disk.folder.iterdir())) > 2, "in several segments"
    assert disk.read() == list(range(110))


def test_while_somebody_is_interrupted_in_moving_records_nobody_moves_or_sends_them(
    make: Callable[..., Disk],
) -> None:
    disk = make()
    disk.log(range(10))
    append = disk.spool.append
    taken: list[int] = []

    def interrupted(batch: Batch) -> bool:
        assert append(batch)
        disk.spilling.write_ahead()  # as another thread, to which the lock was lent
        taken.append(len(disk.backlog.take(disk.now)))
        taken.append(len(disk.backlog.take(disk.now)))
        assert disk.backlog.next_due(disk.now, hurry=True) == float("inf")
        return True

    with mock.patch.object(disk.spool, "append", interrupted):
        disk.spilling.write_ahead()
    assert taken == [0, 0]
    assert disk.backlog.next_due(disk.now, hurry=True) == disk.now
    assert disk.read() == list(range(10))
    assert len(disk.buffer) == 0
    assert disk.buffer.accepted == 10


def test_who_closes_in_the_middle_of_moving_records_leaves_all_of_them(
    make: Callable[..., Disk],
) -> None:
    disk = make()
    disk.log(range(10))
    append = disk.spool.append

    def interrupted(batch: Batch) -> bool:
        with mock.patch.object(disk.spool, "append", append):
            assert len(disk.backlog.leave(None)) == 0
        return append(batch)

    with mock.patch.object(disk.spool, "append", interrupted):
        disk.spilling.write_ahead()
    lines = [decode_lines(path.read_bytes()) for path in sorted(disk.folder.iterdir())]
    assert {int(data) for each in lines for data, _ in each.records} == set(range(10))


def test_others_write_read_and_remove_while_a_slow_disk_syncs(make: Callable[..., Disk]) -> None:
    disk = make()
    in_sync, may_end = threading.Event(), threading.Event()
    synced: list[os.stat_result] = []

    def slow(descriptor: int) -> None:
        in_sync.set()
        may_end.wait(PATIENCE)
        synced.append(os.fstat(descriptor))

    with mock.patch("firehose_logging.core.segments.os.fsync", slow):
        disk.spool.append(disk.batch(range(5)))
        syncing = threading.Thread(target=disk.spool.sync)
        syncing.start()
        assert in_sync.wait(PATIENCE)
        disk.spool.append(disk.batch(range(5, 10)))
        assert disk.read() == list(range(10))
        assert not list(disk.folder.iterdir())
        may_end.set()
        syncing.join()
    assert len(synced) == 1, "of a descriptor that was open still"


def test_everything_written_is_synced_once_and_before_closing(make: Callable[..., Disk]) -> None:
    disk = make()
    with mock.patch("firehose_logging.core.segments.os.fsync") as fsync:
        disk.spool.append(disk.batch(range(5)))
        disk.spool.append(disk.batch(range(5, 10)))
        disk.spool.sync()
        assert fsync.call_count == 1
        disk.spool.sync()
        assert fsync.call_count == 1
        disk.spool.append(disk.batch(range(10, 15)))
        disk.spool.close()
        assert fsync.call_count == 2


def test_of_a_write_that_fails_half_way_nothing_stays(make: Callable[..., Disk]) -> None:
    disk = make()
    assert disk.spool.append(disk.batch(range(5)))
    (path,) = disk.folder.iterdir()
    before = path.read_bytes()
    written = os.write

    def write_half(descriptor: int, data: bytes) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(descriptor, data[: len(data) // 2])

    with mock.patch("firehose_logging.core.segments.os.write", write_half):
        assert not disk.spool.append(disk.batch(range(5, 10)))
    assert path.read_bytes() == before
    assert disk.read() == list(range(5))


def test_a_forked_child_lets_go_of_what_a_thread_of_its_parent_was_syncing(
    make: Callable[..., Disk],
) -> None:
    disk = make()
    disk.spool.append(disk.batch(range(5)))
    (path,) = disk.folder.iterdir()
    (segment,) = disk.spool._held
    assert Segment.claim(path) is None
    segment.users = 1
    disk.spool.leave_to_parent()
    claimed = Segment.claim(path)
    assert claimed is not None, "once the parent is gone as well"
    claimed.release()


def test_a_disk_that_fails_to_sync_is_told_and_left_alone_for_a_while(
    make: Callable[..., Disk],
) -> None:
    disk = make()
    disk.spool.append(disk.batch(range(5)))
    failure = OSError(errno.EIO, "Input/output error")
    with mock.patch("firehose_logging.core.segments.os.fsync", side_effect=failure):
        disk.spool.sync()
    assert "Input/output error" in disk.told[0]
    assert not disk.spool.append(disk.batch(range(5)))
    disk.now += PAUSE_AFTER_ERROR
    assert disk.spool.append(disk.batch(range(5, 10)))
    assert disk.read() == list(range(10))


def test_a_folder_that_can_not_be_made_is_told_before_anything_is_lost(
    tmp_path: Path, make: Callable[..., Disk]
) -> None:
    (tmp_path / "spool").write_text("a file")
    disk = make()
    disk.spool.prepare()
    assert len(disk.told) == 1
    assert str(tmp_path / "spool") in disk.told[0]
    assert not disk.spilling.writes_everything()


def test_closing_puts_the_rest_of_a_segment_that_was_sent_in_part_in_its_place(
    make: Callable[..., Disk],
) -> None:
    disk = make()
    disk.spool.append(disk.batch(range(10)))
    sent = disk.backlog.take(disk.now)
    disk.backlog.settle(sent.select(range(4)))
    disk.backlog.retry(sent.select(range(4, 10)), disk.now + 5)
    disk.log(range(10, 12))
    assert len(disk.backlog.leave(None)) == 0
    assert disk.spool.backlog() == 8
    lines = [decode_lines(path.read_bytes()) for path in sorted(disk.folder.iterdir())]
    assert [int(data) for each in lines for data, _ in each.records] == list(range(4, 12))


def test_when_closing_what_the_disk_does_not_take_is_returned(make: Callable[..., Disk]) -> None:
    disk = make()
    flying = disk.batch(range(-3, 0))
    disk.log(range(5))
    failure = OSError(errno.ENOSPC, "No space left on device")
    with mock.patch("firehose_logging.core.segments.os.write", side_effect=failure):
        lost = disk.backlog.leave(flying)
    assert [int(data) for data in lost.data] == list(range(-3, 5))
    assert disk.spool.backlog() == 0
