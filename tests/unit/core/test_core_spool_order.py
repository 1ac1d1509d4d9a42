"""Records keep their order through outages, the spool and restarts; none is lost or doubled."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.core import spool as spool_module
from firehose_logging.core.backlog import Backlog, BatchPolicy
from firehose_logging.core.batching import Batch
from firehose_logging.core.buffer import BufferLimits, RecordBuffer
from firehose_logging.core.counters import Counters
from firehose_logging.core.fallback import Notices
from firehose_logging.core.spilling import Spilling
from firehose_logging.core.spool import Spool
from firehose_logging.core.wakeup import Wakeup

ROOM = 10


class Process:
    """What a process has between those who log and the network, moved by hand."""

    def __init__(self, folder: str, start: float, *, overflow: str, write_ahead: bool) -> None:
        self.now = start
        self.counters = Counters()
        self.spool = Spool(folder, 1 << 30, self.counters, Notices(self.clock), self.clock)
        limits = BufferLimits(
            max_records=ROOM,
            max_bytes=10_000,
            overflow=overflow,
            block_timeout=0.0,
            batch_records=5,
            batch_bytes=1_000,
        )
        self.buffer = RecordBuffer(
            limits,
            self.counters,
            Wakeup(),
            self.clock,
            high_water=Wakeup(),
            spills=lambda: not self.spool.is_broken(),
        )
        self.spilling = Spilling(
            self.buffer,
            self.spool,
            writes_ahead=write_ahead,
            after_writing=lambda: None,
            clock=self.clock,
        )
        self.append = self.spilling.append_ahead if write_ahead else self.spilling.append
        self.backlog = Backlog(BatchPolicy(1.0, 7, 1_000), self.buffer, self.spool, self.spilling)
        self.sent: list[int] = []

    def clock(self) -> float:
        return self.now

    def log(self, *numbers: int) -> None:
        for number in numbers:
            self.now += 0.1
            self.append(b"%d" % number)
            assert not self.buffer.overflows()

    def take(self) -> Batch:
        batch = self.backlog.take(self.now)
        self.backlog.count_on_its_way(batch)
        return batch

    def deliver(self, batch: Batch) -> None:
        self.sent += map(int, batch.data)
        self.backlog.settle(batch)
        self.backlog.count_on_its_way(None)

    def fail(self, batch: Batch, *, to_disk: bool) -> None:
        if len(batch):
            self.backlog.give_back(batch, self.now, to_disk=to_disk)
        self.backlog.count_on_its_way(None)

    def deliver_all(self) -> None:
        self.now += 10.0  # time to look for what others have left
        while True:
            self.spilling.write_ahead()
            batch = self.take()
            self.deliver(batch)
            if not len(batch):
                return


@pytest.fixture(autouse=True, scope="module")
def _small_segments() -> Iterator[None]:
    with mock.patch.object(spool_module, "SEGMENT_BYTES", 200):
        yield


@contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield folder


_act = st.one_of(
    st.tuples(st.just("log"), st.integers(1, 25)),
    st.tuples(st.just("take"), st.just(0)),
    st.tuples(st.just("deliver"), st.just(0)),
    st.tuples(st.just("fail"), st.integers(0, 1)),
    st.tuples(st.just("spool"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
)
_overflow = st.sampled_from(["drop_oldest", "drop_newest", "block"])


@settings(max_examples=200, deadline=None)
@given(st.lists(_act, max_size=40), _overflow, st.booleans())
def test_what_leaves_is_what_was_logged_in_the_order_of_the_calls(
    acts: list[tuple[str, int]], overflow: str, write_ahead: bool
) -> None:
    numbers, sent, dropped = count(), list[int](), dict[str, int]()
    with _folder() as folder:
        process = Process(folder, 1_000.0, overflow=overflow, write_ahead=write_ahead)
        flying: Batch | None = None
        for act, number in acts:
            if act == "log":
                process.log(*(next(numbers) for _ in range(number)))
            elif act == "take" and flying is None:
                flying = process.take()
            elif act == "deliver" and flying is not None:
                process.deliver(flying)
                flying = None
            elif act == "fail" and flying is not None:
                process.fail(flying, to_disk=bool(number))
                flying = None
            elif act == "spool":
                process.spilling.write_ahead()
            elif act == "restart":
                assert not len(process.backlog.leave(flying))
                flying = None
                sent += process.sent
                dropped |= process.counters.dropped
                process = Process(
                    folder, process.now + 10.0, overflow=overflow, write_ahead=write_ahead
                )
        process.fail(flying or Batch([], []), to_disk=False)
        process.deliver_all()
        process.spool.close()
        assert not dropped | process.counters.dropped
        assert sent + process.sent == list(range(next(numbers)))
        assert process.spool.backlog() == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(_act, st.booleans()), max_size=30), _overflow, st.booleans())
def test_after_a_crash_whatever_had_left_memory_arrives_in_order(
    acts: list[tuple[tuple[str, int], bool]], overflow: str, write_ahead: bool
) -> None:
    numbers, arrived, lost = count(), list[int](), set[int]()
    with _folder() as folder:
        process = Process(folder, 1_000.0, overflow=overflow, write_ahead=write_ahead)
        for (act, number), crashes in acts:
            if act == "log":
                process.log(*(next(numbers) for _ in range(number)))
            elif act in {"take", "deliver"}:
                process.deliver(process.take())
            elif act == "fail":
                process.fail(process.take(), to_disk=bool(number))
            elif act == "spool":
                process.spilling.write_ahead()
            if crashes:
                batches = process.backlog.take_older(float("inf"))
                lost |= {int(data) for each in batches if each.origin is None for data in each.data}
                process.spool.leave_to_parent()  # so do the descriptors of a process that dies
                arrived += process.sent
                process = Process(
                    folder, process.now + 10.0, overflow=overflow, write_ahead=write_ahead
                )
        process.deliver_all()
        process.spool.close()
        arrived += process.sent
        first = list(dict.fromkeys(arrived))
        assert sorted({*first, *lost}) == list(range(next(numbers)))
        assert first == sorted(first)
        assert not process.counters.dropped


def test_with_write_ahead_a_record_is_written_when_its_call_returns(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    process = Process(str(folder), 1_000.0, overflow="drop_oldest", write_ahead=True)
    for number in range(20):
        process.log(number)
        assert len(process.buffer) == 0
        assert process.spool.backlog() == number + 1
    process.spool.close()


def test_with_write_ahead_records_wait_for_company_on_disk(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    process = Process(str(folder), 1_000.0, overflow="drop_oldest", write_ahead=True)
    process.log(*range(3))
    first = process.now - 0.2
    assert process.backlog.next_due(process.now, hurry=False) == pytest.approx(first + 1.0)
    assert process.backlog.next_due(process.now, hurry=True) == process.now
    process.log(*range(3, 7))
    assert process.backlog.next_due(process.now, hurry=False) == process.now, "a batch is full"
    process.deliver(process.take())
    process.deliver(process.take())  # of another segment
    assert process.sent == list(range(7))
    process.spool.close()


def test_a_caller_does_not_wait_long_for_others_to_be_done_with_the_disk(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    process = Process(str(folder), 1_000.0, overflow="drop_oldest", write_ahead=True)
    has_lock, may_go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with process.spilling.lock:
            has_lock.set()
            may_go_on.wait(30)

    other = threading.Thread(target=hold)
    other.start()
    assert has_lock.wait(30)
    started = time.monotonic()
    process.append(b"0")
    assert time.monotonic() - started < 10
    assert len(process.buffer) == 1
    may_go_on.set()
    other.join()
    process.append(b"1")
    assert process.spool.backlog() == 2
    process.spool.close()


def test_a_record_logged_in_the_middle_of_moving_is_kept_and_moved_later(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    process = Process(str(folder), 1_000.0, overflow="drop_oldest", write_ahead=False)
    process.log(*range(ROOM))
    with process.spilling.lock:  # as a signal handler finds it
        for number in range(ROOM, ROOM + 5):
            process.append(b"%d" % number)
    assert len(process.buffer) == ROOM + 5
    process.log(ROOM + 5)
    process.deliver_all()
    process.spool.close()
    assert process.sent == list(range(ROOM + 6))
    assert not process.counters.dropped


@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_newest"])
def test_only_where_the_spool_fails_the_overflow_policy_drops(
    tmp_path_factory: pytest.TempPathFactory, overflow: str
) -> None:
    folder = tmp_path_factory.mktemp("spool") / "file"
    folder.write_text("not a folder")
    process = Process(str(folder), 1_000.0, overflow=overflow, write_ahead=False)
    process.log(*range(ROOM + 5))
    assert process.counters.dropped == {"overflow": 5}
    process.deliver_all()
    kept = range(5, ROOM + 5) if overflow == "drop_oldest" else range(ROOM)
    assert process.sent == list(kept)


def test_a_disk_that_fails_again_and_again_does_not_let_the_buffer_grow_where_callers_block(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("spool") / "file"
    folder.write_text("not a folder")
    process = Process(str(folder), 1_000.0, overflow="block", write_ahead=False)
    for number in range(50):
        process.now += 2.0
        process.append(b"%d" % number)
    assert len(process.buffer) <= ROOM + 1
    assert process.buffer.accepted == len(process.buffer) + process.counters.dropped["overflow"]
