"""The retention policy of Index State Management: indexes are deleted by age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.domain_setup.documents import names
from firehose_logging.domain_setup.documents.comparing import includes
from firehose_logging.domain_setup.request import SetupRequest

# How long an index is written to, in hours; a month counts as its longest.
_PERIOD_HOURS = {"OneHour": 1, "OneDay": 24, "OneWeek": 7 * 24, "OneMonth": 31 * 24}


def is_possible(rotation: str) -> bool:
    """Return whether age can decide: a single index that never rotates is never old."""
    return rotation in _PERIOD_HOURS


def index_age(retention_days: int, rotation: str) -> str:
    """Return the age at which an index is deleted, in ISM's notation.

    Age counts from the index's creation, and its last document comes up to a rotation period
    later: that period is added, so that each document is kept for ``retention_days`` at least.

    Raises:
        KeyError: ``rotation`` is no period.
    """
    hours = retention_days * 24 + _PERIOD_HOURS[rotation]
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


def retention_policy(request: SetupRequest) -> dict[str, Any]:
    """Return the body of ``PUT _plugins/_ism/policies/<id>``.

    Raises:
        ValueError: the request asks for no retention, or its index does not rotate.
    """
    if request.retention_days is None or not is_possible(request.rotation):
        raise ValueError(f"no retention of {request.index} ({request.rotation})")
    age = index_age(request.retention_days, request.rotation)
    return {
        "policy": {
            "description": f"{names.MARK}: {request.index} kept for {request.retention_days} days",
            "default_state": "kept",
            "states": [
                {
                    "name": "kept",
                    "actions": [],
                    "transitions": [
                        {"state_name": "deleted", "conditions": {"min_index_age": age}}
                    ],
                },
                {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
            ],
            "ism_template": [
                {
                    "index_patterns": [names.written_pattern(request.index, request.rotation)],
                    "priority": names.priority(request.index),
                }
            ],
        }
    }


def is_as_wanted(actual: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether a policy as read does what ``wanted`` says."""
    return includes(actual.get("policy"), wanted["policy"])


def unmanaged(explained: Mapping[str, Any], index: str) -> list[str]:
    """Return the rotated indexes of ``index`` that no policy manages, from ``_ism/explain``."""
    return sorted(
        name
        for name, state in explained.items()
        if names.is_rotated(name, index) and isinstance(state, Mapping) and not _policy_of(state)
    )


def managed(explained: Mapping[str, Any], index: str) -> list[str]:
    """Return the rotated indexes of ``index`` that its own policy manages."""
    return sorted(
        name
        for name, state in explained.items()
        if names.is_rotated(name, index)
        and isinstance(state, Mapping)
        and _policy_of(state) == names.policy_id(index)
    )


def outdated(explained: Mapping[str, Any], index: str, seq_no: int) -> list[str]:
    """Return the managed indexes that still follow an older version of the policy.

    An index that no run of ISM has looked at yet names no version; it will begin with the newest.
    """
    versions = {name: explained[name].get("policy_seq_no") for name in managed(explained, index)}
    return [name for name, version in versions.items() if version not in (None, -2, seq_no)]


def _policy_of(state: Mapping[str, Any]) -> object:
    return state.get("policy_id") or state.get("index.plugins.index_state_management.policy_id")
