"""When what failed goes round again."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.core.batching import Batch
from firehose_logging.core.retry import Backoff, RetryQueue


def _batch(*names: str, born: float = 0.0) -> Batch:
    return Batch([name.encode() for name in names], [born] * len(names))


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_lies_between_nothing_and_the_cap(failures: int, fraction: float) -> None:
    backoff = Backoff(base=0.1, cap=20.0)
    assert 0 <= backoff.pause(failures, lambda: fraction) <= 20.0


def test_the_longest_pause_doubles_up_to_the_cap() -> None:
    backoff = Backoff(base=0.5, cap=3.0)
    pauses = [backoff.pause(failures, lambda: 1.0) for failures in range(1, 6)]
    assert pauses == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_jitter_is_full() -> None:
    assert Backoff(1.0, 8.0).pause(3, lambda: 0.0) == 0.0


def test_groups_leave_when_due_and_not_before() -> None:
    queue = RetryQueue()
    queue.add(5.0, _batch("later"))
    queue.add(1.0, _batch("sooner"))
    assert queue.next_due() == 1.0
    assert not len(queue.take_due(0.9, 10, 1_000)[0])
    assert queue.take_due(1.0, 10, 1_000)[0].data == [b"sooner"]
    assert queue.take_due(9.0, 10, 1_000)[0].data == [b"later"]
    assert queue.next_due() == float("inf")
    assert (queue.records, queue.bytes) == (0, 0)


def test_a_group_that_is_to_travel_alone_does() -> None:
    queue = RetryQueue()
    queue.add(0.0, _batch("a"))
    queue.add(0.0, _batch("suspect"), alone=True)
    queue.add(0.0, _batch("b"))
    taken = [queue.take_due(1.0, 10, 1_000) for _ in range(3)]
    assert [(batch.data, alone) for batch, alone in taken] == [
        ([b"a"], False),
        ([b"suspect"], True),
        ([b"b"], False),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5), st.integers(0, 9)), max_size=30),
    st.integers(0, 9),
)
def test_old_records_leave_whatever_their_group_and_nothing_is_lost(
    groups: list[tuple[int, int, int]], than: int
) -> None:
    queue = RetryQueue()
    for due, count, born in groups:
        queue.add(due, Batch([b"x"] * count, [float(born)] * count))
    old = queue.take_older(than)
    rest = queue.take_all()
    old_born = [born for batch in old for born in batch.born]
    rest_born = [born for batch in rest for born in batch.born]
    assert all(born < than for born in old_born)
    assert all(born >= than for born in rest_born)
    expected = Counter({born: 0 for _, _, born in groups})
    for _, count, born in groups:
        expected[born] += count
    assert Counter(int(born) for born in [*old_born, *rest_born]) == expected
    assert (queue.records, queue.bytes) == (0, 0)


@given(st.lists(st.integers(1, 10), min_size=1, max_size=30))
def test_due_groups_share_a_batch_within_its_limits(counts: list[int]) -> None:
    queue = RetryQueue()
    for count in counts:
        queue.add(0.0, Batch([b"xx"] * count, [0.0] * count))
    total = 0
    while queue.next_due() <= 0.0:
        batch, _ = queue.take_due(0.0, 10, 30)
        assert 1 <= len(batch) <= 10
        assert batch.size() <= 30
        total += len(batch)
    assert total == sum(counts)


@pytest.mark.parametrize("count", [1, 3])
def test_cutting_back_offs_short_makes_all_groups_due(count: int) -> None:
    queue = RetryQueue()
    for number in range(count):
        queue.add(100.0 + number, _batch(str(number)))
    queue.make_due()
    assert len(queue.take_due(1.0, 10, 100)[0]) == count
