"""Dashboards' saved objects, in the tenant that everyone sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.documents import dashboards
from firehose_logging.domain_setup.documents.dashboards import SavedObject
from firehose_logging.domain_setup.report import State, StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.steps.reconcile import (
    Write,
    read,
    reconcile,
    refuse_foreign,
    remove,
)

INDEX_PATTERN = "index_pattern"
DASHBOARD = "dashboard"

# Without the first header Dashboards answers 400; without the second, objects are the caller's own.
_HEADERS = {"osd-xsrf": "true", "securitytenant": "global"}


def ensure_index_pattern(domain: Domain, request: SetupRequest) -> StepReport:
    """Put the index pattern in place; what people added to it stays."""
    wanted = dashboards.index_pattern(request)
    title, time_field = wanted.attributes["title"], wanted.attributes["timeFieldName"]
    if not request.dashboards:
        return _not_wanted(INDEX_PATTERN, take_index_pattern_away(domain, request))

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
    """Put the dashboard and its parts in place; what people rearranged since stays."""
    if not request.dashboards:
        return _not_wanted(DASHBOARD, take_dashboard_away(domain, request))
    made = dashboards.dashboard(request)
    states = [_ensure(domain, wanted).state for wanted in made]
    return StepReport(DASHBOARD, _overall(states), str(made[-1].attributes["title"]))


def take_index_pattern_away(domain: Domain, request: SetupRequest) -> StepReport:
    """Remove the index pattern."""
    wanted = dashboards.index_pattern(request)
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
        refuse_foreign(DASHBOARD, _named(wanted), is_ours=dashboards.is_ours(current))
        if dashboards.is_same_version(current, wanted):
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
        if current is None or not dashboards.is_ours(current):
            return None
        return _write("DELETE", wanted)

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
