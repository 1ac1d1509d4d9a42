"""The handler in processes that end, configure again, or lack what they need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.local.handler.conftest import refuse

if TYPE_CHECKING:
    from tests.local.handler.conftest import Run, Sink

LOG_ONE = """
import logging
from firehose_logging import FirehoseHandler
logger = logging.getLogger("app")
logger.setLevel("INFO")
logger.propagate = False
handler = FirehoseHandler()
logger.addHandler(handler)
logger.info("hello")
"""


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"AWS_REGION": ""}, "AWS_REGION"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "AWS_ACCESS_KEY_ID"),
    ],
)
def test_what_is_missing_is_told_in_one_line_and_records_go_to_the_fallback(
    run: Run, sink: Sink, missing: dict[str, str], named: str
) -> None:
    process = run(LOG_ONE + "print('went on')", **missing)
    assert process.returncode == 0
    assert process.stdout == "went on\n"
    notice, record = sorted(process.stderr.splitlines(), key=lambda line: line[0] == "{")
    assert notice.startswith("firehose_logging: ")
    assert named in notice
    assert json.loads(record)["message"] == "hello"
    assert not sink.batches
    assert process.seconds < 15


def test_a_missing_stream_is_told_in_one_line_and_records_go_to_the_fallback(
    run: Run, sink: Sink
) -> None:
    sink.behaviour = refuse(400, "ResourceNotFoundException", "Firehose x not found")
    process = run(LOG_ONE)
    notice, record = sorted(process.stderr.splitlines(), key=lambda line: line[0] == "{")
    assert "FIREHOSE_LOGGING_STREAM" in notice
    assert "logging-test" in notice
    assert json.loads(record)["message"] == "hello"
    assert process.returncode == 0


def test_an_outage_at_exit_ends_in_time_with_the_records_in_the_fallback(run: Run) -> None:
    process = run(LOG_ONE, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert process.returncode == 0
    assert "hello" in process.stderr
    assert process.seconds < 20


def test_a_sink_that_never_answers_does_not_keep_the_process(run: Run, sink: Sink) -> None:
    sink.delay = 30
    process = run(LOG_ONE)
    sink.delay = 0
    assert process.returncode == 0
    assert "hello" in process.stderr
    assert process.seconds < 20


def test_logging_shutdown_sends_everything(run: Run, sink: Sink) -> None:
    process = run(LOG_ONE + "logging.shutdown(); logger.info('late')")
    assert sink.messages() == ["hello"]
    assert "late" in process.stderr


def test_records_logged_from_exit_handlers_arrive(run: Run, sink: Sink) -> None:
    run("import atexit, logging\natexit.register(lambda: logger.info('last'))" + LOG_ONE)
    assert sorted(sink.messages()) == ["hello", "last"]


def test_a_first_record_from_an_exit_handler_arrives(run: Run, sink: Sink) -> None:
    source = LOG_ONE.replace('logger.info("hello")', "")
    process = run("import atexit, logging\natexit.register(lambda: logger.info('only'))" + source)
    assert sink.messages() == ["only"]
    assert not process.stderr
    assert process.seconds < 20


RECONFIGURE = """
import logging, logging.config, time
config = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"firehose": {"class": "firehose_logging.FirehoseHandler"}},
    "root": {"handlers": ["firehose"], "level": LEVEL},
}
logging.config.dictConfig(config)
for number in range(1500):
    logging.getLogger("app").error("first %d", number)
time.sleep(PAUSE)
started = time.monotonic()
logging.config.dictConfig(config)
print(time.monotonic() - started)
logging.getLogger("app").error("second")
"""


@pytest.mark.parametrize("level", ["'INFO'", "'DEBUG'"])
@pytest.mark.parametrize("pause", ["0", "0.3", "1.5"])
def test_a_second_dict_config_while_sending_neither_loses_nor_hangs(
    run: Run, sink: Sink, level: str, pause: str
) -> None:
    sink.delay = 0.2
    process = run(RECONFIGURE.replace("LEVEL", level).replace("PAUSE", pause))
    assert process.returncode == 0
    expected = [f"first {number}" for number in range(1_500)] + ["second"]
    assert [message for message in sink.messages() if "botocore" not in message] == expected
    assert float(process.stdout) < 10


def test_an_import_does_not_bring_boto3(run: Run) -> None:
    process = run(
        "import sys, firehose_logging\n"
        "from firehose_logging import FirehoseHandler\n"
        "print([name for name in ('boto3', 'botocore', 'orjson', 'dataclasses')"
        " if name in sys.modules])"
    )
    assert process.stdout == "[]\n"


def test_nothing_starts_before_the_first_record(run: Run, sink: Sink) -> None:
    process = run(
        "import threading\n"
        + LOG_ONE.replace('logger.info("hello")', "print(threading.active_count())")
    )
    assert process.stdout == "1\n"
    assert not sink.batches
