"""The twelve points that users of other handlers ran into, each as a test by that name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.local.handler.conftest import refuse

if TYPE_CHECKING:
    from tests.local.handler.conftest import Run, Sink

CONFIGURE = """
import logging, logging.config, os, sys, threading, time
from firehose_logging import FirehoseHandler

def configure(level="INFO", **options):
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"firehose": {"()": FirehoseHandler, **options}},
        "root": {"handlers": ["firehose"], "level": level},
    })
    return logging.getLogger().handlers[0]

handler = configure(**OPTIONS)
logger = logging.getLogger("app")
"""


def _program(source: str, **options: object) -> str:
    return CONFIGURE.replace("OPTIONS", repr(options)) + source


@pytest.mark.parametrize("warm", ["", "handler.flush()"])
def test_01_dict_config_closes_a_handler_whose_worker_needs_loggings_lock(
    run: Run, sink: Sink, warm: str
) -> None:
    sink.delay = 0.3
    process = run(
        _program(
            f"""
logger.info("warm")
{warm}
for number in range(600):
    logger.info("record %d", number)
time.sleep(0.1)
# Levels are cached: forgetting them makes the worker ask for the lock at its next step.
logging.getLogger().setLevel("DEBUG")
started = time.monotonic()
configure(level="DEBUG")
print(time.monotonic() - started)
""",
        )
    )
    assert process.returncode == 0, process.stderr
    assert float(process.stdout) < 6
    assert not process.stderr
    assert sorted(sink.messages()) == sorted(["warm", *(f"record {n}" for n in range(600))])


def test_02_boto3s_own_debug_records_do_not_feed_back(run: Run, sink: Sink) -> None:
    process = run(
        _program(
            """
other = FirehoseHandler("other", flush_interval=0.05)
logging.getLogger().addHandler(other)
logger.info("once")
time.sleep(2)
print(handler.flush(), other.flush(), handler.stats.accepted, other.stats.accepted)
""",
            level="DEBUG",
            flush_interval=0.05,
        )
    )
    assert process.stdout == "True True 1 1\n", process.stderr
    assert sink.messages() == ["once", "once"]


def test_03_a_lock_a_client_and_a_worker_do_not_cross_a_fork(run: Run, sink: Sink) -> None:
    sink.delay = 0.3
    process = run(
        _program(
            """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
for number in range(600):
    logger.info("parent %d", number)
time.sleep(0.7)
pid = os.fork()
if pid == 0:
    logger.info("child")
    sys.exit(0 if handler.flush() and handler.stats.sent == 1 else 1)
print(os.waitpid(pid, 0)[1])
"""
        )
    )
    assert process.stdout == "0\n", process.stderr
    assert sorted(sink.messages()) == sorted(["child", *(f"parent {n}" for n in range(600))])


def test_04_a_record_logged_right_before_exit_arrives_and_a_second_close_does_not_hang(
    run: Run, sink: Sink
) -> None:
    process = run(
        _program(
            """
import atexit
logger.info("last words")
atexit.register(handler.close)
"""
        )
    )
    assert process.returncode == 0
    assert not process.stderr
    assert sink.messages() == ["last words"]
    assert process.seconds < 10


def test_05_memory_stays_bounded_in_an_outage_and_the_sender_survives_it(
    run: Run, sink: Sink
) -> None:
    sink.behaviour = refuse(500, "ServiceUnavailableException")
    process = run(
        _program(
            """
import resource
logger.info("warm")
while not handler.stats.retried:
    time.sleep(0.01)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for number in range(40_000):
    logger.info("%d %s", number, "x" * 1_000)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown / 1024, sum(handler.stats.dropped.values()))
handler.flush(1)
sys.stdout.flush()
os._exit(0)
""",
            buffer_bytes=8 * 1024 * 1024,
        )
    )
    grown, dropped = process.stdout.split()
    assert float(grown) < 8 + 30
    assert int(dropped) > 25_000


def test_06_the_callers_record_and_dictionaries_are_not_changed(run: Run) -> None:
    process = run(
        _program(
            """
import copy
message = {"a": {"b": [1, 2]}}
extra = {"more": {"c": 3}}
seen = []
class Watch(logging.Handler):
    def emit(self, record):
        seen.append(dict(record.__dict__))
root = logging.getLogger()
root.handlers = [Watch(), handler, Watch()]
before = copy.deepcopy((message, extra))
try:
    1 / 0
except ZeroDivisionError:
    logger.exception(message, extra=extra)
print(seen[0] == seen[1], (message, extra) == before)
"""
        )
    )
    assert process.stdout == "True True\n"


def test_07_a_destructor_that_logs_does_not_deadlock(run: Run, sink: Sink) -> None:
    process = run(
        _program(
            """
import gc
class Loud:
    def __init__(self):
        self.me = self
    def __del__(self):
        logger.info("destroyed")
gc.set_threshold(10)
for number in range(3_000):
    Loud()
    logger.info("record %d %s", number, [[] for _ in range(5)] and "")
gc.collect()
print(handler.flush())
"""
        ),
    )
    assert process.stdout == "True\n"
    assert sink.messages().count("destroyed") == 3_000
    assert not process.stderr


def test_07_a_signal_handler_that_logs_and_flushes_does_not_deadlock(run: Run, sink: Sink) -> None:
    process = run(
        _program(
            """
import signal
count = 0
flushing = False
def log(number, frame):
    global count, flushing
    count += 1
    logger.info("signal %d", count)
    if count % 20 == 0 and not flushing:
        flushing = True
        handler.flush(0.2)
        flushing = False
signal.signal(signal.SIGALRM, log)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
until = time.monotonic() + 2
number = 0
while time.monotonic() < until:
    logger.info("record %d", number)
    number += 1
    if number % 500 == 0:
        handler.flush(1)
signal.setitimer(signal.ITIMER_REAL, 0)
print(handler.flush(30), handler.stats.accepted == number + count)
"""
        )
    )
    assert process.stdout == "True True\n", process.stderr


def test_08_a_full_buffer_neither_blocks_nor_warns_through_logging(run: Run, sink: Sink) -> None:
    sink.delay = 5
    process = run(
        _program(
            """
logging.captureWarnings(True)
logger.info("in flight")
time.sleep(1.5)
started = time.monotonic()
for number in range(5_000):
    logger.info("record %d", number)
print(time.monotonic() - started < 3, handler.stats.accepted)
sys.stdout.flush()
os._exit(0)
""",
            buffer_records=100,
            flush_interval=0.0,
        )
    )
    assert process.stdout == "True 5001\n", process.stderr


def test_09_a_lambda_functions_records_leave_before_it_is_frozen(run: Run, sink: Sink) -> None:
    process = run(
        _program(
            """
from firehose_logging import flush_on_return

class Context:
    def get_remaining_time_in_millis(self):
        return 30_000

@flush_on_return
def function(event, context):
    logger.info("handled %s", event)
    if event == "bad":
        raise ValueError("no")
    return "done"

print(function("good", Context()), handler.stats.sent)
try:
    function("bad", Context())
except ValueError as error:
    print(error, handler.stats.sent)
sys.stdout.flush()
os._exit(0)
""",
            flush_interval=60.0,
        )
    )
    assert process.stdout == "done 1\nno 2\n", process.stderr


def test_10_two_handlers_have_each_a_worker_and_a_target_of_their_own(run: Run, sink: Sink) -> None:
    process = run(
        _program(
            """
one, two = FirehoseHandler("one"), FirehoseHandler("two")
logger.propagate = False
for each in (one, two):
    logger.addHandler(each)
logger.info("both")
print(one.flush(), two.flush())
"""
        )
    )
    assert process.stdout == "True True\n"
    assert sorted(sink.streams) == ["one", "two"]
    assert sink.messages() == ["both", "both"]


def test_11_sigterm_is_the_applications(run: Run, sink: Sink) -> None:
    process = run(
        _program(
            """
import signal
before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
logger.info("hello")
print(handler.flush())
print(before == [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)])
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(30)
"""
        )
    )
    assert process.stdout == "True\nTrue\n"
    assert process.returncode == -15


@pytest.mark.parametrize("round_number", range(4))
def test_11_an_application_that_shuts_logging_down_on_sigterm_loses_nothing(
    run: Run, sink: Sink, round_number: int
) -> None:
    process = run(
        _program(
            f"""
import signal
def end(number, frame):
    logger.info("the end")
    logging.shutdown()
    print(handler.stats.accepted, handler.stats.sent)
    sys.stdout.flush()
    os._exit(0)
signal.signal(signal.SIGTERM, end)
threading.Timer(0.3 + 0.217 * {round_number}, os.kill, (os.getpid(), signal.SIGTERM)).start()
while True:
    logger.info("record")
""",
            flush_interval=0.01,
        )
    )
    accepted, sent = map(int, process.stdout.split())
    assert accepted - 1 <= sent == len(sink.received), "but the one that was interrupted"
    assert "the end" in sink.messages()
    assert process.seconds < 30


@pytest.mark.parametrize("formatter", ["None", "JsonFormatter()", "logging.Formatter()"])
def test_12_an_oversized_record_stays_valid_json_and_is_marked(
    run: Run, sink: Sink, formatter: str
) -> None:
    run(
        _program(
            f"""
from pythonjsonlogger.json import JsonFormatter
handler.setFormatter({formatter})
logger.info("é\\n\\"" * 1_000_000)
"""
        )
    )
    (record,) = sink.received
    assert len(record) <= 1_024_000
    document = json.loads(record)
    assert document["message"].startswith('é\n"')
    assert document["truncated"]["message"] + len(document["message"].encode()) == 4_000_000
