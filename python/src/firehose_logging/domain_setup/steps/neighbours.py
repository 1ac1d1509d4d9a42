"""The other set-ups of a domain, known by their index templates: none reaches another's indexes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.documents import names
from firehose_logging.domain_setup.report import SetupError, StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.steps.reconcile import read

STEP = "neighbours"


@dataclass(frozen=True)
class SetUp:
    """What an index template tells of the set-up that made it.

    Attributes:
        index: the name that its indexes begin with.
        pattern: what its roles, template and retention reach.
        function: ARN of the function that made it; ``None`` where a person did.
    """

    index: str
    pattern: str
    function: str | None

    def __str__(self) -> str:
        """Return how it is named to people."""
        by = self.function or "firehose-logging setup"
        return f"the set-up of index {self.index} ({self.pattern}, by {by})"


class NotOursError(Exception):
    """Say that somebody else has set up the index that is to be taken away."""


def ensure(domain: Domain, request: SetupRequest) -> StepReport:
    """Return if the index is this set-up's own, and its pattern overlaps no other's.

    Raises:
        SetupError: it does; nothing was written then.
    """
    pattern = names.written_pattern(request.index, request.rotation)
    found = list(_listed(domain))
    for other in found:
        if _is_own(other, request):
            continue
        if other.index == request.index or names.overlap(pattern, other.pattern):
            raise SetupError(
                STEP,
                f"index {request.index} ({pattern}) overlaps {other} of the same domain, whose "
                "readers and writers would reach its records",
                "choose another index name, or take that set-up away first",
            )
    others = [other.index for other in found if other.index != request.index]
    return StepReport(STEP, "unchanged", ", ".join(others) or "none")


def ensure_own(domain: Domain, request: SetupRequest) -> StepReport:
    """Return if nobody else has set up the index; a person may take away whatever is there.

    Raises:
        NotOursError: another function has, or a person, whose work this function never took over:
            what is there is not to be taken away from here.
    """
    for other in _listed(domain):
        if other.index == request.index and request.function not in (None, other.function):
            raise NotOursError(f"nothing is taken away: this is {other}")
    return StepReport(STEP, "unchanged", f"{request.index} is no other's")


def predecessors(domain: Domain, request: SetupRequest) -> list[SetupRequest]:
    """Return what the same function has set up in this domain under another index name."""
    return [
        replace(
            request,
            index=other.index,
            rotation="OneDay" if other.pattern.endswith("*") else "NoRotation",
        )
        for other in _listed(domain)
        if request.function is not None
        and other.function == request.function
        and other.index != request.index
    ]


def others(domain: Domain, request: SetupRequest) -> list[SetUp]:
    """Return the set-ups of this domain's other indexes."""
    return [other for other in _listed(domain) if other.index != request.index]


def searched_pattern(domain: Domain, request: SetupRequest) -> str:
    """Return what people search the indexes by: as short as reaches no neighbour's.

    The Security plugin refuses a search whose pattern matches an index that the caller may not
    read, however many of the others it may.
    """
    written = names.written_pattern(request.index, request.rotation)
    short = names.index_pattern(request.index) if written.endswith("*") else written
    reached = any(names.overlap(short, other.pattern) for other in others(domain, request))
    return written if reached else short


def _is_own(other: SetUp, request: SetupRequest) -> bool:
    if other.index == request.index:
        return None in (other.function, request.function) or other.function == request.function
    return other.function is not None and other.function == request.function


def _listed(domain: Domain) -> Iterator[SetUp]:
    found = read(domain, STEP, f"/_index_template/{names.template_name('*')}") or {}
    for entry in found.get("index_templates", ()):
        body = entry.get("index_template") or {}
        about = body.get("_meta") or {}
        index = str(entry.get("name", "")).removeprefix(names.template_name(""))
        if names.is_marked(about.get("description")):
            for pattern in body.get("index_patterns") or ():
                yield SetUp(index, str(pattern), about.get("function"))
