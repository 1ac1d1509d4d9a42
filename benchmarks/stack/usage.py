"""What a process uses: processor time and memory, as Linux tells it."""

from __future__ import annotations

import os
import statistics
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.stack.plan import MEBIBYTE

INTERVAL = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")
_LISTENING = "0A"


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used, without its children's."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mebibytes(pid: int) -> float:
    """Return the memory that a process has resident, without its children's."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE


class Memory:
    """Resident memory over time, in MiB."""

    def __init__(self) -> None:
        self.samples: list[float] = []

    @property
    def peak(self) -> float:
        """The most that was seen."""
        return max(self.samples)

    @property
    def growth(self) -> float:
        """How much more the last third held than the second one, by their medians."""
        third = len(self.samples) // 3
        return _median(self.samples[2 * third :]) - _median(self.samples[third : 2 * third])


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


@contextmanager
def watching_memory(pid: int) -> Iterator[Memory]:
    """Sample a process's memory four times a second."""
    memory, ended = Memory(), threading.Event()

    def sample() -> None:
        while not ended.wait(INTERVAL):
            memory.samples.append(resident_mebibytes(pid))

    memory.samples.append(resident_mebibytes(pid))
    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        ended.set()
        thread.join()


def listening_ports(pid: int) -> set[int]:
    """Return the TCP ports that a process listens on."""
    links = (_link(path) for path in Path(f"/proc/{pid}/fd").iterdir())
    sockets = {link[8:-1] for link in links if link.startswith("socket:[")}
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and fields[9] in sockets:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
