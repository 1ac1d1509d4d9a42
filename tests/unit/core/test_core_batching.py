"""Batches keep Firehose's limits, whatever the sizes."""

from __future__ import annotations

import itertools
from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.core.batching import Batch, take_batch
from firehose_logging.core.limits import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_RECORD_BYTES


def _batches(sizes: list[int], max_records: int, max_bytes: int) -> tuple[list[bytes], list[Batch]]:
    records = [number.to_bytes(4, "big") + bytes(size) for number, size in enumerate(sizes)]
    waiting = deque((data, float(number)) for number, data in enumerate(records))
    batches = []
    while batch := take_batch(waiting, max_records, max_bytes):
        batches.append(batch)
    return records, batches


@given(
    st.lists(st.integers(0, 300), max_size=200),
    st.integers(1, 20),
    st.integers(1, 1_000),
)
def test_batches_keep_every_limit_lose_nothing_and_keep_the_order(
    sizes: list[int], max_records: int, max_bytes: int
) -> None:
    records, batches = _batches(sizes, max_records, max_bytes)
    assert [data for batch in batches for data in batch.data] == records
    for batch in batches:
        assert 1 <= len(batch) <= max_records
        assert batch.size() <= max_bytes or len(batch) == 1


@given(st.lists(st.sampled_from([0, 1, 400, MAX_RECORD_BYTES - 4, 500_000]), max_size=12))
def test_a12_records_of_any_legal_size_make_legal_requests(sizes: list[int]) -> None:
    _, batches = _batches(sizes * 3, MAX_BATCH_RECORDS, MAX_BATCH_BYTES)
    for batch in batches:
        assert len(batch) <= 500
        assert batch.size() <= 4_194_304


@given(st.lists(st.integers(1, 100), min_size=1, max_size=60))
def test_no_batch_leaves_room_for_the_first_record_of_the_next(sizes: list[int]) -> None:
    _, batches = _batches(sizes, 10, 300)
    for batch, following in itertools.pairwise(batches):
        assert len(batch) == 10 or batch.size() + len(following.data[0]) > 300


def test_halves_hold_the_whole_in_order() -> None:
    batch = Batch([b"a", b"b", b"c"], [1.0, 2.0, 3.0], [0, 1, 2])
    first, second = batch.halves()
    assert first.data + second.data == batch.data
    assert first.attempts + second.attempts == batch.attempts
    assert len(first)
    assert len(second)


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(1, 20), st.integers(1, 1_000))
def test_pieces_of_a_batch_keep_both_limits_lose_nothing_and_keep_the_order(
    sizes: list[int], max_records: int, max_bytes: int
) -> None:
    whole = Batch.of((bytes(size), float(n)) for n, size in enumerate(sizes))
    pieces = whole.pieces(max_records, max_bytes)
    assert [pair for piece in pieces for pair in piece.waiting()] == whole.waiting()
    for piece in pieces:
        assert len(piece) == 1 or (1 < len(piece) <= max_records and piece.size() <= max_bytes)
