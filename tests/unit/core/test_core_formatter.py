"""The default formatter's documents."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
import types
from typing import Any

import pytest

from firehose_logging import FirehoseJsonFormatter


def _record(message: Any = "hello", *args: Any, **extra: Any) -> logging.LogRecord:
    record = logging.LogRecord("app", logging.WARNING, "/src/app.py", 12, message, args, None)
    record.__dict__.update(extra)
    return record


def _document(
    record: logging.LogRecord, formatter: logging.Formatter | None = None
) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((formatter or FirehoseJsonFormatter()).format(record))
    return document


def test_the_articles_keys_and_a_timestamp_in_utc_milliseconds() -> None:
    document = _document(_record("hello %s", "you", created=1_589_201_084.5678))
    assert document["name"] == "app"
    assert document["levelname"] == "WARNING"
    assert document["message"] == "hello you"
    assert document["@timestamp"] == "2020-05-11T12:44:44.567Z"
    assert re.fullmatch(r"2020-05-1\dT\d\d:44:44[+-]\d{4}", document["asctime"])
    assert set(document) == {"asctime", "name", "levelname", "message", "@timestamp"}


def test_asctime_is_that_of_the_standard_formatter() -> None:
    date_format = "%Y-%m-%dT%H:%M:%S%z"
    standard = logging.Formatter("%(asctime)s", date_format)
    for created in (0.0, 1_700_000_000.999_9, time.time()):
        record = _record(created=created)
        assert _document(record)["asctime"] == standard.format(record)


def test_extra_fields_keep_their_types() -> None:
    document = _document(_record(count=3, ratio=0.5, ok=True, nothing=None, rows=[1, {"a": 2}]))
    assert document["count"] == 3
    assert document["ratio"] == 0.5
    assert document["ok"] is True
    assert document["nothing"] is None
    assert document["rows"] == [1, {"a": 2}]


def test_a_dictionary_as_message_is_merged() -> None:
    document = _document(_record({"event": "login", "user": 7}))
    assert document["event"] == "login"
    assert document["user"] == 7


def test_exceptions_and_stacks_are_there() -> None:
    record = _record(stack_info="Stack (most recent call last):\n  here")
    record.exc_info = (NameError, NameError("fake NameError"), None)
    document = _document(record)
    assert document["exc_info"].splitlines()[-1] == "NameError: fake NameError"
    assert document["stack_info"].endswith("here")


def test_an_exception_formatted_elsewhere_is_kept() -> None:
    assert _document(_record(exc_text="Traceback …"))["exc_info"] == "Traceback …"


@pytest.mark.parametrize(
    ("fmt", "style"),
    [
        ("%(levelname)s %(lineno)d %(message)s", "%"),
        ("{levelname} {lineno:d} {message}", "{"),
        ("$levelname ${lineno} $message", "$"),
    ],
)
def test_a_format_string_names_the_fields(fmt: str, style: str) -> None:
    document = _document(_record(), FirehoseJsonFormatter(fmt, style=style))
    assert set(document) == {"levelname", "lineno", "message", "@timestamp"}
    assert document["lineno"] == 12


def test_process_thread_and_host_when_asked_for() -> None:
    document = _document(_record(), FirehoseJsonFormatter(include=["process", "thread", "host"]))
    assert document["process"] == os.getpid()
    assert document["threadName"] == threading.current_thread().name
    assert document["thread"] == threading.get_ident()
    assert document["processName"] == "MainProcess"
    assert document["host"]


def test_static_fields_are_in_every_document_and_give_way_to_the_records_own() -> None:
    formatter = FirehoseJsonFormatter(static_fields={"service": "shop", "env": "prod"})
    assert _document(_record(), formatter)["service"] == "shop"
    assert _document(_record(env="test"), formatter)["env"] == "test"


def test_named_keys_are_redacted_at_any_depth_whatever_their_case() -> None:
    secret = {"Password": "p", "user": {"tokens": [{"TOKEN": "t", "id": 1}]}}
    formatter = FirehoseJsonFormatter(redact=["password", "token"])
    text = formatter.format(_record({"request": secret}, token="x"))
    document = json.loads(text)
    assert document["request"] == {
        "Password": "[redacted]",
        "user": {"tokens": [{"TOKEN": "[redacted]", "id": 1}]},
    }
    assert document["token"] == "[redacted]"
    assert secret["Password"] == "p", "the caller's dictionary was changed"


def test_trace_and_span_are_named_while_opentelemetry_is_active(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = types.SimpleNamespace(is_valid=True, trace_id=0xABC, span_id=0xDEF)
    span = types.SimpleNamespace(get_span_context=lambda: context)
    trace: Any = types.ModuleType("opentelemetry.trace")
    trace.get_current_span = lambda: span
    trace.format_trace_id = lambda number: format(number, "032x")
    trace.format_span_id = lambda number: format(number, "016x")
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", trace)
    document = _document(_record())
    assert document["trace_id"] == "00000000000000000000000000000abc"
    assert document["span_id"] == "0000000000000def"
    context.is_valid = False
    assert "trace_id" not in _document(_record())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"style": "?"}, "style='?'"),
        ({"include": ["cpu"]}, "include='cpu'"),
        ({"include": "host"}, "include='host'"),
        ({"redact": "password"}, "redact='password'"),
    ],
)
def test_wrong_parameters_are_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)):
        FirehoseJsonFormatter(**options)


def test_threads_that_format_records_of_different_seconds_do_not_mix_them_up() -> None:
    formatter = FirehoseJsonFormatter()
    wrong: list[str] = []

    def work(second: int) -> None:
        expected = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        for _ in range(3_000):
            document = formatter.document(_record(created=float(second)))
            if document["@timestamp"] != expected + ".000Z":
                wrong.append(document["@timestamp"])

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2, 3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong
