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
ADMINISTRATORS = "administrators"

_API = "/_plugins/_security/api"
_ROLE = "roles"
_MAPPING = "rolesmapping"

_BESIDE_SECONDS = 1.0

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

    The mapping also says whom this set-up adds to mappings that others write too; it says so
    before they are added, and until they are taken out, so that a run that ends midway leaves no
    one there whom nobody answers for.
    """
    own = names.reader_role(request.index)
    wanted = _wanted_in_shared(domain, READER_MAPPING, request)

    def change(mappings: Mapping[str, Any]) -> Write | None:
        current = mappings.get(own)
        _refuse_foreign(READER_MAPPING, _MAPPING, own, current)
        document = roles.reader_mapping(request, _claims(mappings, own, wanted))
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
    return _share(domain, DASHBOARDS_ACCESS, request, shared, request.readers)


def ensure_administrators(domain: Domain, request: SetupRequest) -> StepReport:
    """Add the administrators to the mapping of ``all_access``, which others write too."""
    shared = roles.ADMINISTRATOR_ROLE
    return _share(domain, ADMINISTRATORS, request, shared, request.administrators)


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
    """Take out of the Dashboards role's mapping whom this set-up added, and no other needs."""
    shared = _dashboards_role(domain, DASHBOARDS_ACCESS)
    if shared is None:
        return StepReport(DASHBOARDS_ACCESS, "unchanged", "the domain has no role for Dashboards")
    return _unshare(domain, DASHBOARDS_ACCESS, request, shared)


def take_away_administrators(domain: Domain, request: SetupRequest) -> StepReport:
    """Take out of the mapping of ``all_access`` whom this set-up added, and no other needs."""
    return _unshare(domain, ADMINISTRATORS, request, roles.ADMINISTRATOR_ROLE)


def _unshare(domain: Domain, step: str, request: SetupRequest, shared: str) -> StepReport:
    report = _share(domain, step, request, shared, ())
    return StepReport(step, "unchanged" if report.state == "unchanged" else "removed", shared)


def _share(
    domain: Domain, step: str, request: SetupRequest, shared: str, callers: tuple[str, ...]
) -> StepReport:
    own = names.reader_role(request.index)
    path = f"{_API}/rolesmapping/{shared}"
    wanted = roles.members(callers)

    def change(mappings: Mapping[str, Any]) -> Write | None:
        current = mappings.get(shared)
        if current is None:
            return Write("PUT", path, roles.shared_mapping(wanted)) if wanted else None
        mine = roles.claims_of(mappings.get(own)).get(shared, frozenset())
        unwanted = mine - wanted - roles.claims_of_others(mappings, own, shared)
        patch = roles.additions(current, wanted) or roles.removals(current, unwanted)
        if patch:
            return Write("PATCH", path, patch, conflicts=_PATCH_CONFLICTS)
        if not wanted and roles.is_empty_and_ours(current):
            return Write("DELETE", path)
        return None

    def settle() -> StepReport:
        return reconcile(
            domain,
            step,
            lambda: _read_all_mappings(domain, step),
            change,
            detail=f"{shared} for {_listed(callers)}",
            exists=lambda mappings: shared in mappings,
        )

    report = settle()
    if report.state != "unchanged" and wanted:
        # A mapping, or a list of it, that was empty is made anew: if another set-up did the same
        # at this moment, one of the two is gone. Look again.
        domain.patience.sleep(_BESIDE_SECONDS)
        settle()
    _forget(domain, step, request, {shared: wanted})
    return report


def _forget(domain: Domain, step: str, request: SetupRequest, wanted: roles.Claims) -> None:
    """Drop from the record those who were taken out of the shared mappings in ``wanted``."""
    own = names.reader_role(request.index)

    def change(current: Mapping[str, Any] | None) -> Write | None:
        claims = roles.claims_of(current)
        left = {
            role: claimed & wanted[role] if role in wanted else claimed
            for role, claimed in claims.items()
        }
        if left == claims:
            return None
        return Write("PUT", f"{_API}/rolesmapping/{own}", roles.reader_mapping(request, left))

    reconcile(domain, step, lambda: _read_one(domain, step, _MAPPING, own), change, detail=own)


def _claims(mappings: Mapping[str, Any], own: str, wanted: roles.Claims) -> roles.Claims:
    """Return what to claim before anything is added, on top of what is claimed already."""
    before = roles.claims_of(mappings.get(own))
    claims = dict(before)
    for shared, members in wanted.items():
        mine = before.get(shared, frozenset())
        others = roles.claims_of_others(mappings, own, shared)
        there = roles.members_of(mappings.get(shared))
        claims[shared] = mine | roles.claim(members, there, mine | others)
    return claims


def _wanted_in_shared(domain: Domain, step: str, request: SetupRequest) -> roles.Claims:
    wanted = {roles.ADMINISTRATOR_ROLE: roles.members(request.administrators)}
    dashboards = _dashboards_role(domain, step)
    if dashboards is not None:
        wanted[dashboards] = roles.members(request.readers)
    return wanted


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
