"""Who was accepted, how often, and whether the client was told."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.chaos.faults import ANSWER_LOST, Fault

NEVER = -1


class Verdict(NamedTuple):
    """What became of the records numbered from 0 up to ``expected``.

    Attributes:
        expected: Records that were to arrive.
        arrived: Records that did, each counted once.
        missing: Numbers of some that did not.
        duplicates: Acceptances of a record beyond its first.
        unexplained: Those among them before which no answer was lost.
        requests: Requests by what became of them.
        refused: Records refused within accepted requests.
    """

    expected: int
    arrived: int
    missing: list[int]
    duplicates: int
    unexplained: int
    requests: Mapping[str, int]
    refused: int

    @property
    def lost(self) -> int:
        """Records that never arrived."""
        return self.expected - self.arrived

    @property
    def lost_answers(self) -> int:
        """Requests whose records were accepted without the client getting to know."""
        return sum(self.requests.get(fault.value, 0) for fault in ANSWER_LOST)


class Ledger:
    """Follows every record, one request after the other.

    A duplicate is explained if the answer to the request that accepted the record before was
    lost: then the client could not but send it again.
    """

    def __init__(self, records: int) -> None:
        self._last_fault: array[int] = array("b", [NEVER]) * records
        self._faults = list(Fault)
        self._requests: Counter[str] = Counter()
        self._duplicates = 0
        self._unexplained = 0
        self._refused = 0

    def note(self, fault: Fault, accepted: Iterable[int] = (), refused: int = 0) -> None:
        """Note a request: what became of it, and the numbers of the records it brought in."""
        self._requests[fault.value] += 1
        self._refused += refused
        place = self._faults.index(fault)
        last = self._last_fault
        for number in accepted:
            if last[number] != NEVER:
                self._duplicates += 1
                self._unexplained += self._faults[last[number]] not in ANSWER_LOST
            last[number] = place

    def arrived(self) -> list[int]:
        """Return the numbers of the records that were accepted."""
        return [number for number, fault in enumerate(self._last_fault) if fault != NEVER]

    def verdict(self) -> Verdict:
        """Judge all records."""
        count = len(self._last_fault)
        missing = [number for number, fault in enumerate(self._last_fault) if fault == NEVER]
        return Verdict(
            count,
            count - len(missing),
            missing[:20],
            self._duplicates,
            self._unexplained,
            dict(self._requests),
            self._refused,
        )


def verdict_from(document: Mapping[str, Any]) -> Verdict:
    """Make a verdict of what ``_asdict`` gave."""
    return Verdict(**document)
