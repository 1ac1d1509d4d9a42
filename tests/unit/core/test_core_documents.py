"""Any document becomes JSON in an honest form, the same with orjson and without."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import math
import uuid
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging.core import documents
from firehose_logging.core.documents import encode_document, make_plain


class _Colour(enum.Enum):
    RED = "red"


class _Text(str):
    __slots__ = ()


class _Number(int):
    pass


class _Mute:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@dataclass
class _Point:
    x: int


_Pair = namedtuple("_Pair", "left right")

_cycle: list[Any] = []
_cycle.append(_cycle)
_deep: Any = 0
for _ in range(400):
    _deep = [_deep]

VALUES = {
    "datetime": (
        datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
        "2026-01-02T03:04:05+00:00",
    ),
    "naive datetime": (datetime.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05"),
    "date": (datetime.date(2026, 1, 2), "2026-01-02"),
    "bytes": (b"caf\xc3\xa9 \xff", "café \\xff"),
    "decimal": (decimal.Decimal("1.50"), "1.50"),
    "uuid": (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    "enum": (_Colour.RED, "red"),
    "set": ({1}, [1]),
    "tuple": ((1, "a"), [1, "a"]),
    "namedtuple": (_Pair(1, 2), [1, 2]),
    "str subclass": (_Text("t"), "t"),
    "int subclass": (_Number(7), 7),
    "dict subclass": (OrderedDict(a=1), {"a": 1}),
    "dataclass": (_Point(1), "_Point(x=1)"),
    "exception": (ValueError("why"), "why"),
    "nan": (math.nan, None),
    "infinity": (-math.inf, None),
    "nested nan": ([math.nan, 1.5], [None, 1.5]),
    "big integer": (2**70, 2**70),
    "lone surrogate": ("a\ud800b", "a\ufffdb"),
    "surrogate pair": ("\ud83d\ude00", "😀"),
    "integer keys": ({2: "a", None: "b", True: "c"}, {"2": "a", "null": "b", "true": "c"}),
    "tuple keys": ({(1, 2): "a"}, {"(1, 2)": "a"}),
    "surrogate keys": ({"\udfff": 1}, {"\ufffd": 1}),
    "mute": (_Mute(), "<_Mute that can't be shown: RuntimeError>"),
    "cycle": (_cycle, ["<the same list again>"]),
    "newline": ("a\nb\u2028c", "a\nb\u2028c"),
}


@pytest.fixture(params=["orjson", "json"], autouse=True)
def encoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "json":
        monkeypatch.setattr(documents, "fast_encoder", documents._encoder_with_json)
    else:
        pytest.importorskip("orjson")


@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_json_does_not_know_is_written_in_an_honest_form(name: str) -> None:
    value, expected = VALUES[name]
    data = encode_document({"value": value})
    assert json.loads(data) == {"value": expected}
    assert b"\n" not in data


def test_a_document_nested_too_deeply_is_cut_not_refused() -> None:
    data = encode_document({"deep": _deep})
    assert b"nested too deeply" in data or json.loads(data) == {"deep": _deep}


_json_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats()
    | st.text()
    | st.text(st.characters(codec=None, categories=["Cs", "L"])),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.text() | st.integers() | st.booleans() | st.none(), children, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(), _json_value, max_size=5))
def test_orjson_and_the_standard_library_give_the_same_document(document: dict[str, Any]) -> None:
    orjson = pytest.importorskip("orjson")
    ours = json.loads(encode_document(document))
    assert ours == json.loads(json.dumps(make_plain(document), allow_nan=False))
    assert orjson is not None


def test_the_document_is_not_changed() -> None:
    document = {"a": {1: math.nan}, "b": [b"x", {2}]}
    before = repr(document)
    encode_document(document)
    assert repr(document) == before
