"""Writer and reader: roles of our own, their mappings, and the readers' way into Dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.documents import names, roles
from firehose_logging.domain_setup.report import StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.steps.reconcile import (
    Write,
    read,
    reconcile,
    refuse_foreign,
    remove,
)

WRITER_ROLE = "writer_role"
WRITER_MAPPING = "writer_mapping"
READER_ROLE = "reader_role"
READER_MAPPING = "reader_mapping"
DASHBOARDS_ACCESS = "dashboards_access"

_API = "/_plugins/_security/api"
_ROLE = "roles"
_MAPPING = "rolesmapping"

# A patch of a place that is gone, because the list has become shorter meanwhile, is answered 400.
_PATCH_CONFLICTS = frozenset({400, 409})


def ensure_writer_role(domain: Domain, request: SetupRequest) -> StepReport:
    """Put the role in place that the streams write with."""
    name = names.writer_role(request.index)
    return _ensure(domain, WRITER_ROLE, _ROLE, name, roles.writer_role(request))


def ensure_writer_mapping(domain: Domain, request: SetupRequest) -> StepReport:
    """Map the streams' roles, and no one else, to the writer role."""
    name = names.writer_role(request.index)
    report = _ensure(domain, WRITER_MAPPING, _MAPPING, name, roles.writer_mapping(request))
    return replace(report, detail=f"{name} for {_listed(request.writers)}")


def ensure_reader_role(domain: Domain, request: SetupRequest) -> StepReport:
    """Put the role in place that people search with."""
    name = names.reader_role(request.index)
    return _ensure(domain, READER_ROLE, _ROLE, name, roles.reader_role(request))


def ensure_reader_mapping(domain: Domain, request: SetupRequest) -> StepReport:
    """Map the readers to the reader role.

    The mapping also says whom this set-up adds to the shared mapping of Dashboards' role; it says
    so before they are added, and until they are taken out, so that a run that ends midway leaves
    no one there whom nobody answers for.
    """
    own = names.reader_role(request.index)
    shared = _dashboards_role(domain, READER_MAPPING)
    wanted = roles.members(request.readers)

    def change(mappings: Mapping[str, Any]) -> Write | None:
        current = mappings.get(own)
        _refuse_foreign(READER_MAPPING, _MAPPING, own, current)
        before = roles.claim_of(current)
        there = roles.members_of(mappings.get(shared or ""))
        claimed = before | roles.claims_of_others(mappings, own)
        new = roles.claim(wanted, there, claimed) if shared else frozenset()
        document = roles.reader_mapping(request, before | new)
        if current is not None and roles.is_as_wanted(current, document):
            return None
        return Write("PUT", f"{_API}/rolesmapping/{own}", document)

    return reconcile(
        domain,
        READER_MAPPING,
        lambda: _read_all_mappings(domain, READER_MAPPING),
        change,
        detail=f"{own} for {_listed(request.readers)}",
        exists=lambda mappings: own in mappings,
    )


def ensure_dashboards_access(domain: Domain, request: SetupRequest) -> StepReport:
    """Add the readers to the mapping of Dashboards' role, which others write too."""
    shared = _dashboards_role(domain, DASHBOARDS_ACCESS)
    if shared is None:
        known = " nor ".join(roles.DASHBOARDS_ROLES)
        return StepReport(DASHBOARDS_ACCESS, "left_out", f"the domain has neither {known}")
    wanted = roles.members(request.readers)
    detail = f"{shared} for {_listed(request.readers)}"
    report = _share(domain, request, shared, wanted, detail)
    _forget(domain, request, wanted)
    return report


def take_away_writer_mapping(domain: Domain, request: SetupRequest) -> StepReport:
    """Remove the writer role's mapping, if it is ours."""
    name = names.writer_role(request.index)
    return _take_away(domain, WRITER_MAPPING, _MAPPING, name)


def take_away_writer_role(domain: Domain, request: SetupRequest) -> StepReport:
    """Remove the writer role, if it is ours."""
    return _take_away(domain, WRITER_ROLE, _ROLE, names.writer_role(request.index))


def take_away_reader_mapping(domain: Domain, request: SetupRequest) -> StepReport:
    """Remove the reader role's mapping, if it is ours."""
    name = names.reader_role(request.index)
    return _take_away(domain, READER_MAPPING, _MAPPING, name)


def take_away_reader_role(domain: Domain, request: SetupRequest) -> StepReport:
    """Remove the reader role, if it is ours."""
    return _take_away(domain, READER_ROLE, _ROLE, names.reader_role(request.index))


def take_away_dashboards_access(domain: Domain, request: SetupRequest) -> StepReport:
    """Take out of the shared mapping whom this set-up added, and no other set-up needs."""
    shared = _dashboards_role(domain, DASHBOARDS_ACCESS)
    if shared is None:
        return StepReport(DASHBOARDS_ACCESS, "unchanged", "the domain has no role for Dashboards")
    report = _share(domain, request, shared, frozenset(), shared)
    if report.state == "unchanged":
        return report
    return StepReport(DASHBOARDS_ACCESS, "removed", report.detail)


def _share(
    domain: Domain,
    request: SetupRequest,
    shared: str,
    wanted: frozenset[roles.Member],
    detail: str,
) -> StepReport:
    own = names.reader_role(request.index)
    path = f"{_API}/rolesmapping/{shared}"

    def change(mappings: Mapping[str, Any]) -> Write | None:
        current = mappings.get(shared)
        if current is None:
            return Write("PUT", path, roles.shared_mapping(wanted)) if wanted else None
        mine = roles.claim_of(mappings.get(own))
        unwanted = mine - wanted - roles.claims_of_others(mappings, own)
        there = roles.members_of(current)
        patch = roles.additions(there, wanted) or roles.removals(current, unwanted)
        if patch:
            return Write("PATCH", path, patch, conflicts=_PATCH_CONFLICTS)
        if not wanted and roles.is_empty_and_ours(current):
            return Write("DELETE", path)
        return None

    return reconcile(
        domain,
        DASHBOARDS_ACCESS,
        lambda: _read_all_mappings(domain, DASHBOARDS_ACCESS),
        change,
        detail=detail,
        exists=lambda mappings: shared in mappings,
    )


def _forget(domain: Domain, request: SetupRequest, wanted: frozenset[roles.Member]) -> None:
    """Drop from the record those who were taken out of the shared mapping."""
    own = names.reader_role(request.index)

    def change(current: Mapping[str, Any] | None) -> Write | None:
        claimed = roles.claim_of(current)
        if claimed <= wanted:
            return None
        document = roles.reader_mapping(request, claimed & wanted)
        return Write("PUT", f"{_API}/rolesmapping/{own}", document)

    reconcile(
        domain,
        DASHBOARDS_ACCESS,
        lambda: _read_one(domain, DASHBOARDS_ACCESS, _MAPPING, own),
        change,
        detail=own,
    )


def _ensure(
    domain: Domain, step: str, kind: str, name: str, wanted: Mapping[str, Any]
) -> StepReport:
    def change(current: Mapping[str, Any] | None) -> Write | None:
        _refuse_foreign(step, kind, name, current)
        if current is not None and roles.is_as_wanted(current, wanted):
            return None
        return Write("PUT", f"{_API}/{kind}/{name}", wanted)

    return reconcile(domain, step, lambda: _read_one(domain, step, kind, name), change, detail=name)


def _take_away(domain: Domain, step: str, kind: str, name: str) -> StepReport:
    def change(current: Mapping[str, Any] | None) -> Write | None:
        if current is None or not names.is_marked(current.get("description")):
            return None
        return Write("DELETE", f"{_API}/{kind}/{name}")

    return remove(domain, step, lambda: _read_one(domain, step, kind, name), change, detail=name)


def _read_one(domain: Domain, step: str, kind: str, name: str) -> Mapping[str, Any] | None:
    found = read(domain, step, f"{_API}/{kind}/{name}")
    return None if found is None else found.get(name)


def _read_all_mappings(domain: Domain, step: str) -> Mapping[str, Any]:
    return read(domain, step, f"{_API}/rolesmapping") or {}


def _dashboards_role(domain: Domain, step: str) -> str | None:
    for name in roles.DASHBOARDS_ROLES:
        if _read_one(domain, step, _ROLE, name) is not None:
            return name
    return None


def _refuse_foreign(step: str, kind: str, name: str, current: Mapping[str, Any] | None) -> None:
    if current is not None:
        is_ours = names.is_marked(current.get("description"))
        refuse_foreign(step, f"{name} in {kind}", is_ours=is_ours)


def _listed(callers: tuple[str, ...]) -> str:
    return ", ".join(callers) or "nobody"
