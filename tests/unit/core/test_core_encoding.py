"""A record becomes one JSON object on one line, whatever formatter and arguments do."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonjsonlogger.json import JsonFormatter

from firehose_logging import FirehoseJsonFormatter
from firehose_logging.core.encoding import RecordEncoder, one_json_object


def _record(message: Any = "hello", *args: Any, **extra: Any) -> logging.LogRecord:
    record = logging.LogRecord("app", logging.INFO, "app.py", 1, message, args, None)
    record.__dict__.update(extra)
    return record


def _encode(record: logging.LogRecord, formatter: logging.Formatter | None = None) -> Any:
    data = RecordEncoder(formatter).encode(record)
    assert b"\n" not in data
    assert len(data) <= 1_024_000
    document = json.loads(data)
    assert isinstance(document, dict)
    return document


class _Raises(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        raise RuntimeError("formatter is broken")


class _Says(logging.Formatter):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def format(self, record: logging.LogRecord) -> str:
        return self.text


class _Mute:
    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("plain words", {"message": "plain words"}),
        ("two\nlines", {"message": "two\nlines"}),
        ('{"a": 1}', {"a": 1}),
        ('{\n  "a": 1\n}', {"a": 1}),
        ('{"a": 1} and more', {"message": '{"a": 1} and more'}),
        ("[1, 2]", {"message": "[1, 2]"}),
        ('"text"', {"message": '"text"'}),
        ('{"a": NaN, "b": [Infinity]}', {"a": None, "b": [None]}),
        ('{"index": {}}\n{"a": 1}', {"message": '{"index": {}}\n{"a": 1}'}),
        ("", {"message": ""}),
        ('{"a": "\ud800"}', {"a": "\ufffd"}),
        ('{"a": "\\ud800"}', {"a": "\ufffd"}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
    ],
)
def test_any_formatters_text_becomes_one_json_object(text: str, document: Any) -> None:
    assert _encode(_record(), _Says(text)) == document


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text('{}[]":,\\\n1a'))
def test_a_newline_never_breaks_a_record(text: str) -> None:
    data = one_json_object(text)
    assert b"\n" not in data
    assert isinstance(json.loads(data), dict)


def test_the_seeds_formatter_works_as_well() -> None:
    formatter = JsonFormatter("%(asctime)s %(name)s %(levelname)s %(message)s")
    document = _encode(_record("hello %s", "you"), formatter)
    assert document["message"] == "hello you"
    assert document["name"] == "app"


def test_a_failing_formatter_is_told_beside_the_message() -> None:
    document = _encode(_record("hello"), _Raises())
    assert document["message"] == "hello"
    assert document["levelname"] == "INFO"
    assert document["formatting_error"] == "RuntimeError: formatter is broken"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (_record("%s and %s", 1), "%s and %s (1)"),
        (_record("%d", "x"), "%d (x)"),
        (_record("%s", _Mute()), "%s (<_Mute that can't be shown: ValueError>)"),
        (_record(_Mute()), "<_Mute that can't be shown: ValueError>"),
    ],
)
def test_a_message_that_can_not_be_formatted_is_kept_with_its_arguments(
    record: logging.LogRecord, message: str
) -> None:
    document = _encode(record)
    assert document["message"] == message
    assert "formatting_error" in document


def test_a_message_of_ten_megabytes_is_shortened() -> None:
    document = _encode(_record("é" * 5_000_000))
    assert document["truncated"]["message"] > 8_000_000


@pytest.mark.parametrize("formatter", [None, JsonFormatter(), logging.Formatter()])
def test_the_callers_record_and_dictionaries_are_not_changed(
    formatter: logging.Formatter | None,
) -> None:
    message = {"a": 1, "nested": {"b": [1, 2]}}
    record = _record(message, more={"c": 3})
    record.exc_info = (KeyError, KeyError("x"), None)
    before = dict(record.__dict__)
    _encode(record, formatter)
    assert record.__dict__ == before
    assert message == {"a": 1, "nested": {"b": [1, 2]}}


def test_a_subclass_of_our_formatter_has_its_say() -> None:
    class Louder(FirehoseJsonFormatter):
        def format(self, record: logging.LogRecord) -> str:
            return super().format(record).upper()

    assert _encode(_record("hello"), Louder())["MESSAGE"] == "HELLO"
