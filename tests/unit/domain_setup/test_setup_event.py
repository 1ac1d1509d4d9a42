"""The function's event: an action, and a refusal of all that would grant or target."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.domain_setup.event import EventError, parse_event

REQUEST_KEYS = (
    "endpoint",
    "region",
    "index",
    "rotation",
    "retention_days",
    "writers",
    "readers",
    "administrators",
    "template",
    "dashboards",
    "delete_indexes",
    "settle_seconds",
    "function",
)


def test_an_empty_event_sets_up() -> None:
    assert parse_event({}) == "create"


@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_terraforms_action_is_taken(action: str) -> None:
    assert parse_event({"run": "1f", "tf": {"action": action, "prev_input": None}}) == action


def test_the_previous_input_that_terraform_adds_says_nothing() -> None:
    previous = {"endpoint": "elsewhere", "index": "old"}
    assert parse_event({"tf": {"action": "update", "prev_input": previous}}) == "update"


@pytest.mark.parametrize("key", REQUEST_KEYS)
def test_what_grants_or_targets_is_refused_and_not_passed_over(key: str) -> None:
    with pytest.raises(EventError, match=f"'{key}' does not belong in the event"):
        parse_event({key: None, "tf": {"action": "create"}})


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (None, "the event is None; give a JSON object"),
        ([], r"the event is \[\]"),
        ({"run": 7}, "run is 7; give a text"),
        ({"tf": "create"}, "tf is 'create'"),
        ({"tf": None}, "tf is None"),
        ({"tf": {"action": "read"}}, "tf.action is 'read'; use create, update or delete"),
        ({"tf": {"action": ["delete"]}}, "tf.action is"),
        ({"tf": {"action": "create", "endpoint": "elsewhere"}}, "tf is "),
        ({"X" * 10_000: 1}, "does not belong"),
    ],
)
def test_a_wrong_event_is_named_in_one_short_sentence(event: Any, named: str) -> None:
    with pytest.raises(EventError, match=named) as caught:
        parse_event(event)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_an_action_or_refused(event: Any) -> None:
    try:
        action = parse_event(event)
    except EventError:
        return
    assert action in ("create", "update", "delete")
    assert event.keys() <= {"run", "tf"}


@pytest.mark.parametrize(
    "key", ["tf", "run", "\uff54\uff46", "Tf", "tf\x00", "\u202etf", "\ud800"], ids=ascii
)
def test_an_event_nested_or_long_beyond_measure_is_refused_in_one_short_line(key: str) -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    for value in (nested, ["x" * 6_000_000], {"action": nested}, {"action": "x" * 6_000_000}):
        with pytest.raises(EventError) as caught:
            parse_event({key: value})
        assert len(str(caught.value)) < 300
        assert str(caught.value).isprintable()
