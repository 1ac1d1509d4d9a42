"""What a managed index does next."""

from dataclasses import replace
from typing import Any

import pytest

from firehose_logging.local.domain.ism.machine import Act, Enter, Facts, Managed, Wait, next_step

DAY = 86_400.0
EMPTY = Facts(0, 0)


def under(states: list[dict[str, Any]], **changes: Any) -> Managed:
    policy = {"policy_id": "p", "default_state": states[0]["name"], "states": states}
    return replace(Managed("logs-1", "uuid", policy, 0, 1, born_at=0.0), **changes)


def state(name: str, *actions: str, to: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "actions": [{"retry": {}, action: {}} for action in actions],
        "transitions": to or [],
    }


def when(**conditions: Any) -> list[dict[str, Any]]:
    return [{"state_name": "next", "conditions": conditions}]


def test_it_begins_in_the_default_state() -> None:
    assert next_step(under([state("kept")]), EMPTY, 0) == Enter("kept")


def test_actions_come_one_after_the_other_and_before_transitions() -> None:
    managed = under(
        [state("kept", "read_only", "close", to=when(min_index_age="0d"))], state="kept"
    )
    assert next_step(managed, EMPTY, 0) == Act("read_only", {})
    assert next_step(replace(managed, done=1), EMPTY, 0) == Act("close", {})
    assert next_step(replace(managed, done=2), EMPTY, 0) == Enter("next")


@pytest.mark.parametrize(
    ("conditions", "facts", "before", "after"),
    [
        ({"min_index_age": "30d"}, EMPTY, 30 * DAY - 1, 30 * DAY),
        ({"min_state_age": "1d"}, EMPTY, 11 * DAY - 1, 11 * DAY),
    ],
)
def test_age_decides_to_the_second(
    conditions: dict[str, Any], facts: Facts, before: float, after: float
) -> None:
    managed = under([state("kept", to=when(**conditions))], state="kept", state_since=10 * DAY)
    assert isinstance(next_step(managed, facts, before), Wait)
    assert next_step(managed, facts, after) == Enter("next")


@pytest.mark.parametrize(
    ("conditions", "too_few", "enough"),
    [
        ({"min_doc_count": 5}, Facts(4, 0), Facts(5, 0)),
        ({"min_size": "1kb"}, Facts(0, 1023), Facts(0, 1024)),
    ],
)
def test_documents_and_bytes_decide(
    conditions: dict[str, Any], too_few: Facts, enough: Facts
) -> None:
    managed = under([state("kept", to=when(**conditions))], state="kept")
    assert isinstance(next_step(managed, too_few, 0), Wait)
    assert next_step(managed, enough, 0) == Enter("next")


def test_the_first_transition_whose_condition_holds_is_taken() -> None:
    transitions = [*when(min_index_age="9d"), {"state_name": "other"}]
    managed = under([state("kept", to=transitions)], state="kept")
    assert next_step(managed, EMPTY, DAY) == Enter("other")
    assert next_step(managed, EMPTY, 9 * DAY) == Enter("next")


def test_a_failed_action_waits_for_a_retry() -> None:
    managed = under([state("kept", "delete")], state="kept", failure="refused", message="refused")
    assert next_step(managed, EMPTY, 0) == Wait("refused")
    assert next_step(replace(managed, failure=None), EMPTY, 0) == Act("delete", {})


def test_without_transitions_the_policy_is_complete() -> None:
    assert next_step(under([state("kept")], state="kept"), EMPTY, 0) == Wait("Policy is completed")
