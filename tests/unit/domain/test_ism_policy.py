"""What counts as an ISM policy, and which index it takes."""

import copy
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local.domain.ism.policy import (
    PolicyError,
    conflict_with,
    policy_for,
    read_policy,
    seconds,
    size_in_bytes,
)

NOW = 1_790_000_000.0
BODY: dict[str, Any] = {
    "policy": {
        "description": "kept for 30 days",
        "default_state": "kept",
        "states": [
            {
                "name": "kept",
                "actions": [],
                "transitions": [{"state_name": "deleted", "conditions": {"min_index_age": "30d"}}],
            },
            {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
        ],
        "ism_template": [{"index_patterns": ["logs-*"], "priority": 10}],
    }
}


def changed(**changes: Any) -> dict[str, Any]:
    body = copy.deepcopy(BODY)
    body["policy"].update(changes)
    return body


def named(name: str, patterns: list[str], priority: int) -> dict[str, Any]:
    template = {"index_patterns": patterns, "priority": priority}
    return read_policy(name, changed(ism_template=[template]), NOW)


def test_a_policy_is_kept_with_what_ism_adds() -> None:
    kept = read_policy("month", BODY, NOW)
    assert kept["policy_id"] == "month"
    assert kept["last_updated_time"] == int(NOW * 1000)
    assert kept["states"][0]["transitions"] == BODY["policy"]["states"][0]["transitions"]
    assert kept["states"][1]["actions"][0]["delete"] == {}
    assert kept["states"][1]["actions"][0]["retry"]["count"] == 3
    assert kept["ism_template"][0]["index_patterns"] == ["logs-*"]


def state(**changes: Any) -> list[dict[str, Any]]:
    return [{"name": "kept", "actions": [], "transitions": [], **changes}]


def to(**conditions: Any) -> list[dict[str, Any]]:
    return state(transitions=[{"state_name": "kept", "conditions": conditions}])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "no policy"),
        ("text", "no policy"),
        (changed(retention=1), r"Invalid field: \[retention\] found in Policy"),
        (changed(description=None), "description is null"),
        (changed(default_state="else"), "valid default state"),
        (changed(states=[]), "at least one State"),
        (changed(states="kept"), "states is no list of objects"),
        (changed(states=state() + state()), "duplicate state names"),
        (changed(states=state(transitions=[{"state_name": "x"}])), "nonexistent state=x"),
        (changed(states=state(actions=[{"explode": {}}])), r"Invalid field: \[explode\]"),
        (changed(states=state(actions=[{"delete": {}, "close": {}}])), "exactly one type"),
        (changed(states=to(min_index_age="30 days")), "failed to parse"),
        (changed(states=to(min_index_age=30)), "failed to parse"),
        (changed(states=to(min_size="large")), "as a size"),
        (changed(states=to(min_doc_count=0)), "greater than 0"),
        (changed(states=to(min_index_age="1d", min_size="1gb")), "more than one Transition"),
        (changed(states=to(max_age="1d")), r"Invalid field: \[max_age\]"),
        (changed(ism_template=[{"index_patterns": []}]), "is empty"),
        (changed(ism_template=[{"index_patterns": ["Logs"]}]), "lower case"),
        (changed(ism_template=[{"index_patterns": ["_x"]}]), "no index has"),
        (changed(ism_template=[{"index_patterns": ["x"], "priority": -1}]), ">= 0"),
    ],
)
def test_what_is_no_policy_is_refused_with_the_reason(body: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_policy("p", body, NOW)


def test_the_highest_priority_takes_a_new_index() -> None:
    policies = [named("low", ["logs-*"], 1), named("high", ["logs-web-*"], 5)]
    assert (policy_for("logs-web-1", policies) or {})["policy_id"] == "high"
    assert (policy_for("logs-api-1", policies) or {})["policy_id"] == "low"
    assert policy_for("metrics-1", policies) is None


def test_equal_priority_and_overlapping_patterns_conflict() -> None:
    ours = named("new", ["logs-*"], 10)
    conflict = conflict_with(ours, [named("old", ["*-2026"], 10), named("far", ["x-*"], 10)])
    assert conflict is not None
    assert conflict[1] == {"old": ["*-2026"]}
    assert conflict_with(ours, [named("old", ["logs-*"], 11)]) is None
    assert conflict_with(ours, [named("new", ["logs-*"], 10)]) is None


PATTERNS = st.text("ab*", min_size=1, max_size=5)


@given(one=PATTERNS, other=PATTERNS, name=st.text("ab", min_size=1, max_size=6))
def test_two_patterns_that_fit_one_name_always_conflict(one: str, other: str, name: str) -> None:
    if fnmatchcase(name, one) and fnmatchcase(name, other):
        assert conflict_with(named("a", [one], 1), [named("b", [other], 1)]) is not None


@given(one=st.text("ab", min_size=1, max_size=5), other=PATTERNS)
def test_a_plain_name_conflicts_exactly_where_the_pattern_fits_it(one: str, other: str) -> None:
    conflict = conflict_with(named("a", [one], 1), [named("b", [other], 1)])
    assert (conflict is not None) == fnmatchcase(one, other)


def test_durations_and_sizes_are_read_in_every_unit() -> None:
    assert [seconds(t) for t in ("2d", "3h", "4m", "5s", "6ms")] == [172800, 10800, 240, 5, 0.006]
    assert [size_in_bytes(t) for t in ("1b", "1kb", "1.5mb", "2GB")] == [
        *(1, 1024, 1572864, 2147483648)
    ]
