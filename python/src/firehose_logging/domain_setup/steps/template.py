"""The index template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.documents import names, template
from firehose_logging.domain_setup.report import StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.steps.reconcile import (
    Write,
    read,
    reconcile,
    refuse_foreign,
    remove,
)

STEP = "index_template"


def ensure(domain: Domain, request: SetupRequest) -> StepReport:
    """Put the index template in place; indexes that are there already stay as they are.

    A function whose set-up a person runs again goes on owning it: else the next function that
    names the same index would take it over.
    """
    name = names.template_name(request.index)

    def change(current: Mapping[str, Any] | None) -> Write | None:
        if current is not None:
            refuse_foreign(STEP, f"index template {name}", is_ours=_is_ours(current))
        owner = request.function or template.owner(current)
        wanted = template.index_template(replace(request, function=owner))
        if current is not None and template.is_as_wanted(current, wanted):
            return None
        return Write("PUT", f"/_index_template/{name}", wanted)

    pattern = names.written_pattern(request.index, request.rotation)
    return reconcile(
        domain, STEP, lambda: _look(domain, name), change, detail=f"{name} for {pattern}"
    )


def record_run(domain: Domain, request: SetupRequest, run: str) -> None:
    """Have the template name the run that has succeeded; a template that changes forgets it."""
    name = names.template_name(request.index)
    wanted = template.with_run(template.index_template(request), run)

    def change(current: Mapping[str, Any] | None) -> Write | None:
        if current is not None:
            refuse_foreign(STEP, f"index template {name}", is_ours=_is_ours(current))
            if template.run_of(current) == run and template.is_as_wanted(current, wanted):
                return None
        return Write("PUT", f"/_index_template/{name}", wanted)

    reconcile(domain, STEP, lambda: _look(domain, name), change, detail=name)


def recorded_run(domain: Domain, request: SetupRequest) -> str | None:
    """Return the last run that has succeeded, or ``None`` where the domain keeps none."""
    current = _look(domain, names.template_name(request.index))
    return None if current is None else template.run_of(current)


def take_away(domain: Domain, request: SetupRequest) -> StepReport:
    """Remove the index template, if it is ours."""
    name = names.template_name(request.index)

    def change(current: Mapping[str, Any] | None) -> Write | None:
        if current is None or not _is_ours(current):
            return None
        return Write("DELETE", f"/_index_template/{name}")

    return remove(domain, STEP, lambda: _look(domain, name), change, detail=name)


def _look(domain: Domain, name: str) -> Mapping[str, Any] | None:
    found = read(domain, STEP, f"/_index_template/{name}")
    for entry in (found or {}).get("index_templates", ()):
        if entry.get("name") == name:
            body: Mapping[str, Any] = entry["index_template"]
            return body
    return None


def _is_ours(current: Mapping[str, Any]) -> bool:
    return names.is_marked((current.get("_meta") or {}).get("description"))
