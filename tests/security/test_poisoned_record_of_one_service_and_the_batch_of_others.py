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
    assert data == b'{"message":"\\ud800 \xc3\xa9","token":"[redacted]"}\n'


@pytest.mark.parametrize(
    "data",
    [
        b'{"n":[' + b"1e15," * 200_000 + b"1]}",
        b'{"n":[' + b'{"token":1},' * 20_000 + b"1e15," * 140_000 + b"1]}",
    ],
    ids=["numbers", "secrets and numbers"],
)
def test_a_record_that_grows_beyond_what_lambda_carries_fails_alone(
    redact: ModuleType, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    others = [record(f"{n}", json.dumps({"message": "x" * 1_000}).encode()) for n in range(2_000)]
    poisoned = record("poisoned", data)
    assert len(json.dumps({"records": [*others, poisoned]})) < 6_000_000
    batch = [*others[:1_000], poisoned, *others[1_000:]]
    answers = redact.handler({"records": batch}, None)["records"]
    assert len(json.dumps({"records": answers})) < 6 * 1024 * 1024
    assert [answer["recordId"] for answer in answers] == [one["recordId"] for one in batch]
    results = {answer["recordId"]: answer["result"] for answer in answers}
    assert results.pop("poisoned") == "ProcessingFailed"
    assert "record poisoned failed: it grew by" in capsys.readouterr().out
    assert poisoned["data"] in [answer["data"] for answer in answers]
    assert set(results.values()) == {"Ok"}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"data": None},
        {"data": 7},
        {"data": ["x"]},
        {"data": "no base64!"},
        {"data": "e30"},
        {"data": "e30=\n"},
        {"data": "\ud800"},
        {"data": "é"},
    ],
    ids=ascii,
)
def test_a_record_whose_data_is_missing_or_broken_fails_alone(
    redact: ModuleType, broken: dict[str, Any]
) -> None:
    innocent = record("1", json.dumps(INNOCENT).encode())
    batch = [innocent, {"recordId": "2", **broken}, {**innocent, "recordId": "3"}]
    first, second, third = redact.handler({"records": batch}, None)["records"]
    assert (first["result"], second["result"], third["result"]) == ("Ok", "ProcessingFailed", "Ok")


def test_records_that_share_an_id_are_answered_one_by_one(redact: ModuleType) -> None:
    batch = [record("1", b'{"n":1}'), record("1", b"no JSON"), record("1", b'{"n":3}')]
    answers = redact.handler({"records": batch}, None)["records"]
    assert [answer["result"] for answer in answers] == ["Ok", "ProcessingFailed", "Ok"]


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
