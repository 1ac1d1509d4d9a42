"""Produce records in a process of its own: ``python -m benchmarks.stack.producer JOB``.

It says that it is ready, waits for a line on standard input, and prints what it did as JSON.
"""

from __future__ import annotations

import gc
import itertools
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.stack import records
from benchmarks.stack.requests import Line, Target

PAUSE = 0.05
"""Seconds before what was throttled is sent again."""


@dataclass(frozen=True)
class Job:
    """What one producer sends.

    Attributes:
        kind: ``batch``, ``single`` or ``bulk``.
        target: Where to.
        first: Number of the first record.
        count: How many records to send at most.
        batch: Records in one request.
        rate: Bytes of records a second; 0 for as fast as they are taken.
        seconds: When to end, whether all was sent or not; 0 for never.
        connections: How many requests are on their way at once.
    """

    kind: str
    target: Target
    first: int
    count: int
    batch: int = 500
    rate: float = 0.0
    seconds: float = 0.0
    connections: int = 3


@dataclass
class Done:
    """What one producer has sent.

    Attributes:
        began: When, in seconds of the monotonic clock, which all processes share.
        ended: When the last answer came.
        taken: Records that were acknowledged.
        throttled: Records that had to be sent again.
        errors: Answers that were neither.
        answers: When each request was answered, and how many records it acknowledged.
    """

    began: float = 0.0
    ended: float = 0.0
    taken: int = 0
    throttled: int = 0
    errors: list[str] = field(default_factory=list)
    answers: list[tuple[float, int]] = field(default_factory=list)


class Producer:
    """Send a job's records over its connections."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._done = Done()
        self._lock = threading.Lock()
        self._requests = itertools.count()

    def run(self) -> Done:
        """Send everything and return what became of it."""
        self._done.began = time.monotonic()
        threads = [threading.Thread(target=self._work) for _ in range(self._job.connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._done.ended = max((at for at, _ in self._done.answers), default=self._done.began)
        return self._done

    def _work(self) -> None:
        line = Line(self._job.target)
        try:
            while (number := self._next()) is not None:
                self._send(line, number)
        except Exception as error:  # noqa: BLE001 - told to whoever reads the figures
            self._done.errors.append(repr(error))
        finally:
            line.close()

    def _next(self) -> int | None:
        """Return the next request's number once it is due."""
        job = self._job
        with self._lock:
            number = next(self._requests)
        if number * job.batch >= job.count:
            return None
        due = self._done.began
        if job.rate:
            due += number * job.batch * records.SIZE / job.rate
        now = time.monotonic()
        if job.seconds and max(now, due) >= self._done.began + job.seconds:
            return None
        time.sleep(max(0.0, due - now))
        return number

    def _send(self, line: Line, number: int) -> None:
        job = self._job
        start = number * job.batch
        data = records.records(job.first + start, min(job.batch, job.count - start))
        if job.kind == "bulk":
            self._send_bulk(line, job.first + start, data)
        elif job.kind == "single":
            self._send_single(line, data[0])
        else:
            self._send_batch(line, data)

    def _send_batch(self, line: Line, data: list[bytes]) -> None:
        while data:
            body = records.put_record_batch(self._job.target.name, data)
            status, answer = line.call("PutRecordBatch", body)
            again = _to_repeat(status, answer, data)
            self._note(len(data) - len(again), len(again), status, answer)
            data = again
            if again:
                time.sleep(PAUSE)

    def _send_single(self, line: Line, data: bytes) -> None:
        body = records.put_record(self._job.target.name, data)
        status, answer = line.call("PutRecord", body)
        self._note(int(status == 200), int(status != 200), status, answer)

    def _send_bulk(self, line: Line, first: int, data: list[bytes]) -> None:
        status, answer = line.bulk(records.bulk(self._job.target.name, first, data))
        taken = status == 200 and answer["errors"] is False
        self._note(len(data) if taken else 0, 0 if taken else len(data), status, answer)

    def _note(self, taken: int, throttled: int, status: int, answer: Any) -> None:
        done = self._done
        with self._lock:
            done.taken += taken
            done.throttled += throttled
            done.answers.append((time.monotonic(), taken))
            if status != 200 and "Slow down" not in str(answer) and len(done.errors) < 5:
                done.errors.append(f"{status} {str(answer)[:200]}")


def _to_repeat(status: int, answer: Any, data: list[bytes]) -> list[bytes]:
    if status != 200:
        return data if "Slow down" in str(answer) else []
    if not answer["FailedPutCount"]:
        return []
    entries = zip(answer["RequestResponses"], data, strict=True)
    return [one for entry, one in entries if "ErrorCode" in entry]


def main() -> None:
    """Do the job that the first argument describes, once a line comes on standard input."""
    given = json.loads(sys.argv[1])
    job = Job(**{**given, "target": Target(**given["target"])})
    gc.disable()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(vars(Producer(job).run())), flush=True)


if __name__ == "__main__":
    main()
