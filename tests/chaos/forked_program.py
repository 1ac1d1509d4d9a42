"""A program that forks while its sending thread holds a batch.

``python -m tests.chaos.forked_program TASK``; see ``Task``. It prints how its children ended, as
one JSON line.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from typing import Any, NamedTuple

from tests.chaos.program import log_records, make_logger

REQUEST_STARTS = 0.15
"""Seconds after which the request is on its way and waits for its slow answer."""


class Task(NamedTuple):
    """What the program does.

    Attributes:
        records: How many the parent logs before each fork, and each child and the parent after.
        children: How often it forks.
        options: Of the handler.
    """

    records: int
    children: int
    options: dict[str, Any]


def records_in_all(task: Task) -> int:
    """Return how many records the parent and its children log together."""
    return task.records * (1 + 2 * task.children)


def fork(logger: logging.Logger, numbers: range) -> int:
    """Return the child; it logs its records, ends as programs do, and never returns."""
    child = os.fork()
    if child:
        return child
    log_records(logger, numbers, 0)
    logging.shutdown()
    os._exit(0)


def main() -> None:
    """Log, and fork in the middle of a request, again and again."""
    task = Task(**json.loads(sys.argv[1]))
    logger, handler = make_logger(**task.options)
    # Until the first answer the sending thread would only be importing boto3.
    log_records(logger, range(task.records), 0)
    while handler.stats.queued:
        time.sleep(0.01)
    children: list[int] = []
    number = task.records
    for _ in range(task.children):
        log_records(logger, range(number, number + task.records), 0)
        time.sleep(REQUEST_STARTS)
        children.append(fork(logger, range(number + task.records, number + 2 * task.records)))
        number += 2 * task.records
    statuses = [os.waitpid(child, 0)[1] for child in children]
    handler.close()
    sys.stdout.write(json.dumps({"children": statuses, "queued": handler.stats.queued}) + "\n")


if __name__ == "__main__":
    main()
