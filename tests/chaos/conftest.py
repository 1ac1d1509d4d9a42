"""Let this process log to a failing Firehose."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from tests.chaos.processes import Firehose
from tests.chaos.program import Task, run

StartHere = Callable[[Firehose, Task], "Future[dict[str, Any]]"]


@pytest.fixture
def start_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[StartHere]:
    """Start a task in a thread of this process; its result is the handler's counters."""

    def start(firehose: Firehose, task: Task) -> Future[dict[str, Any]]:
        for name in set(os.environ) - set(firehose.environment()):
            monkeypatch.delenv(name)
        for name, value in firehose.environment().items():
            monkeypatch.setenv(name, value)
        return executor.submit(run, task)

    with ThreadPoolExecutor(1) as executor:
        yield start
