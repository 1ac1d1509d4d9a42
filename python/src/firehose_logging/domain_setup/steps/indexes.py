"""The indexes themselves: deleted only where the request asks for it."""

from __future__ import annotations

from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.documents import names
from firehose_logging.domain_setup.report import StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.steps import neighbours
from firehose_logging.domain_setup.steps.reconcile import failure

STEP = "indexes"


def take_away(domain: Domain, request: SetupRequest) -> StepReport:
    """Delete each index that Firehose made for this name, one by one, never by a pattern.

    What is in another set-up's reach stays, although its name may read as a rotated one of ours:
    ``shop-2026-01-01`` is an index of ``shop`` only where nobody has set it up by itself.
    """
    if not request.delete_indexes:
        return StepReport(STEP, "left_out", "delete_indexes is false: all documents stay")
    found = _made_by_firehose(domain, request)
    for name in found:
        answer = domain.call("DELETE", f"/{name}")
        if not answer.is_success and answer.status != 404:
            raise failure(STEP, answer)
    return StepReport(STEP, "removed" if found else "unchanged", ", ".join(found) or "none")


def _made_by_firehose(domain: Domain, request: SetupRequest) -> list[str]:
    path = f"/_cat/indices/{names.written_pattern(request.index, request.rotation)}"
    answer = domain.call("GET", path, query={"format": "json", "h": "index"})
    if not answer.is_success or not isinstance(answer.document, list):
        raise failure(STEP, answer)
    listed = [str(entry["index"]) for entry in answer.document]
    others = neighbours.others(domain, request)
    return sorted(
        name
        for name in listed
        if (names.is_rotated(name, request.index) or name == request.index)
        and not any(names.overlap(name, other.pattern) for other in others)
    )
