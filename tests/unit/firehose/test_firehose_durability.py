"""Streams and acknowledged records on disk: what a later process finds."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.entries import read_records, write_records
from firehose_logging.local.firehose.journal import SUFFIX, FileJournal, StoreError
from firehose_logging.local.firehose.ports import AccessError
from firehose_logging.local.firehose.records import Record, Records

from .standin import REGION, Bench, Function, bulk_answer, configuration, item, processing

DOWN = AccessError("OS.ConnectionError", "down")
RECORDS = st.lists(
    st.builds(
        Record,
        st.integers(0, 2**64 - 1),
        st.floats(min_value=0, max_value=1e10),
        st.binary(max_size=50),
    )
)


def by_column(given_records: list[Record]) -> Records:
    records = Records()
    for record in given_records:
        records.append(record)
    return records


@settings(deadline=None)
@given(RECORDS)
def test_what_is_written_is_read_again(given_records: list[Record]) -> None:
    assert list(read_records(write_records(by_column(given_records)))) == given_records


@settings(deadline=None)
@given(RECORDS, st.data())
def test_a_file_that_was_cut_off_keeps_every_whole_record(
    given_records: list[Record], data: st.DataObject
) -> None:
    records = by_column(given_records)
    content = write_records(records)
    cut = data.draw(st.integers(0, len(content)))
    read = list(read_records(content[:cut]))
    assert read == given_records[: len(read)]
    assert len(write_records(records[: len(read) + 1])) > cut or read == given_records


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def batches(folder: Path) -> list[Path]:
    return list(folder.rglob(f"*{SUFFIX}"))


async def killed(bench: Bench, folder: Path) -> Bench:
    """End a process at once and start another on the same folder, at the same time."""
    for entry in bench.firehose._registry.all():
        await entry.pipeline._work.cancel()
        await entry.pipeline._timers.cancel()
        if entry.pipeline._incoming._open is not None:
            entry.pipeline._incoming._open.segment.seal()
    await bench.firehose._tasks.cancel()
    other = Bench(data_dir=folder)
    other.clock._now = bench.clock.now()
    other.aws.documents = bench.aws.documents
    other.aws.objects = bench.aws.objects
    await other.firehose.start()
    return other


async def test_streams_are_found_again_as_they_were(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.firehose.start()
    await bench.call("CreateDeliveryStream", **configuration(".."), Tags=[{"Key": "k"}])
    await bench.clock.advance(2)
    await bench.call(
        "UpdateDestination",
        DeliveryStreamName="..",
        CurrentDeliveryStreamVersionId="1",
        DestinationId="destinationId-000000000001",
        AmazonopensearchserviceDestinationUpdate={"IndexName": "other"},
    )
    await bench.call("StartDeliveryStreamEncryption", DeliveryStreamName="..")
    await bench.clock.advance(2)
    before = await bench.describe("..")
    other = await killed(bench, tmp_path)
    assert await other.describe("..") == before
    tags = await other.call("ListTagsForDeliveryStream", DeliveryStreamName="..")
    assert tags["Tags"] == [{"Key": "k", "Value": ""}]
    await other.firehose.stop()


async def test_changes_that_were_under_way_go_on(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.call("CreateDeliveryStream", **configuration("new"))
    await bench.call("CreateDeliveryStream", **configuration("old"))
    await bench.clock.advance(2)
    await bench.call("CreateDeliveryStream", **configuration("newest"))
    await bench.call("StartDeliveryStreamEncryption", DeliveryStreamName="new")
    bench.firehose._registry.get(REGION, "old").stream.change_status("DELETING")
    other = await killed(bench, tmp_path)
    await other.clock.advance(3)
    assert (await other.describe("newest"))["DeliveryStreamStatus"] == "ACTIVE"
    encryption = (await other.describe("new"))["DeliveryStreamEncryptionConfiguration"]
    assert encryption == {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
    with pytest.raises(ApiError, match="ResourceNotFoundException"):
        await other.describe("old")
    await other.firehose.stop()


async def test_acknowledged_records_survive_a_kill_in_every_place(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.firehose.start()
    await bench.create()
    bench.aws.refusals["Bulk"] = DOWN
    put = [await bench.put(json.dumps({"n": 0}).encode())]
    await bench.clock.advance(70)
    put.append(await bench.put(json.dumps({"n": 1}).encode(), b"bad\nrecord"))
    other = await killed(bench, tmp_path)
    await other.clock.advance(70)
    ids = {entry["RecordId"] + ".0" for answer in put for entry in answer["RequestResponses"]}
    assert {name for _, name in other.aws.documents} < ids
    assert sorted(other.aws.documents.values()) == [b'{"n": 0}', b'{"n": 1}']
    third = await killed(other, tmp_path)
    await third.clock.advance(400)
    lines = third.failed_documents()
    assert [b64decode(line["rawData"]) for line in lines] == [b"bad\nrecord"]
    assert not batches(tmp_path)
    await third.firehose.stop()


async def test_records_before_and_behind_the_function_survive_a_kill(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    bench.aws.function = Function()
    await bench.firehose.start()
    await bench.create(ProcessingConfiguration=processing())
    await bench.put(b'{"a":"x"}')
    await bench.clock.advance(70)
    await bench.put(b'{"a":"y"}')
    other = await killed(bench, tmp_path)
    other.aws.function = Function()
    await other.clock.advance(200)
    assert sorted(other.aws.documents.values()) == [b'{"A":"X"}', b'{"A":"Y"}']
    assert not batches(tmp_path)
    await other.firehose.stop()


async def test_a_stop_leaves_what_can_not_be_delivered_to_the_next_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.firehose.start()
    await bench.create()
    bench.aws.refusals["Bulk"] = DOWN
    await bench.put(b"{}")
    await bench.firehose.stop(0.2)
    assert "are lost" not in caplog.text
    other = Bench(data_dir=tmp_path)
    await other.firehose.start()
    await other.clock.advance(5)
    assert len(other.aws.documents) == 1
    await other.firehose.stop()


async def test_a_deleted_stream_leaves_no_file(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.create()
    await bench.put(b"{}")
    await bench.call("DeleteDeliveryStream", DeliveryStreamName="logs")
    await bench.clock.advance(3)
    assert not files(tmp_path)
    await bench.firehose.stop()


async def test_delivered_and_backed_up_batches_leave_no_file(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    bench.aws.answer = lambda lines: bulk_answer([item(400, {"type": "x"}) for _ in lines])
    await bench.create()
    await bench.put(b"{}")
    await bench.clock.advance(70)
    assert len(batches(tmp_path)) == 1
    await bench.clock.advance(400)
    assert not batches(tmp_path)
    await bench.firehose.stop()


async def test_a_disk_that_takes_nothing_is_told_to_the_caller(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.create()
    journal: Any = bench.firehose._registry.get(REGION, "logs").pipeline._incoming._journal
    assert isinstance(journal, FileJournal)
    journal._folder = tmp_path / "gone"
    with pytest.raises(ApiError) as caught:
        await bench.put(b"{}")
    assert (caught.value.code, caught.value.status) == ("ServiceUnavailableException", 500)
    await bench.firehose.stop()


async def test_puts_while_it_ends_are_refused_so_that_clients_repeat_them(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.create()
    await bench.firehose.stop(0.2)
    with pytest.raises(ApiError) as caught:
        await bench.put(b"{}")
    assert (caught.value.code, caught.value.status) == ("ServiceUnavailableException", 503)


async def test_a_put_that_was_under_way_when_its_stream_ended_is_not_acknowledged() -> None:
    bench = Bench()
    await bench.create()
    pipeline = bench.firehose._registry.get(REGION, "logs").pipeline
    await pipeline.stop(0.2)
    with pytest.raises(ApiError, match="ServiceUnavailableException"):
        await bench.put(b"{}")


async def test_nothing_begins_where_not_all_can_be_read(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.create("a")
    await bench.create("b")
    await bench.put(b"{}", name="a")
    other_folder = tmp_path / REGION / "stream-b" / f"{1:012d}{SUFFIX}"
    other_folder.mkdir()
    with pytest.raises(StoreError, match="can't be read"):
        await killed(bench, tmp_path)
    other_folder.rmdir()
    last = Bench(data_dir=tmp_path)
    await last.firehose.start()
    await last.clock.advance(5)
    assert len(last.aws.documents) == 1
    await last.firehose.stop()


async def test_a_stream_that_can_not_be_made_is_not_there(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    (tmp_path / REGION).write_text("")
    with pytest.raises(ApiError, match=r"ServiceUnavailable.*can't keep Firehose logs"):
        await bench.call("CreateDeliveryStream", **configuration())
    (tmp_path / REGION).unlink()
    await bench.create()
    assert (await bench.describe())["DeliveryStreamStatus"] == "ACTIVE"
    await bench.firehose.stop()


async def test_what_a_stream_of_the_same_name_left_is_not_delivered_as_the_new_ones(
    tmp_path: Path,
) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.create()
    await bench.put(b'{"old":1}')
    await bench.firehose._tasks.cancel()
    stream_folder = tmp_path / REGION / "stream-logs"
    (stream_folder / "stream.json").unlink()
    other = Bench(data_dir=tmp_path)
    await other.firehose.start()
    await other.create()
    third = await killed(other, tmp_path)
    await third.clock.advance(100)
    assert not third.aws.documents
    await third.firehose.stop()


async def test_a_broken_record_of_a_stream_is_named(tmp_path: Path) -> None:
    place = tmp_path / REGION / "stream-logs"
    place.mkdir(parents=True)
    (place / "stream.json").write_text("{")
    with pytest.raises(StoreError, match=r"stream\.json can't be read.*mend it"):
        await Bench(data_dir=tmp_path).firehose.start()


async def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreError, match=r"can't hold the delivery streams.*choose another"):
        Bench(data_dir=blocked / "data")
