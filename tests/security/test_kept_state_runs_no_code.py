"""Whoever plants a file in a data folder gets no code of theirs run when a stack takes it up."""

import datetime
import pickle
import subprocess
import sys
import uuid
from collections import OrderedDict, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.s3.models import FakeAcl, FakeBucket
from moto.s3.utils import _VersionedKeyStore

from firehose_logging.local.gateway.kept_objects import UnkeepableError, document_of, restored
from firehose_logging.local.gateway.moto_store import KeptStateError, MotoStore

# What a file may try to name, with the kinds that name anything.
NAMES = [
    "os:system",
    "subprocess:Popen",
    "builtins:eval",
    "moto.s3.models:os.system",
    "moto.s3.models:os",
    "moto.s3.models:gzip.GzipFile",
    "moto.s3.models:FakeKey.__init__",
    "moto.s3.models:FakeKey.__class__",
    "moto.s3.models:TaggingService",
    "moto.core.utils:gzip_decompress",
    "moto..s3:x",
    "moto.__main__:x",
    "moto.no_such_module:X",
    "firehose_logging.local.gateway.moto_store:MotoStore",
    "",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["instance", "class", "member", "default"])
def test_a_planted_file_can_name_no_function_and_no_class_from_elsewhere(
    name: str, kind: str
) -> None:
    node = {
        "instance": ["instance", name, None, None, None],
        "class": ["class", name],
        "member": ["member", name, "x"],
        "default": ["default", [], name],
    }[kind]
    with pytest.raises(UnkeepableError):
        restored({"root": [0], "objects": [node]}, "moto")


def test_a_planted_file_does_not_call_the_constructor_of_a_class(tmp_path: Path) -> None:
    node = ["instance", "moto.s3.models:FakeAcl", [1], None, None]
    made = restored({"root": [0], "objects": [node, ["dict", [["grants", "x"]]]]}, "moto")
    assert type(made) is FakeAcl
    assert made.grants == "x"


@pytest.mark.parametrize(
    "document",
    [
        {"root": [0], "objects": [["tuple", [[0]]]]},
        {"root": [5], "objects": []},
        {"root": [-1], "objects": [["list", []]]},
        {"root": [0], "objects": [["call", "os:system", "id"]]},
        {"root": [0], "objects": [["bytes"]]},
        {"root": [0], "objects": [None]},
        {"objects": []},
        [],
    ],
)
def test_a_damaged_document_is_refused_whole(document: Any) -> None:
    with pytest.raises(UnkeepableError):
        restored(document, "moto")


@pytest.mark.parametrize("name", ["control-planes.pickle", "control-planes.json"])
def test_a_pickle_in_the_data_folder_is_named_and_not_read(tmp_path: Path, name: str) -> None:
    witness = tmp_path / "witness"
    attack = (
        "import pickle, pathlib, sys\n"
        "class Evil:\n"
        "    def __reduce__(self): return pathlib.Path(sys.argv[2]).touch, ()\n"
        'pathlib.Path(sys.argv[1]).write_bytes(b\'{"moto": "x"}\\n\' + pickle.dumps(Evil()))\n'
    )
    planted = tmp_path / name
    subprocess.run([sys.executable, "-c", attack, str(planted), str(witness)], check=True)
    with pytest.raises(KeptStateError, match=r"remove it, or use another --data-dir"):
        MotoStore(tmp_path).load()
    assert not witness.exists()
    pickle.loads(planted.read_bytes().partition(b"\n")[2])
    assert witness.exists(), "the planted file would not have done anything"


def test_no_module_of_the_stack_reads_pickles() -> None:
    import firehose_logging.local

    package = Path(firehose_logging.local.__path__[0])
    reading = [
        path
        for path in package.rglob("*.py")
        if any(name in path.read_text() for name in ("import pickle", "import shelve", "marshal."))
    ]
    assert reading == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.datetimes(timezones=st.none() | st.just(datetime.timezone.utc))
    | st.dates()
    | st.timedeltas(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
        | st.dictionaries(st.integers(), inner).map(OrderedDict)
        | st.dictionaries(st.integers(), inner).map(lambda items: defaultdict(list, items))
        | st.frozensets(st.integers() | st.binary())
        | st.sets(st.integers())
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_kept_comes_back_the_same(value: Any) -> None:
    document = orjson.loads(orjson.dumps(document_of(value, "moto")))
    again = restored(document, "moto")
    assert again == value
    assert type(again) is type(value)


def test_objects_that_refer_to_each_other_come_back_as_they_were() -> None:
    bucket, key = FakeBucket.__new__(FakeBucket), FakeAcl.__new__(FakeAcl)
    versions = _VersionedKeyStore()
    versions["k"], versions["k"] = "first", key
    vars(bucket).update(keys=versions, name="b", own=bucket, when=datetime.timedelta(3, 4, 5))
    vars(key).update(bucket=bucket, pair=(bucket, Decimal("1.50")), unique=uuid.UUID(int=7))
    again = restored(orjson.loads(orjson.dumps(document_of(bucket, "moto"))), "moto")
    stored = again.keys["k"]
    assert again.own is again
    assert stored.bucket is again
    assert stored.pair[0] is again
    assert stored.pair[1] == Decimal("1.50")
    assert stored.unique == uuid.UUID(int=7)
    assert again.keys.getlist("k")[0] == "first"
    assert again.when == datetime.timedelta(3, 4, 5)


def test_an_object_that_can_not_be_kept_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnkeepableError, match=r"pathlib:.*Path is no class of moto"):
        document_of({"a": [tmp_path]}, "moto")
