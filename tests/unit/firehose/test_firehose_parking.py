"""Batches that wait for a domain that is slower than its producers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest
from tests.unit.disk.faulty_disk import Fault, FaultyDisk

from firehose_logging.local.firehose import pipeline
from firehose_logging.local.firehose.journal import MemoryOnly
from firehose_logging.local.firehose.parking import MOST_FILES, Parking
from firehose_logging.local.firehose.ports import AccessError
from firehose_logging.local.firehose.records import Batch, Records

from .standin import Bench


def make_batch(first: int, count: int = 10) -> Batch:
    numbers = list(range(first, first + count))
    records = Records(numbers, [float(number) for number in numbers], [b"x" * 100] * count)
    return Batch(MemoryOnly().begin(), records, records.size)


@pytest.fixture
def waiting() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_what_has_room_waits_in_memory(waiting: ExitStack) -> None:
    parking, batches = Parking(room=2_000), [make_batch(0), make_batch(10)]
    for batch in batches:
        waiting.enter_context(parking.waiting(batch))
    assert [len(batch.records) for batch in batches] == [10, 10]


def test_what_has_none_waits_on_disk_and_comes_back_as_it_was(waiting: ExitStack) -> None:
    parking, first, second = Parking(room=1_000), make_batch(0), make_batch(10)
    waiting.enter_context(parking.waiting(first))
    before = list(second.records)
    with parking.waiting(second):
        assert len(second.records) == 0
        assert (second.count, second.oldest, second.size) == (10, 10.0, 1_000)
    assert list(second.records) == before
    assert (second.count, second.oldest) == (10, 10.0)


def test_room_that_was_left_is_taken_again() -> None:
    parking = Parking(room=1_000)
    for first in range(3):
        batch = make_batch(first)
        with parking.waiting(batch):
            assert len(batch.records) == 10


def test_no_more_files_are_open_than_a_process_can_spare(waiting: ExitStack) -> None:
    parking = Parking(room=0)
    batches = [make_batch(number) for number in range(MOST_FILES + 2)]
    for batch in batches:
        waiting.enter_context(parking.waiting(batch))
    assert [len(batch.records) for batch in batches] == [0] * MOST_FILES + [10, 10]


def test_where_the_disk_takes_nothing_batches_stay_in_memory_and_it_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, waiting: ExitStack
) -> None:
    def fail() -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    parking, batches = Parking(room=0), [make_batch(0), make_batch(10)]
    for batch in batches:
        waiting.enter_context(parking.waiting(batch))
    assert [len(batch.records) for batch in batches] == [10, 10]
    (told,) = caplog.messages
    assert "No space left on device" in told


def test_what_can_not_be_read_back_stays_counted(
    monkeypatch: pytest.MonkeyPatch, waiting: ExitStack
) -> None:
    batch = make_batch(0)
    unreadable = pytest.raises(OSError, match="10 records that waited on disk can't be read back")
    with unreadable, Parking(room=0).waiting(batch):
        monkeypatch.setattr(os, "pread", lambda *_: b"")
    assert (batch.count, batch.size) == (10, 1_000)


def test_a_disk_that_takes_a_part_takes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, waiting: ExitStack
) -> None:
    batch = make_batch(0)
    half = FaultyDisk(tmp_path, [Fault("full", 0.5, 1, 1)])
    with half as disk, Parking(room=0).waiting(batch):
        assert len(batch.records) == 10
    assert disk.failed == ["write"]


async def test_b2_records_that_waited_on_disk_for_a_domain_that_was_away_arrive_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_away: list[int] = []

    class Watched(Parking):
        def _put_away(self, batch: Batch) -> IO[bytes] | None:
            put_away.append(batch.count)
            return super()._put_away(batch)

    monkeypatch.setattr(pipeline, "Parking", lambda: Watched(room=0))
    bench = Bench()
    await bench.create(BufferingHints={"IntervalInSeconds": 1, "SizeInMBs": 1})
    bench.aws.refusals["Bulk"] = AccessError("OS.ConnectionError", "away")
    put = [b'{"n":%d}' % number for number in range(20)]
    for data in put:
        await bench.put(data)
        await bench.clock.advance(2)
    assert sum(put_away) == 20 - pipeline.MAX_IN_FLIGHT
    bench.aws.refusals.clear()
    await bench.clock.advance(200)
    assert sorted(bench.aws.documents.values()) == sorted(put)
    assert not bench.aws.objects
    await bench.firehose.stop(0.2)
