"""The buffer is bounded, and every loss is counted."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.core import buffer as buffer_module
from firehose_logging.core.batching import Batch, take_batch
from firehose_logging.core.buffer import RECORD_OVERHEAD, BufferLimits, RecordBuffer
from firehose_logging.core.counters import Counters
from firehose_logging.core.wakeup import Wakeup


class _Woken(Wakeup):
    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def set(self) -> None:
        self.times += 1
        super().set()


def _limits(
    max_records: int,
    max_bytes: int,
    batch_records: int,
    batch_bytes: int,
    overflow: str = "drop_oldest",
) -> BufferLimits:
    return BufferLimits(
        max_records=max_records,
        max_bytes=max_bytes,
        overflow=overflow,
        block_timeout=0.0,
        batch_records=batch_records,
        batch_bytes=batch_bytes,
    )


def _buffer(
    max_records: int = 1_000,
    max_bytes: int = 1_000_000,
    overflow: str = "drop_oldest",
    batch_records: int = 100,
) -> tuple[RecordBuffer, Counters, _Woken]:
    counters, wakeup = Counters(), _Woken()
    limits = _limits(max_records, max_bytes, batch_records, 10_000_000, overflow)
    return RecordBuffer(limits, counters, wakeup, lambda: 0.0), counters, wakeup


_acts = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 40)),
        st.tuples(st.just("take"), st.integers(1, 10)),
        st.tuples(st.just("give_back"), st.just(0)),
        st.tuples(st.just("acknowledge"), st.just(0)),
    ),
    max_size=80,
)


@given(
    _acts,
    st.integers(1, 10),
    st.integers(1, 2_000),
    st.sampled_from(["drop_oldest", "drop_newest", "block"]),
)
def test_it_never_holds_more_than_its_bounds_and_counts_every_record(
    acts: list[tuple[str, int]], max_records: int, max_bytes: int, overflow: str
) -> None:
    buffer, counters, _ = _buffer(max_records, max_bytes, overflow)
    appended = delivered = 0
    flying: list[Batch] = []
    for act, number in acts:
        if act == "append":
            buffer.append(bytes(number))
            appended += 1
        elif act == "take":
            batch = buffer.take(number, 100)
            if len(batch):
                flying.append(batch)
        elif flying and act == "give_back":
            buffer.give_back(flying.pop())
        elif flying:
            delivered += len(flying.pop())
            buffer.hold(sum(map(len, flying)), sum(batch.size() for batch in flying))
        assert len(buffer) <= max_records
    waiting = len(buffer)
    in_flight = sum(map(len, flying))
    assert buffer.accepted == appended
    assert appended == delivered + waiting + in_flight + sum(counters.dropped.values())
    assert buffer.take(10_000, 1 << 30).size() <= max_bytes


def test_drop_oldest_keeps_the_newest() -> None:
    buffer, counters, _ = _buffer(max_records=3)
    for name in b"abcde":
        buffer.append(bytes([name]))
    assert buffer.take(10, 100).data == [b"c", b"d", b"e"]
    assert counters.dropped == {"overflow": 2}


def test_drop_newest_keeps_the_oldest() -> None:
    buffer, counters, _ = _buffer(max_records=3, overflow="drop_newest")
    for name in b"abcde":
        buffer.append(bytes([name]))
    assert buffer.take(10, 100).data == [b"a", b"b", b"c"]
    assert counters.dropped == {"overflow": 2}


def test_what_comes_back_goes_first_again() -> None:
    buffer, _, _ = _buffer()
    for name in b"abcd":
        buffer.append(bytes([name]))
    batch = buffer.take(2, 100)
    buffer.give_back(batch)
    assert buffer.take(10, 100).data == [b"a", b"b", b"c", b"d"]


def test_with_drop_oldest_what_comes_back_gives_way_to_what_came_meanwhile() -> None:
    buffer, counters, _ = _buffer(max_records=3)
    for name in b"abc":
        buffer.append(bytes([name]))
    batch = buffer.take(3, 100)
    for name in b"de":
        buffer.append(bytes([name]))
    buffer.give_back(batch)
    assert buffer.take(10, 100).data == [b"c", b"d", b"e"]
    assert counters.dropped == {"overflow": 2}


def test_nobody_is_woken_in_the_common_case() -> None:
    buffer, _, wakeup = _buffer(batch_records=10)
    for _ in range(50):
        buffer.append(b"x")
    assert wakeup.times == 0


def test_an_idle_sender_is_woken_once_by_the_first_record() -> None:
    buffer, _, wakeup = _buffer()
    assert not buffer.wake_when(any_waits=True)
    for _ in range(5):
        buffer.append(b"x")
    assert wakeup.times == 1


def test_a_sender_that_waits_for_company_is_woken_by_a_full_batch() -> None:
    buffer, _, wakeup = _buffer(batch_records=10)
    assert not buffer.wake_when(any_waits=False)
    for number in range(30):
        assert wakeup.times == int(number >= 10)
        buffer.append(b"x")
    assert wakeup.times == 1


def test_after_closing_late_records_are_handed_over_at_once() -> None:
    buffer, _, _ = _buffer()
    late: list[bytes] = []
    buffer.close(lambda batch: late.extend(batch.data))
    buffer.append(b"late")
    assert late == [b"late"]
    assert len(buffer) == 0


def test_a_record_logged_in_the_middle_of_logging_is_kept() -> None:
    counters, wakeup = Counters(), _Woken()
    limits = _limits(10, 1_000, 5, 500)

    class Logs(dict[str, int]):
        def __setitem__(self, key: str, value: int) -> None:
            super().__setitem__(key, value)
            if len(buffer) < 20 and value < 3:
                buffer.append(b"nested")

    counters.dropped = Logs()
    buffer = RecordBuffer(limits, counters, wakeup)
    for _ in range(12):
        buffer.append(b"outer")
    dropped = sum(counters.dropped.values())
    assert buffer.accepted == len(buffer) + dropped
    assert len(buffer) <= 10


@pytest.mark.parametrize("size", [100, 1_000, 10_000])
def test_what_python_needs_for_a_record_counts_as_part_of_the_bytes(size: int) -> None:
    bound = 4_000_000
    limits = _limits(1_000_000, bound, 500, 4_000_000)
    tracemalloc.start()
    try:
        buffer = RecordBuffer(limits, Counters(), Wakeup())
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(2 * bound // size):
            buffer.append(bytes(size))
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.95 * bound < taken < 1.01 * bound


def test_a_sender_that_waits_for_company_is_woken_when_half_of_the_bytes_are_taken() -> None:
    buffer, _, wakeup = _buffer(max_bytes=10_000)
    assert not buffer.wake_when(any_waits=False)
    while not wakeup.times:
        buffer.append(bytes(100))
        assert len(buffer) < 25
    assert len(buffer) * (100 + RECORD_OVERHEAD) > 5_000
    assert buffer.holds_full_batch()


def test_while_a_batch_is_taken_nobody_takes_its_places(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer, _, _ = _buffer(max_records=1_000, overflow="block")
    for _ in range(1_000):
        buffer.append(b"x")
    callers: list[threading.Thread] = []

    def take_while_another_logs(*arguments: Any) -> Batch:
        batch = take_batch(*arguments)
        callers.append(threading.Thread(target=lambda: buffer.append(b"late")))
        callers[0].start()
        callers[0].join(0.2)
        return batch

    monkeypatch.setattr(buffer_module, "take_batch", take_while_another_logs)
    taken = buffer.take(500, 1_000_000)
    callers[0].join(10)
    buffer.give_back(taken)
    assert len(buffer) == 1_000


def test_who_looked_ahead_before_an_interruption_does_not_undo_what_was_seen_in_it() -> None:
    class Interrupted(BufferLimits):
        interrupt: Callable[[], object] = staticmethod(lambda: None)

        @property
        def batch_bytes(self) -> int:
            interrupt, self.interrupt = self.interrupt, lambda: None
            interrupt()
            return 1_000

        @batch_bytes.setter
        def batch_bytes(self, value: int) -> None:
            pass

    limits = Interrupted(
        max_records=1_000,
        max_bytes=1_000_000,
        overflow="drop_oldest",
        block_timeout=0.0,
        batch_records=500,
        batch_bytes=1_000,
    )
    wakeup = _Woken()
    buffer = RecordBuffer(limits, Counters(), wakeup)
    # A signal handler flushes while a sender arms itself: another step arms it for any record.
    limits.interrupt = lambda: buffer.wake_when(any_waits=True)
    buffer.wake_when(any_waits=False)
    buffer.append(b"x")
    assert wakeup.times == 1


def test_what_many_threads_append_without_a_lock_is_counted_to_the_byte() -> None:
    size, room, records = 100, 2_000, 20_000
    buffer, counters, _ = _buffer(max_records=1_000_000, max_bytes=room * (size + RECORD_OVERHEAD))

    def log() -> None:
        for _ in range(records):
            buffer.append(bytes(size))

    callers = [threading.Thread(target=log) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for caller in callers:
            caller.start()
        taken = 0
        while any(caller.is_alive() for caller in callers):
            taken += len(buffer.take(500, 1_000_000))
    finally:
        sys.setswitchinterval(interval)
    taken += len(buffer.take(10 * room, 1 << 40))
    dropped = counters.dropped.get("overflow", 0)
    assert buffer.accepted == 4 * records == taken + dropped
    for _ in range(room):
        buffer.append(bytes(size))
    assert counters.dropped.get("overflow", 0) == dropped, "there was room for all of them"
    buffer.append(bytes(size))
    assert counters.dropped["overflow"] == dropped + 1
