"""A journal on a disk that fails: what was acknowledged is read back, what was not is not."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firehose_logging.local.firehose.entries import (
    MARK_BYTES,
    decode_entries,
    encode_entry,
    write_records,
)
from firehose_logging.local.firehose.journal import (
    SUFFIX,
    SUFFIX_WITHOUT_CHECKSUMS,
    FileJournal,
    StoreError,
)
from firehose_logging.local.firehose.records import Records

from .faulty_disk import Fault, FaultyDisk, plans

MARK = b"12345678"
PUTS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 200)), min_size=1, max_size=12)


def records(first: int, count: int, size: int = 10) -> Records:
    numbers = list(range(first, first + count))
    return Records(numbers, [1.0] * count, [b"%d" % n + b"x" * size for n in numbers])


def nothing_is_lost(count: int, why: str) -> None:
    raise AssertionError(f"{count} records: {why}")


def kept(folder: Path) -> list[int]:
    return [
        n for batch in FileJournal(folder, nothing_is_lost).kept() for n in batch.records.sequences
    ]


class Puts:
    """Puts into one journal, and what was said to each."""

    def __init__(self, folder: Path) -> None:
        self.acknowledged: list[int] = []
        self.unanswered: list[int] = []
        self._journal = FileJournal(folder, nothing_is_lost)
        self._segment = self._journal.begin()
        self._next = 0

    def put(self, count: int, size: int) -> None:
        taken = records(self._next, count, size)
        self._next += count
        self.unanswered = taken.sequences
        try:
            self._segment.append(taken)
        except OSError:
            if not self._segment.takes_more:
                self._segment.seal()
                self._segment = self._journal.begin()
        else:
            self.acknowledged += taken.sequences
        self.unanswered = []


@settings(deadline=None, max_examples=200)
@given(plans(), PUTS)
@example([Fault("full", 0.6, 2, 1)], [(3, 100)] * 4)
@example([Fault("full", 0.6, 2, 2)], [(3, 100)] * 4)
@example([Fault("short", 0.6, 2, 1), Fault("crash", 0.6, 3, 1)], [(3, 100)] * 4)
def test_what_was_acknowledged_is_read_back_and_nothing_else(
    plan: list[Fault], puts: list[tuple[int, int]]
) -> None:
    with TemporaryDirectory() as name:
        journal = Puts(Path(name))
        with FaultyDisk(Path(name), plan) as disk:
            for count, size in puts:
                journal.put(count, size)
        found = kept(Path(name))
    possible = [journal.acknowledged]
    if disk.is_dead:
        possible.append(journal.acknowledged + journal.unanswered)
    assert found in possible


def entries(sizes: list[int]) -> tuple[list[Records], list[bytes]]:
    puts = [records(10 * number, size) for number, size in enumerate(sizes)]
    return puts, [encode_entry(put, MARK) for put in puts]


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=6)


@settings(deadline=None, max_examples=100)
@given(SIZES, st.data())
def test_what_is_cut_off_anywhere_keeps_every_whole_put(sizes: list[int], data: Any) -> None:
    puts, encoded = entries(sizes)
    content = b"".join(encoded)
    end = data.draw(st.integers(0, len(content)))
    whole = sum(len(b"".join(encoded[: count + 1])) <= end for count in range(len(encoded)))
    found = decode_entries(content[:end])
    assert found.records.sequences == [n for put in puts[:whole] for n in put.sequences]
    assert found.damaged == 0
    assert found.cut_off == end - len(b"".join(encoded[:whole]))


@settings(deadline=None, max_examples=150)
@given(SIZES, st.data())
def test_a_damaged_byte_costs_the_put_it_is_in_and_is_counted(sizes: list[int], data: Any) -> None:
    puts, encoded = entries(sizes)
    content = bytearray(b"".join(encoded))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    hit = sum(len(b"".join(encoded[: count + 1])) <= place for count in range(len(encoded)))
    found = decode_entries(bytes(content))
    expected = [n for at, put in enumerate(puts) if at != hit for n in put.sequences]
    if place < MARK_BYTES:  # the mark by which the next put would have been found
        assert set(found.records.sequences) <= set(expected)
    else:
        assert found.records.sequences == expected
    assert found.damaged >= 1
    in_head = place - len(b"".join(encoded[:hit])) < MARK_BYTES + 4 * struct.calcsize("I")
    if not in_head:
        assert found.damaged == sizes[hit]


def test_records_that_hold_an_entry_are_not_taken_for_one() -> None:
    trap = encode_entry(records(100, 1), b"87654321")
    outer = Records([1], [1.0], [trap])
    content = bytearray(encode_entry(outer, MARK) + encode_entry(records(2, 1), MARK))
    content[MARK_BYTES] ^= 1
    assert decode_entries(bytes(content)).records.sequences == [2]


def test_damaged_records_are_counted_and_told(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, nothing_is_lost)
    segment = journal.begin()
    segment.append(records(0, 3))
    segment.append(records(3, 2))
    segment.seal()
    (path,) = tmp_path.glob(f"*{SUFFIX}")
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)
    lost: list[tuple[int, str]] = []
    (batch,) = FileJournal(tmp_path, lambda count, why: lost.append((count, why))).kept()
    assert batch.records.sequences == [3, 4]
    assert lost == [(3, f"damaged in {path}")]


def test_files_of_the_version_before_are_read_and_come_first(tmp_path: Path) -> None:
    old = write_records(records(0, 2))
    (tmp_path / f"{7:012d}{SUFFIX_WITHOUT_CHECKSUMS}").write_bytes(old + old[:5])
    segment = FileJournal(tmp_path, nothing_is_lost).begin()
    segment.append(records(2, 1))
    segment.seal()
    assert kept(tmp_path) == [0, 1, 2]
    for batch in FileJournal(tmp_path, nothing_is_lost).kept():
        batch.release()
    assert not list(tmp_path.iterdir())


def test_a_file_that_can_not_be_read_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / f"{1:012d}{SUFFIX}").mkdir()
    with pytest.raises(StoreError, match=r"1\.records can't be read \(Is a directory\); mend that"):
        kept(tmp_path)


def test_a_batch_whose_file_can_not_be_deleted_is_not_delivered_again(tmp_path: Path) -> None:
    segment = FileJournal(tmp_path, nothing_is_lost).begin()
    segment.append(records(0, 2))
    segment.seal()
    with FaultyDisk(tmp_path, [Fault("broken", 0, 0, 1)]) as disk:
        segment.delete()
    assert disk.failed == ["unlink"]
    assert kept(tmp_path) == []


def test_a_batch_that_can_be_neither_deleted_nor_emptied_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    segment = FileJournal(tmp_path, nothing_is_lost).begin()
    segment.append(records(0, 2))
    segment.seal()
    with FaultyDisk(tmp_path, [Fault("broken", 0, 0, 2)]):
        segment.delete()
    assert "is delivered again at the next start" in caplog.text


def test_whoever_writes_past_the_harness_is_found_out(tmp_path: Path) -> None:
    disk = FaultyDisk(tmp_path, [])
    with pytest.raises(AssertionError, match="past the harness"), disk:
        (tmp_path / "file").write_bytes(b"")
