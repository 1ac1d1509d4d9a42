"""What the handler does when records come faster than they leave."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import TYPE_CHECKING

import pytest
from tests.local.handler.conftest import accept, refuse

if TYPE_CHECKING:
    from tests.local.handler.conftest import MakeLogger, Sink

pytestmark = pytest.mark.usefixtures("here")


def test_the_caller_does_not_wait_for_a_slow_sink(make_logger: MakeLogger, sink: Sink) -> None:
    sink.delay = 1.0
    logger, handler = make_logger(flush_interval=0.0)
    logger.info("first")
    while not handler.stats.queued:
        time.sleep(0.01)
    slowest = 0.0
    for number in range(2_000):
        started = time.perf_counter()
        logger.info("record %d", number)
        slowest = max(slowest, time.perf_counter() - started)
    assert slowest < 0.9
    sink.delay = 0.0
    assert handler.flush(60)


async def test_no_call_keeps_an_event_loop_waiting_for_a_slow_sink(
    make_logger: MakeLogger, sink: Sink
) -> None:
    sink.delay = 3.0
    logger, handler = make_logger(flush_interval=0.0, buffer_records=100)
    logger.info("first")
    latest = 0.0
    for number in range(2_000):
        started = time.monotonic()
        logger.info("record %d", number)
        await asyncio.sleep(0)
        latest = max(latest, time.monotonic() - started)
    assert latest < 2.0
    assert handler.stats.queued > 0
    sink.delay = 0.0


def test_the_oldest_records_go_when_the_buffer_is_full(make_logger: MakeLogger, sink: Sink) -> None:
    sink.behaviour = refuse(500, "ServiceUnavailableException")
    drops: list[tuple[str, int]] = []
    logger, handler = make_logger(
        buffer_records=10, on_drop=lambda reason, count: drops.append((reason, count))
    )
    for number in range(25):
        logger.info("record %d", number)
    handler.flush(0.5)
    assert sum(handler.stats.dropped.values()) == 15
    sink.behaviour = accept
    handler.flush(30)
    handler.close()
    assert sorted(sink.messages()) == sorted(f"record {number}" for number in range(15, 25))
    assert sum(count for _, count in drops) == 15


def test_the_newest_records_go_if_so_wished(make_logger: MakeLogger, sink: Sink) -> None:
    sink.behaviour = refuse(500, "ServiceUnavailableException")
    logger, handler = make_logger(buffer_records=10, overflow="drop_newest")
    for number in range(25):
        logger.info("record %d", number)
    handler.flush(0.5)
    sink.behaviour = accept
    handler.flush(30)
    assert "record 0" in sink.messages()
    assert len(sink.received) + sum(handler.stats.dropped.values()) == 25


def test_blocking_waits_for_room_and_loses_nothing(make_logger: MakeLogger, sink: Sink) -> None:
    logger, handler = make_logger(buffer_records=50, overflow="block", block_timeout=30)
    for number in range(1_000):
        logger.info("record %d", number)
    assert handler.flush(30)
    assert len(sink.received) == 1_000
    assert not handler.stats.dropped


def test_blocking_ends_after_its_timeout(make_logger: MakeLogger, sink: Sink) -> None:
    sink.behaviour = refuse(500, "ServiceUnavailableException")
    logger, handler = make_logger(
        buffer_records=5, overflow="block", block_timeout=0.2, fallback=None
    )
    started = time.monotonic()
    for number in range(8):
        logger.info("record %d", number)
    assert 0.3 < time.monotonic() - started < 10
    assert sum(handler.stats.dropped.values()) in {2, 3}


def test_no_record_becomes_older_than_its_age_limit(
    make_logger: MakeLogger, sink: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    sink.behaviour = refuse(500, "ServiceUnavailableException")
    logger, handler = make_logger(max_retry_age=0.3)
    logger.info("too old")
    deadline = time.monotonic() + 20
    while not handler.stats.fell_back:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert json.loads(capsys.readouterr().err.splitlines()[0])["message"] == "too old"


def test_the_buffer_is_bounded_by_bytes_too(make_logger: MakeLogger, sink: Sink) -> None:
    sink.behaviour = refuse(500, "ServiceUnavailableException")
    logger, handler = make_logger(buffer_bytes=20_000)
    for number in range(100):
        logger.info("%d %s", number, "x" * 1_000)
    assert handler.stats.queued < 40, "a buffer of less than 20, and a batch on its way"
    sink.behaviour = accept
    handler.flush(30)
    assert handler.stats.sent + handler.stats.dropped["overflow"] == 100
    assert sink.messages()[-1].startswith("99 ")


def test_drops_are_told_once_a_minute_at_most_and_in_full_at_the_end(
    make_logger: MakeLogger, sink: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    sink.behaviour = refuse(500, "ServiceUnavailableException")
    drops: list[tuple[str, int]] = []
    logger, handler = make_logger(
        buffer_records=10, on_drop=lambda reason, count: drops.append((reason, count))
    )
    for _ in range(5):
        for number in range(100):
            logger.info("record %d", number)
        handler.flush(0.2)
    lines = capsys.readouterr().err.splitlines()
    assert sum("log records dropped" in line for line in lines) == 1
    sink.behaviour = accept
    handler.close()
    lines += capsys.readouterr().err.splitlines()
    told = [line for line in lines if "log records dropped" in line]
    assert len(told) == 2
    counts = [int(line.split("dropped: ")[1].split()[0]) for line in told]
    assert sum(counts) == sum(count for _, count in drops) == handler.stats.dropped["overflow"]


def test_drops_are_told_to_the_fallback_that_takes_records(
    make_logger: MakeLogger, sink: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record)

    told: list[logging.LogRecord] = []
    sink.behaviour = refuse(500, "ServiceUnavailableException")
    logger, handler = make_logger(buffer_records=10, fallback=Keep())
    for number in range(25):
        logger.info("record %d", number)
    while not handler.stats.retried:
        time.sleep(0.01)
    sink.behaviour = accept
    handler.close()
    assert [record.getMessage() for record in told] == ["log records dropped: 15 (overflow)"]
    assert told[0].levelno == logging.WARNING
    assert not capsys.readouterr().err
