"""The handler against a real socket, in this process."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from tests.local.handler.conftest import accept, accept_some, refuse

from firehose_logging import FirehoseHandler, flush_on_return

if TYPE_CHECKING:
    from tests.local.handler.conftest import Sink

pytestmark = pytest.mark.usefixtures("here")

MakeLogger = Callable[..., tuple[logging.Logger, FirehoseHandler]]


@pytest.fixture
def make_logger() -> Iterator[MakeLogger]:
    handlers: list[FirehoseHandler] = []

    def make(*args: Any, **options: Any) -> tuple[logging.Logger, FirehoseHandler]:
        handler = FirehoseHandler(*args, **options)
        handlers.append(handler)
        logger = logging.Logger("test", logging.DEBUG)
        logger.addHandler(handler)
        return logger, handler

    yield make
    for handler in handlers:
        handler.close()


def test_records_arrive_in_order_and_flush_says_so(make_logger: MakeLogger, sink: Sink) -> None:
    logger, handler = make_logger()
    for number in range(2_000):
        logger.info("record %d", number)
    assert handler.flush(30)
    assert sink.messages() == [f"record {number}" for number in range(2_000)]
    assert handler.stats.sent == handler.stats.accepted == 2_000
    assert handler.stats.queued == 0


def test_a_record_waits_no_longer_than_the_flush_interval(
    make_logger: MakeLogger, sink: Sink
) -> None:
    logger, handler = make_logger(flush_interval=0.2)
    logger.info("first")
    assert handler.flush(30)
    started = time.monotonic()
    logger.info("second")
    while len(sink.received) < 2:
        assert time.monotonic() - started < 10
        time.sleep(0.01)
    assert time.monotonic() - started > 0.1


def test_batches_keep_the_limits_of_put_record_batch(make_logger: MakeLogger, sink: Sink) -> None:
    logger, handler = make_logger()
    for number in range(30):
        logger.info("%d %s", number, "x" * 600_000)
    for number in range(1_200):
        logger.info("small %d", number)
    assert handler.flush(60)
    assert len(sink.received) == 1_230
    for batch in sink.batches:
        assert len(batch) <= 500
        assert sum(map(len, batch)) <= 4 * 1024 * 1024


def test_a_record_above_the_limit_is_shortened_and_says_so(
    make_logger: MakeLogger, sink: Sink
) -> None:
    logger, handler = make_logger()
    logger.info("x" * 10_000_000)
    assert handler.flush(60)
    (record,) = sink.received
    assert len(record) <= 1_024_000
    document = json.loads(record)
    assert document["truncated"]["message"] + len(document["message"]) == 10_000_000


def test_only_the_entries_that_failed_go_round_again(make_logger: MakeLogger, sink: Sink) -> None:
    sink.behaviour = accept_some(lambda number: number % 3 != 0)
    logger, handler = make_logger()
    for number in range(900):
        logger.info("record %d", number)
    while not handler.stats.retried:
        time.sleep(0.01)
    sink.behaviour = accept
    assert handler.flush(60)
    counts = Counter(sink.messages())
    assert set(counts) == {f"record {number}" for number in range(900)}
    assert set(counts.values()) == {1}
    assert handler.stats.retried > 0


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ThrottlingException"),
        (500, "ServiceUnavailableException"),
        (503, "SlowDown"),
        (500, "InternalFailure"),
    ],
)
def test_a_request_that_fails_for_now_is_sent_again(
    make_logger: MakeLogger, sink: Sink, status: int, code: str
) -> None:
    sink.behaviour = refuse(status, code)
    logger, handler = make_logger()
    logger.info("kept")
    assert not handler.flush(0.5)
    assert handler.stats.queued == 1
    sink.behaviour = accept
    assert handler.flush(30)
    assert sink.messages() == ["kept"]


def test_records_survive_a_connection_that_is_refused(
    make_logger: MakeLogger, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    logger, handler = make_logger(endpoint_url=f"http://127.0.0.1:{port}", fallback=None)
    logger.info("nowhere to go")
    started = time.monotonic()
    assert not handler.flush(1.0)
    assert time.monotonic() - started < 5
    assert handler.stats.queued == 1
    handler.close()
    assert handler.stats.dropped == {"closed": 1}


def test_a_batch_that_is_rejected_is_split_until_the_record_at_fault_stands_alone(
    make_logger: MakeLogger, sink: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    def reject_poison(sink: Sink, records: list[bytes]) -> tuple[int, dict[str, Any]]:
        if any(b"poison" in record for record in records):
            return refuse(400, "InvalidArgumentException", "malformed")(sink, records)
        return accept(sink, records)

    sink.behaviour = reject_poison
    logger, handler = make_logger()
    for number in range(100):
        logger.info("poison" if number == 37 else f"good {number}")
    handler.flush(60)
    assert len(sink.received) == 99
    assert handler.stats.dropped == {"rejected": 1}
    assert "rejects a record" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "allow firehose:PutRecordBatch"),
        ("ResourceNotFoundException", "FIREHOSE_LOGGING_STREAM"),
        ("UnrecognizedClientException", "AWS_ACCESS_KEY_ID"),
    ],
)
def test_a_refusal_is_told_once_and_heals_without_a_restart(
    make_logger: MakeLogger,
    sink: Sink,
    capsys: pytest.CaptureFixture[str],
    code: str,
    remedy: str,
) -> None:
    sink.behaviour = refuse(400, code)
    logger, handler = make_logger()
    logger.info("patient")
    started = time.monotonic()
    assert not handler.flush()
    assert not handler.flush()
    assert time.monotonic() - started < 15
    (line,) = capsys.readouterr().err.splitlines()
    assert remedy in line
    assert handler.stats.queued == 1
    sink.behaviour = accept
    assert handler.flush(30)
    assert sink.messages() == ["patient"]


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


def test_after_close_records_go_to_the_fallback(
    make_logger: MakeLogger, sink: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    logger, handler = make_logger()
    logger.info("before")
    handler.close()
    logger.info("after")
    handler.close()
    assert sink.messages() == ["before"]
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "after"
    stats = handler.stats
    assert (stats.accepted, stats.sent, stats.fell_back) == (2, 1, 1)


def test_four_threads_log_and_every_record_arrives_once(
    make_logger: MakeLogger, sink: Sink
) -> None:
    logger, handler = make_logger()

    def work(thread: int) -> None:
        for number in range(1_000):
            logger.info("%d-%d", thread, number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert handler.flush(60)
    counts = Counter(sink.messages())
    assert len(counts) == 4_000
    assert set(counts.values()) == {1}


def test_several_streams_share_the_batches(make_logger: MakeLogger, sink: Sink) -> None:
    logger, handler = make_logger(("one", "two"), max_batch_records=10)
    for number in range(100):
        logger.info("record %d", number)
    assert handler.flush(30)
    counts = Counter(sink.streams)
    assert abs(counts["one"] - counts["two"]) <= 1


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


def test_later_changes_to_arguments_do_not_show(make_logger: MakeLogger, sink: Sink) -> None:
    logger, handler = make_logger(flush_interval=60.0)
    basket = ["tea"]
    logger.info("basket: %s", basket, extra={"basket": basket})
    basket.append("milk")
    assert handler.flush(30)
    (document,) = sink.documents()
    assert document["message"] == "basket: ['tea']"
    assert document["basket"] == ["tea"]


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
    handler.flush(0.2)
    sink.behaviour = accept
    handler.close()
    assert [record.getMessage() for record in told] == ["log records dropped: 15 (overflow)"]
    assert told[0].levelno == logging.WARNING
    assert not capsys.readouterr().err


@pytest.mark.parametrize("remaining_ms", [900, 100])
def test_a_lambda_function_ends_before_its_deadline_though_records_are_left(
    make_logger: MakeLogger, sink: Sink, remaining_ms: int
) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return int(1000 * (deadline - time.monotonic()))

    @flush_on_return
    def function(event: object, context: object) -> None:
        logger.info("too slow")

    logger, handler = make_logger()
    logger.info("warm")
    assert handler.flush(30)
    sink.delay = 3.0
    deadline = time.monotonic() + remaining_ms / 1000
    function({}, Context())
    assert time.monotonic() < deadline + 0.3
    assert handler.stats.queued == 1
    sink.delay = 0.0
    assert handler.flush(30)
