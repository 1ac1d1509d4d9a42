"""A program that logs numbered records: the process under test.

``python -m tests.chaos.program TASK`` takes its task as JSON and prints the handler's counters as
one JSON line when everything has left or its patience is at an end.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from firehose_logging import FirehoseHandler


class Task(NamedTuple):
    """What the program does.

    Attributes:
        first: Number of the first record.
        records: How many are logged.
        threads: How many threads share them.
        pause: Seconds between two records of a thread.
        patience: Seconds that it waits for the last record to leave.
        options: Of the handler.
        no_names: A file; while it is there, no host name can be resolved.
    """

    first: int
    records: int
    threads: int = 1
    pause: float = 0.0
    patience: float = 60.0
    options: dict[str, Any] = {}  # noqa: RUF012 - a default of a tuple, never written to
    no_names: str = ""


def make_logger(**options: Any) -> tuple[logging.Logger, FirehoseHandler]:
    """Return a logger whose one handler is made of ``options``."""
    handler = FirehoseHandler(**options)
    logger = logging.Logger("chaos", logging.DEBUG)
    logger.addHandler(handler)
    return logger, handler


def log_records(logger: logging.Logger, numbers: range, pause: float) -> None:
    """Log one record for each number."""
    for number in numbers:
        logger.info("record %d", number, extra={"n": number})
        if pause:
            time.sleep(pause)


def fail_to_resolve_names(
    while_there: Path, replace: Callable[[object, str, object], None] = setattr
) -> None:
    """Let name resolution fail as the C library does, while a file is there."""
    resolve = socket.getaddrinfo

    def getaddrinfo(*args: Any, **kwargs: Any) -> Any:
        if while_there.exists():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(*args, **kwargs)

    replace(socket, "getaddrinfo", getaddrinfo)


def shares(task: Task) -> Iterator[range]:
    """Return the numbers that each thread logs."""
    end = task.first + task.records
    for thread in range(task.threads):
        yield range(task.first + thread, end, task.threads)


def run(task: Task) -> dict[str, Any]:
    """Log, wait until all has left, close, and return the handler's counters."""
    logger, handler = make_logger(**task.options)
    threads = [
        threading.Thread(target=log_records, args=(logger, numbers, task.pause))
        for numbers in shares(task)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    limit = time.monotonic() + task.patience
    while handler.stats.queued and time.monotonic() < limit:
        handler.flush(1.0)
    handler.close()
    stats = handler.stats
    told = {name: getattr(stats, name) for name in ("accepted", "sent", "retried", "fell_back")}
    return told | {"dropped": dict(stats.dropped)}


def main() -> None:
    """Do the task that the command line holds, and tell."""
    task = Task(**json.loads(sys.argv[1]))
    if task.no_names:
        fail_to_resolve_names(Path(task.no_names))
    sys.stdout.write(json.dumps(run(task)) + "\n")


if __name__ == "__main__":
    main()
