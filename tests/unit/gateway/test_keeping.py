"""Answers are held back until what they tell of is written."""

import asyncio

import pytest

from firehose_logging.local.gateway.keeping import Keeping
from firehose_logging.local.gateway.moto_store import KeptStateError


class Store:
    """Counts what it is given; ``state`` is what callers change."""

    def __init__(self) -> None:
        self.memory: dict[str, object] = {}
        self.state: list[int] = []
        self.inside = 0
        self.written: list[int] = []
        self.broken = False

    def load(self) -> None: ...

    def snapshot(self) -> bytes:
        assert self.inside == 0, "nothing may change while the state is read"
        return bytes([len(self.state)])

    def write(self, snapshot: bytes) -> None:
        if self.broken:
            raise KeptStateError("disk full")
        self.written.append(snapshot[0])


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def keeping(store: Store) -> Keeping:
    return Keeping(store)  # type: ignore[arg-type]  # stands in for the store on disk


async def change(keeping: Keeping, store: Store, operation: str = "PutObject") -> None:
    async with keeping.call(operation):
        store.inside += 1
        await asyncio.sleep(0)
        store.state.append(1)
        store.inside -= 1


async def test_a_change_is_answered_only_when_it_is_written(keeping: Keeping, store: Store) -> None:
    await change(keeping, store)
    assert store.written == [1]


async def test_many_changes_share_a_write(keeping: Keeping, store: Store) -> None:
    await asyncio.gather(*(change(keeping, store) for _ in range(100)))
    assert store.written[-1] == 100
    assert len(store.written) < 10


@pytest.mark.parametrize("operation", ["GetObject", "ListRoles", "PutMetricData", "AssumeRole"])
async def test_reads_and_what_nobody_needs_back_do_not_wait(
    keeping: Keeping, store: Store, operation: str
) -> None:
    await change(keeping, store, operation)
    assert store.written == []
    await keeping.stop()
    assert store.written == [1]


async def test_a_change_that_cannot_be_kept_is_an_error_and_the_next_one_may_be(
    keeping: Keeping, store: Store
) -> None:
    store.broken = True
    failures = await asyncio.gather(
        *(change(keeping, store) for _ in range(3)), return_exceptions=True
    )
    assert [str(failure) for failure in failures] == ["disk full"] * 3
    store.broken = False
    await change(keeping, store)
    assert store.written[-1] == 4


async def test_no_other_change_is_made_while_the_last_one_cannot_be_kept(
    keeping: Keeping, store: Store
) -> None:
    store.broken = True
    for _ in range(3):
        with pytest.raises(KeptStateError):
            await change(keeping, store)
    assert len(store.state) == 1
    await change(keeping, store, "GetObject")
    store.broken = False
    await change(keeping, store)
    assert store.written[-1] == len(store.state) == 3


async def test_a_call_that_fails_leaves_nothing_locked(keeping: Keeping, store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with keeping.call("PutObject"):
            raise ZeroDivisionError
    await change(keeping, store)
    assert store.written == [1]
