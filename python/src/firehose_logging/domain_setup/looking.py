"""Look whether a domain holds what is wanted; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firehose_logging.domain_setup.client import ReadOnlyDomain, WouldWriteError
from firehose_logging.domain_setup.report import CallError, SetupError
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.sequence import SET_UP, Step, in_one_sentence
from firehose_logging.domain_setup.steps import neighbours, retention, template
from firehose_logging.domain_setup.steps.reconcile import LackingError

PREVIOUS = "previous_set_up"
RECORD = "record_of_success"

_IN_PLACE_OF = {retention.INDEXES: retention.look_at_indexes}

# The names of all steps fit into what an event's `run` may be.
_LONGEST_REASON = 400


@dataclass(frozen=True)
class Difference:
    """One step that would write, or fail.

    Attributes:
        step: its name.
        why: the call that it would make, or what it would fail with.
    """

    step: str
    why: str


@dataclass(frozen=True)
class Finding:
    """What a look came to.

    Attributes:
        run: the last run that succeeded, where the domain holds what it made; else a text that
            is new at each look and says why, so that who compares them sees that a run is due.
        differs: the steps that a run would do something in.
        unknown: why nothing can be told of the domain; ``None`` where it can.
    """

    run: str
    differs: tuple[Difference, ...] = ()
    unknown: str | None = None

    def as_document(self) -> dict[str, Any]:
        """Return the finding as a JSON object."""
        return {
            "run": self.run,
            "differs": [{"step": one.step, "why": one.why} for one in self.differs],
            "unknown": self.unknown,
        }


def look(domain: ReadOnlyDomain, request: SetupRequest, now: datetime) -> Finding:
    """Compare what a domain holds with what is wanted, by the very steps that would write it.

    Args:
        domain: where.
        request: what is wanted.
        now: the time, with its zone; it makes the text new that asks for a run.
    """
    try:
        differs = [found for step in SET_UP if (found := _difference(step, domain, request))]
        left = _left_of_before(domain, request)
        run = _recorded(domain, request)
    except CallError as error:
        return unknown(str(error), now)
    differs += [Difference(PREVIOUS, f"{index} is still there") for index in left]
    if run is None:
        differs.append(Difference(RECORD, "the domain keeps none"))
    if run is None or differs:
        names = ", ".join(one.step for one in differs)
        return Finding(_due(names, now), tuple(differs))
    return Finding(run)


def unknown(why: str, now: datetime) -> Finding:
    """Return the finding of a look that found nothing out."""
    return Finding(_due(f"not seen: {why}", now), unknown=why)


def _due(reason: str, now: datetime) -> str:
    return f"{now.isoformat(timespec='milliseconds')} {reason[:_LONGEST_REASON]}"


def _difference(step: Step, domain: ReadOnlyDomain, request: SetupRequest) -> Difference | None:
    name, ensure = step
    try:
        with in_one_sentence(name):
            _IN_PLACE_OF.get(name, ensure)(domain, request)
    except LackingError:
        return None
    except WouldWriteError as error:
        return Difference(name, f"a run would {error}")
    except CallError:
        raise
    except SetupError as error:
        return Difference(name, str(error))
    return None


def _left_of_before(domain: ReadOnlyDomain, request: SetupRequest) -> list[str]:
    try:
        with in_one_sentence(PREVIOUS):
            return [one.index for one in neighbours.predecessors(domain, request)]
    except LackingError:
        return []


def _recorded(domain: ReadOnlyDomain, request: SetupRequest) -> str | None:
    try:
        with in_one_sentence(RECORD):
            return template.recorded_run(domain, request)
    except LackingError:
        # Without templates there is nowhere to keep it, and nothing to be told by it.
        return "the domain keeps no record"
