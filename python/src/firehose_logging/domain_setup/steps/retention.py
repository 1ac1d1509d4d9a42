"""The retention policy, on new indexes and on those that are there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.domain_setup.client import Domain, WouldWriteError
from firehose_logging.domain_setup.documents import names, retention
from firehose_logging.domain_setup.report import SetupError, StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.domain_setup.steps.reconcile import (
    Write,
    failure,
    read,
    reconcile,
    refuse_foreign,
    remove,
)

POLICY = "retention_policy"
INDEXES = "retention_of_indexes"

_ISM = "/_plugins/_ism"


def ensure_policy(domain: Domain, request: SetupRequest) -> StepReport:
    """Put the policy in place, or take it away where no retention is asked for."""
    if request.retention_days is None:
        return _without_retention(take_policy_away(domain, request), "indexes are kept for ever")
    if not retention.is_possible(request.rotation):
        return _without_retention(
            take_policy_away(domain, request),
            f"rotation is {request.rotation}: a single index has no age at which to delete it; "
            "choose a rotation",
        )
    wanted = retention.retention_policy(request)

    def change(current: Mapping[str, Any] | None) -> Write | None:
        query = None
        if current is not None:
            _refuse_foreign_policy(current, request)
            if retention.is_as_wanted(current, wanted):
                return None
            # Without these two ISM only creates; with them it only updates what was read.
            query = {
                "if_seq_no": str(current["_seq_no"]),
                "if_primary_term": str(current["_primary_term"]),
            }
        return Write("PUT", _policy_path(request), wanted, query)

    age = retention.index_age(request.retention_days, request.rotation)
    detail = (
        f"{names.policy_id(request.index)} keeps documents for {request.retention_days} days at "
        f"least: it deletes indexes at the age of {age}"
    )
    return reconcile(domain, POLICY, lambda: _look(domain, request), change, detail=detail)


def ensure_on_indexes(domain: Domain, request: SetupRequest) -> StepReport:
    """Attach the policy to the rotated indexes that have none, and renew it where it is old.

    ``ism_template`` reaches only indexes that are made after it. Indexes that another policy
    manages are left to it.
    """
    policy = _look(domain, request)
    if policy is None:
        return StepReport(INDEXES, "unchanged", "no policy to attach")
    explained = _explain(domain, request)
    bare = retention.unmanaged(explained, request.index)
    old = retention.outdated(explained, request.index, int(policy["_seq_no"]))
    document = {"policy_id": names.policy_id(request.index)}
    refused = ""
    for verb, indexes in (("add", bare), ("change_policy", old)):
        for name in indexes:
            refused = _post(domain, f"{_ISM}/{verb}/{name}", document) or refused
    after = _explain(domain, request)
    left = retention.unmanaged(after, request.index)
    if left:
        raise SetupError(
            INDEXES,
            f"{', '.join(left)} has no policy after it was attached ({refused or 'no reason'})",
            "look at GET _plugins/_ism/explain, then run the set-up again",
        )
    count = len(retention.managed(after, request.index))
    return StepReport(
        INDEXES, "updated" if bare or old else "unchanged", f"{count} indexes follow the policy"
    )


def look_at_indexes(domain: Domain, request: SetupRequest) -> StepReport:
    """Return if every rotated index follows some policy, or there is none of ours to follow.

    Which version an index follows is not asked: ISM takes up a new one at its own time, minutes
    after it was given it.

    Raises:
        WouldWriteError: the policy would be attached to an index.
    """
    if _look(domain, request) is not None:
        for name in retention.unmanaged(_explain(domain, request), request.index):
            raise WouldWriteError(f"POST {_ISM}/add/{name}")
    return StepReport(INDEXES, "unchanged", "every index follows a policy")


def take_policy_away(domain: Domain, request: SetupRequest) -> StepReport:
    """Detach our policy from the indexes, then remove it.

    In this order, because an index goes on following a policy that is deleted, until it is
    deleted itself.
    """
    detached = False
    policy = _look(domain, request)
    if policy is not None and _is_ours(policy):
        for name in retention.managed(_explain(domain, request), request.index):
            _post(domain, f"{_ISM}/remove/{name}")
            detached = True

    def change(current: Mapping[str, Any] | None) -> Write | None:
        if current is None or not _is_ours(current):
            return None
        return Write("DELETE", _policy_path(request))

    name = names.policy_id(request.index)
    detail = f"{name}, detached from its indexes" if detached else name
    return remove(domain, POLICY, lambda: _look(domain, request), change, detail=detail)


def _without_retention(removed: StepReport, why: str) -> StepReport:
    if removed.state == "removed":
        return StepReport(POLICY, "removed", f"{removed.detail}; {why}")
    return StepReport(POLICY, "left_out", why)


def _policy_path(request: SetupRequest) -> str:
    return f"{_ISM}/policies/{names.policy_id(request.index)}"


def _look(domain: Domain, request: SetupRequest) -> Mapping[str, Any] | None:
    return read(domain, POLICY, _policy_path(request))


def _explain(domain: Domain, request: SetupRequest) -> Mapping[str, Any]:
    path = f"{_ISM}/explain/{request.index}-20*"
    return read(domain, INDEXES, path) or {}


def _post(domain: Domain, path: str, document: Mapping[str, Any] | None = None) -> str:
    """Return why ISM did not do it, which may be that another run has done it already."""
    answer = domain.call("POST", path, document)
    if not answer.is_success:
        raise failure(INDEXES, answer)
    failed = answer.mapping.get("failed_indices") or []
    return str(failed[0].get("reason", "")) if failed else ""


def _refuse_foreign_policy(current: Mapping[str, Any], request: SetupRequest) -> None:
    name = names.policy_id(request.index)
    refuse_foreign(POLICY, f"retention policy {name}", is_ours=_is_ours(current))


def _is_ours(current: Mapping[str, Any]) -> bool:
    return names.is_marked((current.get("policy") or {}).get("description"))
