"""A program that is killed: it notes in shared memory when each of its calls returned.

``python -m tests.chaos.killed_program TASK``; see ``Task``.
"""

from __future__ import annotations

import json
import mmap
import struct
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.chaos.program import make_logger

MOMENT = struct.Struct("<d")


class Task(NamedTuple):
    """What the program does.

    Attributes:
        first: Number of the first record.
        records: How many are logged at most.
        returned: A file in which it notes when the call for each record returned.
        pause: Seconds between two records.
        options: Of the handler.
    """

    first: int
    records: int
    returned: str
    pause: float
    options: dict[str, Any]


class ReturnedCalls:
    """When each call returned, in seconds of the monotonic clock, in a file that outlives a kill.

    What is written to shared memory is the kernel's at once, whatever becomes of the writer.
    """

    def __init__(self, path: Path, records: int) -> None:
        """Open the file at ``path`` for ``records`` records, made if it is not there."""
        if not path.exists():
            path.write_bytes(bytes(MOMENT.size * records))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), MOMENT.size * records)
        self._records = records

    def note(self, place: int) -> None:
        """Note that the call for the record at ``place`` has returned."""
        MOMENT.pack_into(self._memory, place * MOMENT.size, time.monotonic())

    def before(self, moment: float) -> int:
        """Return how many calls had returned by ``moment``; they return in order."""
        count = 0
        while count < self._records and 0 < self._at(count) < moment:
            count += 1
        return count

    def _at(self, place: int) -> float:
        at: float = MOMENT.unpack_from(self._memory, place * MOMENT.size)[0]
        return at


def main() -> None:
    """Log until killed, or all is logged."""
    task = Task(**json.loads(sys.argv[1]))
    calls = ReturnedCalls(Path(task.returned), task.records)
    logger, _ = make_logger(**task.options)
    for place in range(task.records):
        number = task.first + place
        logger.info("record %d", number, extra={"n": number})
        calls.note(place)
        time.sleep(task.pause)
    time.sleep(60)


if __name__ == "__main__":
    main()
