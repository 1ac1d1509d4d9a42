"""What may go wrong with a request, and how often."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple


class Fault(str, Enum):
    """What becomes of one request; the value is how a report names it."""

    NONE = "answered"
    THROTTLED = "throttled"
    SERVER_ERROR = "answered with 500"
    RESET_BEFORE = "reset before it was taken"
    RESET_IN_ANSWER = "taken, reset in mid-answer"
    WRONG_JSON = "taken, answered with broken JSON"
    HTML = "answered with 200 and an HTML page, not taken"
    SLOW = "answered slowly"
    TOO_SLOW = "taken, answered after the client had given up"
    TRUNCATED_TLS = "TLS handshake cut"


NOT_TAKEN: Final = frozenset(
    {
        Fault.THROTTLED,
        Fault.SERVER_ERROR,
        Fault.RESET_BEFORE,
        Fault.HTML,
        Fault.TRUNCATED_TLS,
    }
)
"""Faults after which no record of the request was accepted."""

ANSWER_LOST: Final = frozenset({Fault.RESET_IN_ANSWER, Fault.WRONG_JSON, Fault.TOO_SLOW})
"""Faults after which records were accepted and the client can't know it."""


class FaultMix(NamedTuple):
    """How often what goes wrong: shares from 0 to 1.

    Attributes:
        partial: Records refused within an accepted request.
        throttled: Requests; so are the others.
        too_slow: How many requests are answered after the client has given up, in all.
        truncated_tls: Connections whose handshake is cut.
    """

    partial: float = 0.0
    throttled: float = 0.0
    server_error: float = 0.0
    reset_before: float = 0.0
    reset_in_answer: float = 0.0
    wrong_json: float = 0.0
    html: float = 0.0
    slow: float = 0.0
    too_slow: int = 0
    truncated_tls: float = 0.0

    def choose(self, random: Callable[[], float]) -> Fault:
        """Return what becomes of the next request; ``random`` gives numbers from 0 up to 1."""
        drawn = random()
        for fault, share in (
            (Fault.THROTTLED, self.throttled),
            (Fault.SERVER_ERROR, self.server_error),
            (Fault.RESET_BEFORE, self.reset_before),
            (Fault.RESET_IN_ANSWER, self.reset_in_answer),
            (Fault.WRONG_JSON, self.wrong_json),
            (Fault.HTML, self.html),
            (Fault.SLOW, self.slow),
        ):
            if drawn < share:
                return fault
            drawn -= share
        return Fault.NONE
