"""The handler against a real socket, in this process."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.local.handler.conftest import accept, accept_some, refuse

from firehose_logging import flush_on_return

if TYPE_CHECKING:
    from tests.local.handler.conftest import MakeLogger, Sink

pytestmark = pytest.mark.usefixtures("here")


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


def test_later_changes_to_arguments_do_not_show(make_logger: MakeLogger, sink: Sink) -> None:
    logger, handler = make_logger(flush_interval=60.0)
    basket = ["tea"]
    logger.info("basket: %s", basket, extra={"basket": basket})
    basket.append("milk")
    assert handler.flush(30)
    (document,) = sink.documents()
    assert document["message"] == "basket: ['tea']"
    assert document["basket"] == ["tea"]


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
