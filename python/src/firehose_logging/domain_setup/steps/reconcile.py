"""Read, write what differs, read back: the loop that every step is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firehose_logging.domain_setup.answer import Answer, is_lacking, remedy
from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.report import CallError, SetupError, State, StepReport

_ATTEMPTS = 8


class LackingError(Exception):
    """Say that the domain does not have what a step needs."""

    def __init__(self, answer: Answer) -> None:
        call = answer.call
        super().__init__(
            f"the domain has no such API: {call.method} {call.path} answered {answer.status}"
        )


@dataclass(frozen=True)
class Write:
    """A call that brings the domain nearer to what is wanted.

    Attributes:
        conflicts: the statuses that say that someone else wrote since it was read.
    """

    method: str
    path: str
    document: Any = None
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    conflicts: frozenset[int] = frozenset({409})


Look = Callable[[], Any]
Change = Callable[[Any], "Write | None"]


def reconcile(
    domain: Domain,
    step: str,
    look: Look,
    change: Change,
    *,
    detail: str,
    exists: Callable[[Any], bool] = lambda current: current is not None,
) -> StepReport:
    """Write until the domain reads as wanted, and return the report.

    Args:
        domain: where.
        step: the step's name.
        look: reads what there is; ``None`` for nothing.
        change: given what was read, the next write, or ``None`` where all is as wanted.
        detail: for the report.
        exists: whether what was read is there already, so that a write updates it.

    Raises:
        SetupError: a write was refused, or what is read back keeps differing.
        LackingError: the domain has no such API.
    """
    state: State = "unchanged"
    last: Answer | None = None
    for attempt in range(1, _ATTEMPTS + 1):
        current = look()
        write = change(current)
        if write is None:
            return StepReport(step, state, detail)
        answer = last = domain.call(
            write.method, write.path, write.document, query=write.query, headers=write.headers
        )
        if answer.status in write.conflicts or _is_gone(write, answer):
            domain.patience.sleep(domain.patience.pause(attempt))
            continue
        if is_lacking(answer):
            raise LackingError(answer)
        if not answer.is_success:
            raise failure(step, answer)
        if state == "unchanged":
            state = "updated" if exists(current) else "created"
    if last is not None and not last.is_success:
        raise failure(step, last)
    raise SetupError(
        step,
        f"written {_ATTEMPTS} times without effect, last {last}",
        "let nothing else write it meanwhile, then run the set-up again",
    )


def _is_gone(write: Write, answer: Answer) -> bool:
    return answer.status == 404 and write.method in {"DELETE", "PATCH"} and bool(answer.mapping)


def remove(domain: Domain, step: str, look: Look, change: Change, *, detail: str) -> StepReport:
    """Take away until nothing is left to, and return the report.

    Arguments and errors as for ``reconcile``, but for what was gone already: that is as wanted.
    """
    report = reconcile(domain, step, look, change, detail=detail)
    return report if report.state == "unchanged" else StepReport(step, "removed", detail)


def read(
    domain: Domain, step: str, path: str, headers: Mapping[str, str] | None = None
) -> Mapping[str, Any] | None:
    """Return what stands at ``path``, or ``None`` where nothing does.

    Raises:
        CallError: the domain refuses, or answers no JSON object.
        LackingError: the domain has no such API.
    """
    answer = domain.call("GET", path, headers=headers)
    if is_lacking(answer):
        raise LackingError(answer)
    if answer.status == 404:
        return None
    if not answer.is_success:
        raise failure(step, answer)
    if not isinstance(answer.document, Mapping):
        raise CallError(
            step,
            f"GET {path} answered {answer.status} with something that is no JSON object",
            "check that endpoint is the domain's own, without a proxy that answers in its place",
        )
    return answer.mapping


def failure(step: str, answer: Answer) -> CallError:
    """Return the error that an answer means."""
    return CallError(step, str(answer), remedy(answer))


def refuse_foreign(step: str, what: str, *, is_ours: bool) -> None:
    """Leave alone what has our name, but was made by someone else.

    Raises:
        SetupError: it was.
    """
    if not is_ours:
        raise SetupError(
            step,
            f"{what} is there already, and was not made by this set-up",
            "remove or rename it, or use another index name",
        )
