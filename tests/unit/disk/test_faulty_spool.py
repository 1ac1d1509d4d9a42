"""The handler's spool on a disk that fails: what it took is read back, what it refused is not."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firehose_logging.core.batching import Batch
from firehose_logging.core.counters import Counters
from firehose_logging.core.fallback import Notices
from firehose_logging.core.listing import SCAN_INTERVAL
from firehose_logging.core.spool import PAUSE_AFTER_ERROR, Spool

from .faulty_disk import Fault, FaultyDisk, plans

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "ahead", "sync", "send", "rewrite"]), st.integers(1, 5)
    ),
    min_size=1,
    max_size=12,
)


class Handler:
    """What uses a spool, at a time that only the test moves, and what became of each record."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_000.0
        self.counters = Counters()
        self.told: list[str] = []
        notices = Notices(lambda: self.now)
        notices.tell = lambda subject, text: self.told.append(text)  # type: ignore[method-assign]
        self.spool = Spool(str(folder), 1 << 20, self.counters, notices, lambda: self.now)
        self.taken: set[int] = set()
        self.refused: set[int] = set()
        self.unanswered: set[int] = set()
        self.sent: list[int] = []
        self._numbers = itertools.count()

    def step(self, act: str, count: int) -> None:
        self.now += max(PAUSE_AFTER_ERROR, SCAN_INTERVAL) + 1
        if act in ("append", "ahead"):
            self._append(count, ahead=act == "ahead")
        elif act == "sync":
            self.spool.sync()
        elif act == "send":
            self._send(count)
        else:
            self._rewrite()

    def _append(self, count: int, *, ahead: bool) -> None:
        numbers = [next(self._numbers) for _ in range(count)]
        self.unanswered = {*numbers}
        batch = Batch.of((b"%d" % number, self.now) for number in numbers)
        if self.spool.append(batch, ahead=ahead):
            self.taken |= self.unanswered
        else:
            self.refused |= self.unanswered
        self.unanswered = set()

    def _send(self, count: int) -> None:
        batch = self.spool.take(count, 1 << 20)
        self.sent += map(int, batch.data)
        if len(batch):
            self.spool.settle(batch.origin, len(batch))  # type: ignore[arg-type]  # it has one

    def _rewrite(self) -> None:
        """Write what was read but not sent in place of its segments; what can't be is sent."""
        rest = self.spool.take_loaded()
        if not self.spool.replace_loaded(rest):
            self.sent += map(int, rest.data)

    def read_all(self) -> list[int]:
        self.now += SCAN_INTERVAL + 1
        while self.spool.has_records():
            self._send(500)
        return self.sent


@settings(deadline=None, max_examples=150)
@given(plans(), STEPS)
@example([Fault("full", 0.6, 2, 1)], [("append", 5)] * 3)
@example([Fault("full", 0.6, 2, 2)], [("append", 5), ("append", 5), ("send", 5), ("send", 5)])
@example([Fault("broken", 0, 2, 1)], [("append", 5), ("send", 5), ("send", 5)])
def test_what_it_took_is_read_back_and_what_it_refused_is_not(
    plan: list[Fault], steps: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as name:
        handler = Handler(Path(name))
        with FaultyDisk(Path(name), plan) as disk:
            for act, count in steps:
                handler.step(act, count)
        if not disk.is_dead:
            handler.spool.close()
        successor = Handler(Path(name))
        found = {*successor.read_all()}
    sent = {*handler.sent}
    assert sent <= handler.taken
    assert len(sent) == len(handler.sent), "one process has sent a record twice"
    possible = handler.taken | handler.unanswered
    if "ftruncate" in disk.failed or disk.is_dead:
        # What was refused is in the memory of a process that lives, and may come twice.
        possible |= handler.refused
    assert handler.taken - sent <= found <= possible
    assert not handler.counters.dropped
    assert not successor.counters.dropped


def test_a_segment_that_can_not_be_deleted_is_not_sent_again(tmp_path: Path) -> None:
    handler = Handler(tmp_path)
    handler.step("append", 3)
    with FaultyDisk(tmp_path, [Fault("broken", 0, 0, 1)]) as disk:
        handler.step("send", 3)
    assert disk.failed == ["unlink"]
    assert handler.read_all() == [0, 1, 2]
    assert Handler(tmp_path).read_all() == []


def test_a_segment_that_can_be_neither_deleted_nor_emptied_is_told_and_kept_from_others(
    tmp_path: Path,
) -> None:
    handler = Handler(tmp_path)
    with FaultyDisk(tmp_path, [Fault("broken", 0, 3, 2)]) as disk:
        handler.step("append", 3)
        handler.step("send", 3)
        assert disk.failed == ["unlink", "ftruncate"]
        (told,) = handler.told
        assert "can't delete" in told
        assert handler.spool.backlog() == 0
        assert handler.read_all() == [0, 1, 2]
        assert Handler(tmp_path).read_all() == []


@pytest.mark.parametrize("name", ["open", "write", "fsync"])
def test_every_way_to_the_disk_is_under_the_harness(tmp_path: Path, name: str) -> None:
    handler = Handler(tmp_path)
    with FaultyDisk(tmp_path, []) as disk:
        handler.step("append", 1)
        handler.step("sync", 1)
    assert name in disk.calls
