"""A service that logs what it likes, against those whose records share a batch with its own.

``examples/transform`` answers record by record: what one holds decides over that one alone.
"""

from __future__ import annotations

import base64
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
INNOCENT = {"message": "innocent", "levelname": "INFO", "Password": "hunter2"}


@pytest.fixture(scope="module")
def redact() -> ModuleType:
    path = ROOT / "examples" / "transform" / "function" / "redact.py"
    spec = importlib.util.spec_from_file_location("redact", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(name: str, data: bytes) -> dict[str, str]:
    return {"recordId": name, "data": base64.b64encode(data).decode()}


def answered_between_others(redact: ModuleType, data: bytes) -> tuple[str, bytes]:
    """Return result and data of a record in a batch whose other records must come through."""
    innocent = json.dumps(INNOCENT).encode()
    batch = [record("1", innocent), record("2", data), record("3", innocent)]
    first, poisoned, last = redact.handler({"records": batch}, None)["records"]
    for other, name in ((first, "1"), (last, "3")):
        assert (other["recordId"], other["result"]) == (name, "Ok")
        assert json.loads(base64.b64decode(other["data"])) == {**INNOCENT, "Password": "[redacted]"}
    assert poisoned["recordId"] == "2"
    return poisoned["result"], base64.b64decode(poisoned["data"])


def nested(depth: int, opening: str = '{"a":', closing: str = "}") -> bytes:
    return f'{{"body":{opening * depth}1{closing * depth}}}'.encode()


@pytest.mark.parametrize(
    "data",
    [
        nested(1_200),
        nested(100_000),
        nested(100_000, "[", "]"),
        b'{"n": ' + b"9" * 5_000 + b"}",
        b'{"n": NaN}',
        b'{"n": -Infinity}',
        b'{"n": 1e999}',
        b"null",
        b'["DEBUG"]',
        b'"DEBUG"',
        b"17",
        b"",
        b"\xff\xfe\x00",
        b'{"message": "cut sh',
    ],
    ids=lambda data: f"{data[:20]!r}...{len(data)}",
)
def test_a_record_that_cannot_be_redacted_fails_alone_and_says_why_in_the_log(
    redact: ModuleType, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    result, handed_back = answered_between_others(redact, data)
    assert (result, handed_back) == ("ProcessingFailed", data)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("record 2 failed: ")
    assert len(line) < 200


def test_what_the_log_says_of_a_failed_record_quotes_nothing_of_it(
    redact: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    for data in (b'{"password": "hunter2"', b'{"password": hunter2}', b'"hunter2"', b"\xffhunter2"):
        answered_between_others(redact, data)
    assert "hunter2" not in capsys.readouterr().out


@pytest.mark.parametrize("level", [["DEBUG"], {"DEBUG": 1}, 10, True, None, "debugging", ["a", {}]])
def test_a_level_that_is_no_string_of_the_list_drops_nothing(
    redact: ModuleType, level: Any
) -> None:
    result, data = answered_between_others(redact, json.dumps({"levelname": level}).encode())
    assert (result, json.loads(data)) == ("Ok", {"levelname": level})


def test_half_a_surrogate_pair_comes_through_as_its_escape(redact: ModuleType) -> None:
    result, data = answered_between_others(redact, b'{"message": "\\ud800 \xc3\xa9", "token": "t"}')
    assert result == "Ok"
    assert data == b'{"message": "\\ud800 \xc3\xa9", "token": "[redacted]"}\n'


@given(
    st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_whatever_a_record_holds_the_others_come_through(redact: ModuleType, data: bytes) -> None:
    result, answered = answered_between_others(redact, data)
    assert result in {"Ok", "ProcessingFailed"}
    if result == "Ok":
        json.loads(answered, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    else:
        assert answered == data
