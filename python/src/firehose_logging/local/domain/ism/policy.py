"""ISM policies: read strictly, as the plugin does.

Specification: OpenSearch documentation, "Index State Management: Policies".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

SCHEMA_VERSION = 21

ACTIONS = frozenset(
    {
        *("alias", "allocation", "close", "cold_delete", "cold_migration"),
        *("convert_index_to_remote", "delete", "force_merge", "index_priority"),
        *("notification", "open", "read_only", "read_write", "replica_count", "rollover"),
        *("rollup", "search_only", "shrink", "snapshot", "stop_replication"),
        *("transform", "warm_migration"),
    }
)

CONDITIONS = frozenset(
    {"cron", "min_doc_count", "min_index_age", "min_rollover_age", "min_size", "min_state_age"}
)

_POLICY_FIELDS = frozenset(
    {
        *("policy_id", "description", "last_updated_time", "schema_version", "user"),
        *("error_notification", "default_state", "states", "ism_template"),
    }
)
_DURATION = re.compile(r"(\d+)(d|h|m|s|ms|micros|nanos)")
_SECONDS = {
    "d": 86_400.0,
    "h": 3_600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 1e-3,
    "micros": 1e-6,
    "nanos": 1e-9,
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(b|kb|mb|gb|tb|pb)", re.IGNORECASE)
_SIZE_UNITS = ("b", "kb", "mb", "gb", "tb", "pb")


class PolicyError(ValueError):
    """The document is no policy; says what is wrong."""


@dataclass(frozen=True)
class Template:
    """Which new indexes a policy takes."""

    patterns: tuple[str, ...]
    priority: int


def read_policy(policy_id: str, body: Any, now: float) -> dict[str, Any]:
    """Return a policy as ISM keeps it, with what it adds.

    Args:
        policy_id: its name.
        body: as sent: an object with ``policy``.
        now: UTC seconds since the epoch.

    Raises:
        PolicyError: it is no policy.
    """
    raw = body.get("policy") if isinstance(body, dict) else None
    if not isinstance(raw, dict):
        raise PolicyError("the request has no policy")
    for name in raw:
        if name not in _POLICY_FIELDS:
            raise PolicyError(f"Invalid field: [{name}] found in Policy.")
    if not isinstance(raw.get("description"), str):
        raise PolicyError("description is null")
    states = [_read_state(state) for state in _objects(raw.get("states"), "states")]
    _check_states(states, raw.get("default_state"))
    milliseconds = int(now * 1000)
    return {
        "policy_id": policy_id,
        "description": raw["description"],
        "last_updated_time": milliseconds,
        "schema_version": SCHEMA_VERSION,
        "error_notification": raw.get("error_notification"),
        "default_state": raw["default_state"],
        "states": states,
        "ism_template": _read_templates(raw.get("ism_template"), milliseconds),
    }


def _read_state(raw: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_unknown(raw, {"name", "actions", "transitions"}, "State")
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise PolicyError("State must contain a valid name")
    return {
        "name": name,
        "actions": [_read_action(action) for action in _objects(raw.get("actions", []), "actions")],
        "transitions": [
            _read_transition(each) for each in _objects(raw.get("transitions", []), "transitions")
        ],
    }


def _read_action(raw: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [name for name in raw if name not in {"retry", "timeout", "custom"}]
    if len(kinds) != 1:
        raise PolicyError("an action has exactly one type")
    kind = kinds[0]
    if kind not in ACTIONS:
        raise PolicyError(f"Invalid field: [{kind}] found in Action.")
    if not isinstance(raw[kind], dict):
        raise PolicyError(f"action {kind} is no object")
    if "timeout" in raw:
        seconds(raw["timeout"])
    retry = {"count": 3, "backoff": "exponential", "delay": "1m", **(raw.get("retry") or {})}
    return {"retry": retry, **{key: value for key, value in raw.items() if key != "retry"}}


def _read_transition(raw: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_unknown(raw, {"state_name", "conditions"}, "Transition")
    if not isinstance(raw.get("state_name"), str):
        raise PolicyError("state_name is null")
    conditions = raw.get("conditions")
    if conditions is None:
        return {"state_name": raw["state_name"]}
    if not isinstance(conditions, dict):
        raise PolicyError("conditions is no object")
    _refuse_unknown(conditions, CONDITIONS, "Conditions")
    if len(conditions) > 1:
        raise PolicyError("Cannot provide more than one Transition condition")
    for name, value in conditions.items():
        _check_condition(name, value)
    return {"state_name": raw["state_name"], "conditions": dict(conditions)}


def _check_condition(name: str, value: Any) -> None:
    if name.endswith("_age"):
        seconds(value)
    elif name == "min_size":
        size_in_bytes(value)
    elif name == "min_doc_count" and (not isinstance(value, int) or value <= 0):
        raise PolicyError("min_doc_count must be greater than 0")


def _check_states(states: Sequence[Mapping[str, Any]], default: Any) -> None:
    names = [state["name"] for state in states]
    if not names:
        raise PolicyError("Policy must contain at least one State")
    if len(set(names)) != len(names):
        raise PolicyError("Policy cannot have duplicate state names")
    if default not in names:
        raise PolicyError("Policy must have a valid default state")
    for state in states:
        for transition in state["transitions"]:
            if transition["state_name"] not in names:
                raise PolicyError(
                    f"Policy contains a transition in state={state['name']} pointing to a "
                    f"nonexistent state={transition['state_name']}"
                )


def _read_templates(raw: Any, milliseconds: int) -> list[dict[str, Any]] | None:
    if raw is None:
        return None
    templates = []
    for each in _objects([raw] if isinstance(raw, dict) else raw, "ism_template"):
        _refuse_unknown(each, {"index_patterns", "priority", "last_updated_time"}, "ISMTemplate")
        patterns, priority = each.get("index_patterns"), each.get("priority", 0)
        if not isinstance(patterns, list) or not patterns:
            raise PolicyError("index_patterns of ism_template is empty")
        for pattern in patterns:
            _check_pattern(pattern)
        if not isinstance(priority, int) or priority < 0:
            raise PolicyError("Requires priority to be >= 0")
        templates.append(
            {
                "index_patterns": patterns,
                "priority": priority,
                "last_updated_time": milliseconds,
            }
        )
    return templates


def _check_pattern(pattern: Any) -> None:
    if not isinstance(pattern, str) or not pattern or pattern != pattern.lower():
        raise PolicyError(f"index_pattern [{pattern}] must be lower case and not empty")
    if any(character in pattern for character in ' ,#:\\/?"<>|') or pattern.startswith("_"):
        raise PolicyError(f"index_pattern [{pattern}] has a character that no index has")


def templates_of(policy: Mapping[str, Any]) -> list[Template]:
    """Return a kept policy's templates."""
    return [
        Template(tuple(each["index_patterns"]), int(each["priority"]))
        for each in policy.get("ism_template") or []
    ]


def conflict_with(
    policy: Mapping[str, Any], others: Iterable[Mapping[str, Any]]
) -> tuple[Template, dict[str, list[str]]] | None:
    """Return the template that would compete with another policy's at the same priority."""
    for template in templates_of(policy):
        rivals = {
            str(other["policy_id"]): list(theirs.patterns)
            for other in others
            if other["policy_id"] != policy["policy_id"]
            for theirs in templates_of(other)
            if theirs.priority == template.priority and _overlap(template.patterns, theirs.patterns)
        }
        if rivals:
            return template, rivals
    return None


def _overlap(ours: Iterable[str], theirs: Sequence[str]) -> bool:
    return any(_can_both_match(one, other) for one in ours for other in theirs)


def _can_both_match(one: str, other: str) -> bool:
    """Return whether some name fits both patterns; ``*`` is their only wild card."""
    reached = {(0, 0)}
    pending = [(0, 0)]
    while pending:
        i, j = pending.pop()
        if i == len(one) and j == len(other):
            return True
        for step in _steps(one, other, i, j):
            if step not in reached:
                reached.add(step)
                pending.append(step)
    return False


def _steps(one: str, other: str, i: int, j: int) -> Iterable[tuple[int, int]]:
    a, b = one[i : i + 1], other[j : j + 1]
    if a == "*":
        yield i + 1, j
        if b:
            yield i, j + 1
    if b == "*":
        yield i, j + 1
        if a:
            yield i + 1, j
    if a and a == b:
        yield i + 1, j + 1


def policy_for(index: str, policies: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the policy that takes a new index: the one with the highest priority."""
    fitting = [
        (template.priority, policy)
        for policy in policies
        for template in templates_of(policy)
        if any(fnmatchcase(index, pattern) for pattern in template.patterns)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def seconds(text: Any) -> float:
    """Read a duration such as ``30d``; raise ``PolicyError`` where it is none."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise PolicyError(
            f"failed to parse [{text}] as a time value: use a whole number with one of the units "
            f"{', '.join(_SECONDS)}"
        )
    return int(match.group(1)) * _SECONDS[match.group(2)]


def size_in_bytes(text: Any) -> int:
    """Read a size such as ``50gb``; raise ``PolicyError`` where it is none."""
    match = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise PolicyError(f"failed to parse [{text}] as a size: use one of {_SIZE_UNITS}")
    return int(float(match.group(1)) * 1024 ** _SIZE_UNITS.index(match.group(2).lower()))


def _objects(raw: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        raise PolicyError(f"{name} is no list of objects")
    return raw


def _refuse_unknown(raw: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    known = set(known)
    for name in raw:
        if name not in known:
            raise PolicyError(f"Invalid field: [{name}] found in {where}.")
