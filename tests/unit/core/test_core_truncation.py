"""A document that is too large is shortened, stays JSON and says what was cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.core.truncation import shorten

# Long texts are short ones repeated: Hypothesis is slow at making long ones.
_text = st.builds(lambda text, times: text * times, st.text(max_size=8), st.integers(1, 1_000))
_value = st.recursive(
    _text | st.integers() | st.booleans() | st.none(),
    lambda children: (
        st.lists(children, max_size=5) | st.dictionaries(st.text(max_size=20), children, max_size=5)
    ),
    max_leaves=10,
)
_document = st.dictionaries(
    st.text(max_size=20) | st.text("k\n", min_size=200, max_size=201), _value, max_size=8
)


@settings(max_examples=100, deadline=None)
@given(_document, st.integers(1_024, 5_000))
def test_what_comes_out_is_a_json_object_on_one_line_within_the_limit(
    document: dict[str, Any], limit: int
) -> None:
    before = json.dumps(document)
    data = shorten(document, limit)
    assert len(data) <= limit
    assert b"\n" not in data
    assert isinstance(json.loads(data), dict)
    assert json.dumps(document) == before, "the caller's document was changed"


@settings(max_examples=100, deadline=None)
@given(
    st.text('aé€😀"\\\n\x00', min_size=1, max_size=9),
    st.integers(500, 900),
    st.integers(1_024, 3_000),
)
def test_a_long_message_is_cut_no_more_than_needed_and_the_cut_is_told(
    text: str, times: int, limit: int
) -> None:
    message = text * times
    document = {"name": "app", "levelname": "INFO", "message": message}
    data = shorten(document, limit)
    result = json.loads(data)
    if result == document:
        return
    assert message.startswith(result["message"])
    cut = len(message.encode()) - len(result["message"].encode())
    assert result["truncated"] == {"message": cut}
    assert result["name"] == "app"
    assert len(data) > limit - 512


def test_the_longest_field_goes_first_and_short_ones_stay() -> None:
    document = {"message": "m" * 900, "exc_info": "e" * 5_000, "name": "app"}
    result = json.loads(shorten(document, 3_000))
    assert result["message"] == document["message"]
    assert set(result["truncated"]) == {"exc_info"}


def test_a_large_list_becomes_text_that_is_cut() -> None:
    document = {"message": "hello", "rows": list(range(10_000))}
    result = json.loads(shorten(document, 2_000))
    assert result["message"] == "hello"
    assert result["rows"].startswith("[0,1,2,")
    assert result["truncated"]["rows"] > 0


def test_a_document_of_too_many_small_fields_is_kept_as_text() -> None:
    document = {f"field{number}": number for number in range(5_000)}
    result = json.loads(shorten(document, 2_000))
    assert result["message"].startswith('{"field0":0,')
    assert result["truncated"]["document"] > 0


@pytest.mark.parametrize("limit", [1_024, 100_000, 1_024_000])
def test_a_document_within_the_limit_is_left_alone(limit: int) -> None:
    document = {"message": "short"}
    assert json.loads(shorten(document, limit)) == document
