"""Locks that are lent while a signal handler or destructor waits for another thread."""

from __future__ import annotations

import threading
import time

from firehose_logging.core.buffer import BufferLimits, RecordBuffer
from firehose_logging.core.counters import Counters
from firehose_logging.core.patience import lending
from firehose_logging.core.wakeup import Wakeup

PATIENCE = 10.0


def test_locks_are_taken_back_in_the_order_in_which_others_take_them() -> None:
    outer, inner = threading.RLock(), threading.RLock()
    has_outer, may_go_on = threading.Event(), threading.Event()
    took_inner: list[bool] = []

    def take_both() -> None:
        with outer:
            has_outer.set()
            may_go_on.wait(PATIENCE)
            took_inner.append(inner.acquire(timeout=1.0))
            if took_inner[0]:
                inner.release()

    other = threading.Thread(target=take_both)
    with outer, inner:
        with lending([outer, inner]):
            other.start()
            assert has_outer.wait(PATIENCE)
            threading.Timer(0.1, may_go_on.set).start()
        other.join()
    assert took_inner == [True]


def test_only_what_the_caller_holds_is_lent() -> None:
    mine, free = threading.RLock(), threading.RLock()
    with mine:
        with lending([mine, free]):
            assert not mine._is_owned()  # type: ignore[attr-defined]
        assert mine._is_owned()  # type: ignore[attr-defined]
    assert not free._is_owned()  # type: ignore[attr-defined]


def test_a_caller_that_waits_for_room_lends_what_others_need_to_make_it() -> None:
    counters, sender_lock = Counters(), threading.RLock()
    limits = BufferLimits(
        max_records=1,
        max_bytes=1_000,
        overflow="block",
        block_timeout=PATIENCE,
        batch_records=1,
        batch_bytes=1_000,
    )
    buffer = RecordBuffer(
        limits, counters, Wakeup(), lend=lambda: lending([sender_lock, buffer.lock])
    )
    buffer.append(b"first")

    def make_room() -> None:
        with sender_lock:
            buffer.remove(buffer.peek(1, 1_000))

    sender = threading.Thread(target=make_room)
    started = time.monotonic()
    with sender_lock, buffer.lock:  # as a signal handler finds them
        sender.start()
        buffer.append(b"second")
    sender.join()
    assert time.monotonic() - started < PATIENCE / 2
    assert buffer.take(10, 1_000).data == [b"second"]
    assert not counters.dropped
