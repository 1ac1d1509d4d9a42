"""Dashboards' saved objects, in the tenant that everyone sees and that readers may write.

Their ids are this package's by their beginning. Nothing within them tells whose they are, for a
reader may write that too: whatever has such an id is restored, or taken away, as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.documents import dashboards, names
from firehose_logging.domain_setup.documents.dashboards import SavedObject
from firehose_logging.domain_setup.report import State, StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.steps import neighbours
from firehose_logging.domain_setup.steps.reconcile import (
    Write,
    read,
    reconcile,
    remove,
)

INDEX_PATTERN = "index_pattern"
DASHBOARD = "dashboard"

# Without the first header Dashboards answers 400; without the second, objects are the caller's own.
_HEADERS = {"osd-xsrf": "true", "securitytenant": "global"}


def ensure_index_pattern(domain: Domain, request: SetupRequest) -> StepReport:
    """Put the index pattern in place; what people added to it stays."""
    if not request.dashboards:
        return _not_wanted(INDEX_PATTERN, take_index_pattern_away(domain, request))
    wanted = dashboards.index_pattern(request, neighbours.searched_pattern(domain, request))
    title, time_field = wanted.attributes["title"], wanted.attributes["timeFieldName"]

    def change(current: Mapping[str, Any] | None) -> Write | None:
        if current is None:
            return _create(wanted)
        changes = dashboards.pattern_changes(current, wanted)
        return _write("PUT", wanted, {"attributes": changes}) if changes else None

    return reconcile(
        domain,
        INDEX_PATTERN,
        lambda: _look(domain, INDEX_PATTERN, wanted),
        change,
        detail=f"{title} by {time_field}",
    )


def ensure_dashboard(domain: Domain, request: SetupRequest) -> StepReport:
    """Put the dashboard and its parts in place, and restore what was changed since."""
    if not request.dashboards:
        return _not_wanted(DASHBOARD, take_dashboard_away(domain, request))
    made = dashboards.dashboard(request)
    states = [_ensure(domain, wanted).state for wanted in made]
    return StepReport(DASHBOARD, _overall(states), str(made[-1].attributes["title"]))


def take_index_pattern_away(domain: Domain, request: SetupRequest) -> StepReport:
    """Remove the index pattern."""
    wanted = dashboards.index_pattern(request, names.index_pattern(request.index))
    return _take_away(domain, INDEX_PATTERN, wanted)


def take_dashboard_away(domain: Domain, request: SetupRequest) -> StepReport:
    """Remove the dashboard, then its parts."""
    made = dashboards.dashboard(request)
    states = [_take_away(domain, DASHBOARD, wanted).state for wanted in reversed(made)]
    state: State = "removed" if "removed" in states else "unchanged"
    return StepReport(DASHBOARD, state, str(made[-1].attributes["title"]))


def _ensure(domain: Domain, wanted: SavedObject) -> StepReport:
    def change(current: Mapping[str, Any] | None) -> Write | None:
        if current is None:
            return _create(wanted)
        if dashboards.is_as_wanted(current, wanted):
            return None
        body = wanted.body()
        return _write(
            "PUT",
            wanted,
            {"attributes": body["attributes"], "references": body["references"]},
        )

    return reconcile(
        domain, DASHBOARD, lambda: _look(domain, DASHBOARD, wanted), change, detail=_named(wanted)
    )


def _take_away(domain: Domain, step: str, wanted: SavedObject) -> StepReport:
    def change(current: Mapping[str, Any] | None) -> Write | None:
        return None if current is None else _write("DELETE", wanted)

    return remove(domain, step, lambda: _look(domain, step, wanted), change, detail=_named(wanted))


def _look(domain: Domain, step: str, wanted: SavedObject) -> Mapping[str, Any] | None:
    return read(domain, step, _path(wanted), headers=_HEADERS)


def _create(wanted: SavedObject) -> Write:
    # Without `overwrite`, another run's object answers 409, and is read before anything is done.
    return _write("POST", wanted, wanted.body())


def _write(method: str, wanted: SavedObject, document: Any = None) -> Write:
    return Write(method, _path(wanted), document, headers=_HEADERS)


def _path(wanted: SavedObject) -> str:
    return f"/_dashboards/api/saved_objects/{wanted.type}/{wanted.id}"


def _named(wanted: SavedObject) -> str:
    return f"{wanted.type} {wanted.id}"


def _not_wanted(step: str, removed: StepReport) -> StepReport:
    if removed.state == "removed":
        return removed
    return StepReport(step, "left_out", "dashboards is false")


def _overall(states: list[State]) -> State:
    if set(states) == {"unchanged"}:
        return "unchanged"
    return "created" if set(states) == {"created"} else "updated"
