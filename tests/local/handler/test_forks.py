"""The handler across forks and in children of every kind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.local.handler.conftest import Run, Sink

START = """
import logging, os, sys, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from firehose_logging import FirehoseHandler
logger = logging.getLogger("app")
logger.setLevel("INFO")
handler = FirehoseHandler(flush_interval=0.05)
logger.addHandler(handler)
"""


def test_a_fork_while_the_worker_holds_a_batch_neither_loses_nor_doubles(
    run: Run, sink: Sink
) -> None:
    sink.delay = 0.5
    process = run(
        START
        + """
for number in range(700):
    logger.info("parent %d", number)
time.sleep(PAUSE)
children = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        for number in range(100):
            logger.info("child %d-%d", child, number)
        sys.exit(0 if handler.flush() else 1)
    children.append(pid)
for number in range(700, 1000):
    logger.info("parent %d", number)
print([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children])
""".replace("PAUSE", "0.9")
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout == "[0, 0, 0]\n"
    counts = Counter(sink.messages())
    expected = {f"parent {number}" for number in range(1_000)}
    expected |= {f"child {child}-{number}" for child in range(3) for number in range(100)}
    assert set(counts) == expected
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("pause", ["0", "0.05", "0.1", "0.2", "0.4"])
def test_a_fork_while_boto3_is_being_imported_does_not_hang_the_child(
    run: Run, sink: Sink, pause: str
) -> None:
    process = run(
        START
        + f"""
logger.info("parent")
time.sleep({pause})
pid = os.fork()
if pid == 0:
    logger.info("child")
    sys.exit()
os.waitpid(pid, 0)
"""
    )
    assert process.returncode == 0, process.stderr
    assert sorted(sink.messages()) == ["child", "parent"]


def test_a_fork_from_a_thread_while_another_one_logs_does_not_hang(run: Run, sink: Sink) -> None:
    process = run(
        START
        + """
import threading
going = True
def chatter():
    number = 0
    while going:
        logger.info("chatter %d", number)
        number += 1
        time.sleep(0.0002)
thread = threading.Thread(target=chatter)
thread.start()
time.sleep(0.2)
for round in range(20):
    pid = os.fork()
    if pid == 0:
        logger.info("child %d", round)
        handler.close()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
going = False
thread.join()
print(handler.flush(), handler.stats.accepted)
"""
    )
    assert process.returncode == 0, process.stderr
    flushed, accepted = process.stdout.split()
    assert flushed == "True"
    counts = Counter(sink.messages())
    assert set(counts.values()) == {1}
    assert sum(message.startswith("child") for message in counts) == 20
    assert len(counts) == 20 + int(accepted)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_children_of_multiprocessing_send_what_they_log(run: Run, sink: Sink, method: str) -> None:
    process = run(
        """
import logging, multiprocessing, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from firehose_logging import FirehoseHandler

def configure():
    logger = logging.getLogger("app")
    if not logger.handlers:
        logger.setLevel("INFO")
        logger.addHandler(FirehoseHandler(flush_interval=60))
    return logger

def work(number):
    configure().info("child %d", number)

if __name__ == "__main__":
    configure().info("parent")
    context = multiprocessing.get_context("METHOD")
    children = [context.Process(target=work, args=(number,)) for number in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
""".replace("METHOD", method)
    )
    assert process.returncode == 0, process.stderr
    assert sorted(sink.messages()) == ["child 0", "child 1", "child 2", "parent"]


def test_workers_of_a_process_pool_send_what_they_log(run: Run, sink: Sink) -> None:
    process = run(
        START
        + """
import concurrent.futures, multiprocessing
def work(number):
    logger.info("task %d", number)
logger.info("parent")
with concurrent.futures.ProcessPoolExecutor(
    2, mp_context=multiprocessing.get_context("fork")
) as pool:
    list(pool.map(work, range(50)))
"""
    )
    assert process.returncode == 0, process.stderr
    assert sorted(sink.messages()) == sorted(["parent", *(f"task {n}" for n in range(50))])


def test_a_child_that_can_not_send_hands_its_records_to_the_fallback(run: Run) -> None:
    process = run(
        START
        + """
import multiprocessing
def work():
    logger.info("from the child")
child = multiprocessing.get_context("fork").Process(target=work)
child.start()
child.join()
""",
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
    )
    assert "from the child" in process.stderr


def test_a_fork_in_the_middle_of_a_closing_dict_config_is_not_needed_for_a_child_to_log(
    run: Run, sink: Sink
) -> None:
    process = run(
        START
        + """
logger.info("before")
handler.close()
pid = os.fork()
if pid == 0:
    logger.info("after close, in the child")
    sys.exit()
os.waitpid(pid, 0)
"""
    )
    assert sink.messages() == ["before"]
    assert "after close, in the child" in process.stderr
