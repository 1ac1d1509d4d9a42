"""Streams deliver at once where a test asks for it, and tell what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firehose_logging.local.firehose.ports import AccessError
from firehose_logging.local.gateway.control import ControlError
from firehose_logging.local.stream_actions import stream_actions

from .standin import REGION, Bench, Function, processing, refuse


async def ask(bench: Bench, action: str, **asked: Any) -> list[dict[str, Any]]:
    answer = await stream_actions(bench.firehose)[action](asked)
    streams: list[dict[str, Any]] = answer["streams"]
    return streams


def holding(stream: str = "logs", records: int = 0, size: int = 0) -> dict[str, Any]:
    return {"stream": stream, "region": REGION, "records": records, "bytes": size, "lost": 0}


async def test_a_flush_delivers_what_its_buffer_would_have_kept_for_minutes() -> None:
    bench = Bench()
    await bench.create()
    await bench.put(b"{}", b"{}")
    assert await ask(bench, "records") == [holding(records=2, size=4)]
    assert await ask(bench, "flush") == [holding()]
    assert len(bench.aws.documents) == 2
    await bench.firehose.stop()


async def test_a_flush_goes_through_the_function_and_to_the_bucket() -> None:
    bench = Bench()
    bench.aws.function = Function()
    bench.aws.answer = refuse(b"BAD")
    await bench.create(ProcessingConfiguration=processing())
    await bench.put(b'{"a":"good"}', b'{"a":"bad"}')
    assert await ask(bench, "flush") == [holding()]
    assert len(bench.aws.documents) == 1
    assert len(bench.failed_documents()) == 1
    await bench.firehose.stop()


async def test_only_the_stream_that_is_named_is_flushed() -> None:
    bench = Bench()
    for name in ("a", "b"):
        await bench.create(name)
        await bench.put(b"{}", name=name)
    assert await ask(bench, "flush", stream="a") == [holding("a")]
    assert await ask(bench, "records") == [holding("a"), holding("b", records=1, size=2)]
    await bench.firehose.stop()


async def test_a_flush_waits_no_longer_than_told_and_says_what_is_left(tmp_path: Path) -> None:
    bench = Bench(data_dir=tmp_path)
    await bench.create()
    bench.aws.refusals["Bulk"] = AccessError("OS.ConnectionError", "away")
    await bench.put(b"{}")
    assert await ask(bench, "flush", seconds=0.2) == [holding(records=1, size=2)]
    await bench.firehose.stop()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"stream": "none"}, "there is no stream none"),
        ({"stream": 1}, "stream must be"),
        ({"seconds": "1"}, "seconds must be"),
        ({"seconds": -1}, "seconds must be"),
        ({"seconds": float("nan")}, "seconds must be"),
        ({"seconds": True}, "seconds must be"),
    ],
)
async def test_what_can_not_be_done_is_named(asked: dict[str, Any], why: str) -> None:
    bench = Bench()
    await bench.create()
    with pytest.raises(ControlError, match=why):
        await ask(bench, "flush", **asked)
    await bench.firehose.stop()
