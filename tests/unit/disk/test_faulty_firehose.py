"""Firehose on a disk that fails: what it answered to clients is what the next process finds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.firehose.standin import Bench, configuration

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.journal import SUFFIX
from firehose_logging.local.firehose.ports import AccessError

from .faulty_disk import Crash, Fault, FaultyDisk, plans

AWAY = AccessError("OS.ConnectionError", "away")
LONG_ENOUGH = 200.0
"""Seconds in which a stream delivers all it has, whatever its buffer's interval."""

Act = Callable[[Bench], Awaitable[None]]


async def leave(bench: Bench) -> None:
    """Let go of a process that has ended."""
    for entry in bench.firehose._registry.all():
        await entry.pipeline._work.cancel()
        await entry.pipeline._timers.cancel()
    await bench.firehose._tasks.cancel()


async def next_process(folder: Path, before: Bench) -> Bench:
    """Start another one on the same folder, later, with a disk and a domain that work."""
    bench = Bench(data_dir=folder, start=before.clock.now())
    bench.aws.documents = dict(before.aws.documents)
    await bench.firehose.start()
    await bench.clock.advance(LONG_ENOUGH)
    return bench


class Client:
    """Puts numbered records; what was said of each."""

    def __init__(self) -> None:
        self.acknowledged: set[int] = set()
        self.unanswered: set[int] = set()
        self._next = 0

    async def put(self, bench: Bench, count: int, size: int) -> None:
        numbers = range(self._next, self._next + count)
        self._next += count
        self.unanswered = {*numbers}
        padding = "x" * size
        try:
            answer = await bench.put(
                *(json.dumps({"n": number, "p": padding}).encode() for number in numbers)
            )
        except ApiError as error:
            if (error.code, error.status) != ("ServiceUnavailableException", 500):
                raise
        else:
            said = zip(numbers, answer["RequestResponses"], strict=True)
            self.acknowledged |= {number for number, entry in said if "RecordId" in entry}
        self.unanswered = set()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 6), st.sampled_from([10, 1_000, 300_000])),
        st.tuples(st.just("wait"), st.integers(1, 100), st.just(0)),
        st.tuples(st.sampled_from(["away", "back"]), st.just(0), st.just(0)),
    ),
    min_size=1,
    max_size=10,
)


async def live(folder: Path, plan: list[Fault], steps: list[tuple[str, int, int]]) -> None:
    client, bench = Client(), Bench(data_dir=folder)
    await bench.firehose.start()
    await bench.create()
    with FaultyDisk(folder, plan) as disk:
        for act, count, size in steps:
            if act == "put":
                await client.put(bench, count, size)
            elif act == "wait":
                await bench.clock.advance(count)
            elif act == "away":
                bench.aws.refusals["Bulk"] = AWAY
            else:
                bench.aws.refusals.clear()
            if disk.is_dead:
                raise Crash
            assert bench.firehose._registry.find("eu-west-1", "logs") is not None
            bench.firehose._measure()
    await leave(bench)
    successor = await next_process(folder, bench)
    found = {json.loads(data)["n"] for data in successor.aws.documents.values()}
    assert client.acknowledged <= found <= client.acknowledged | client.unanswered
    await successor.firehose.stop()


@settings(deadline=None, max_examples=100)
@given(plans(), STEPS)
@example([Fault("full", 0, 0, 1)], [("put", 2, 10), ("wait", 100, 0)])
@example([Fault("full", 0.5, 4, 1)], [("put", 6, 300_000), ("put", 6, 300_000)])
def test_what_a_put_acknowledged_is_delivered_in_the_end_and_nothing_else(
    plan: list[Fault], steps: list[tuple[str, int, int]]
) -> None:
    with TemporaryDirectory() as name:
        asyncio.run(live(Path(name), plan, steps))
        assert not list(Path(name).rglob(f"*{SUFFIX}"))


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["create", "update", "tag", "encrypt", "delete", "wait"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=12,
)

State = dict[str, tuple[str, str] | None]
"""Each stream's index name and tag."""


async def change(bench: Bench, kind: str, name: str, number: int) -> None:
    if kind == "create":
        made = configuration(name, IndexName=f"i{number}")
        await bench.call("CreateDeliveryStream", **made, Tags=[{"Key": "k", "Value": "0"}])
    elif kind == "update":
        described = await bench.describe(name)
        await bench.call(
            "UpdateDestination",
            DeliveryStreamName=name,
            CurrentDeliveryStreamVersionId=described["VersionId"],
            DestinationId="destinationId-000000000001",
            AmazonopensearchserviceDestinationUpdate={"IndexName": f"i{number}"},
        )
    elif kind == "tag":
        tag = {"Key": "k", "Value": str(number)}
        await bench.call("TagDeliveryStream", DeliveryStreamName=name, Tags=[tag])
    elif kind == "encrypt":
        await bench.call("StartDeliveryStreamEncryption", DeliveryStreamName=name)
    elif kind == "delete":
        await bench.call("DeleteDeliveryStream", DeliveryStreamName=name)
    else:
        await bench.clock.advance(number)


def after(state: State, kind: str, name: str, number: int) -> State:
    """Return what is there once a change was answered."""
    index, tag = state.get(name) or ("", "")
    changed = {
        "create": (f"i{number}", "0"),
        "update": (f"i{number}", tag),
        "tag": (index, str(number)),
        "delete": None,
    }
    return state | {name: changed[kind]} if kind in changed else state


async def found_in(bench: Bench) -> State:
    found: State = {}
    for name in (await bench.call("ListDeliveryStreams"))["DeliveryStreamNames"]:
        assert (await bench.describe(name))["DeliveryStreamStatus"] == "ACTIVE"
        tags = (await bench.call("ListTagsForDeliveryStream", DeliveryStreamName=name))["Tags"]
        found[name] = ((await bench.destination(name))["IndexName"], tags[0]["Value"])
    return found


async def change_all(folder: Path, plan: list[Fault], changes: list[tuple[str, str, int]]) -> None:
    bench = Bench(data_dir=folder)
    await bench.firehose.start()
    state: State = {}
    possible = [state]
    with FaultyDisk(folder, plan) as disk:
        for one in changes:
            possible = [state, after(state, *one)]
            try:
                await change(bench, *one)
            except ApiError:
                possible = [state]
            else:
                if disk.is_dead:
                    raise Crash
                state = after(state, *one)
                possible = [state]
    await leave(bench)
    successor = await next_process(folder, bench)
    found = await found_in(successor)
    there = [{name: what for name, what in one.items() if what} for one in possible]
    assert found in there
    await successor.firehose.stop()


@settings(deadline=None, max_examples=100)
@given(plans(), CHANGES)
@example([Fault("full", 0.5, 0, 4)], [("create", "a", 1), ("wait", "a", 9), ("create", "a", 2)])
@example([Fault("full", 0.5, 12, 4)], [("create", "a", 1), ("wait", "a", 9), ("update", "a", 2)])
def test_what_was_answered_about_streams_is_what_the_next_process_has(
    plan: list[Fault], changes: list[tuple[str, str, int]]
) -> None:
    with TemporaryDirectory() as name:
        asyncio.run(change_all(Path(name), plan, changes))
