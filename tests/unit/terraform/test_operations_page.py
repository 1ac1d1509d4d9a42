"""docs/operations.md names every alarm and only inputs that exist; its replay script works."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
MONITORING = ROOT / "modules" / "monitoring"


def section(title: str) -> str:
    found = re.search(rf"^## {title}$.*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found.group()


def alarms_of_the_module() -> set[str]:
    maps = (MONITORING / "alarms.tf").read_text(encoding="utf-8")
    function = re.search(r'key += "(\w+)"', (MONITORING / "main.tf").read_text(encoding="utf-8"))
    assert function is not None
    return {*re.findall(r"^    (\w+) = \{$", maps, re.MULTILINE), function.group(1)}


def test_every_alarm_of_the_module_is_explained_and_no_other() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", section("Alarms"), re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) == alarms_of_the_module()


def test_each_alarm_has_a_meaning_and_a_first_step() -> None:
    for row in re.findall(r"^\| `\w+` \|.*$", section("Alarms"), re.MULTILINE):
        _, meaning, first = row.strip("| ").split(" | ")
        assert len(meaning) > 10
        assert len(first) > 10


def test_the_alarms_are_those_that_can_be_overridden() -> None:
    variables = (MONITORING / "variables.tf").read_text(encoding="utf-8")
    listed = re.search(r"setsubtract\(.*?\[\n(.*?)\]\)", variables, re.DOTALL)
    assert listed is not None
    assert set(re.findall(r'"(\w+)"', listed.group(1))) == alarms_of_the_module()


def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "terraform_tables_of_inputs", ROOT / "tools" / "terraform_tables.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


def inputs() -> set[str]:
    """Return every input and attribute of the root module, groups of attributes included."""
    rows = re.findall(r"^\| `([\w.]+)` \|", tables().inputs_table(ROOT), re.MULTILINE)
    groups = (row.rsplit(".", depth)[0] for row in rows for depth in (1, 2))
    return {*rows, *groups}


@pytest.mark.parametrize("page", ["operations.md", "security.md"])
def test_inputs_that_a_page_names_exist(page: str) -> None:
    content = (ROOT / "docs" / page).read_text(encoding="utf-8")
    known = inputs()
    names = "|".join(sorted({name.partition(".")[0] for name in known}))
    named = set(re.findall(rf"`((?:{names})\.[\w.]+)", content))
    assert len(named) > 10
    assert named <= known


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)}
    linked = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))
    assert len(linked) > 5
    assert linked <= anchors


def replay_script() -> str:
    found = re.search(r"<!-- replay -->\n```python\n(.*?)```\n<!-- /replay -->", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1)


def failed(number: int, **rest: Any) -> dict[str, Any]:
    record = json.dumps({"number": number, "message": "größer"}, ensure_ascii=False)
    return {
        "attemptsMade": 1,
        "errorCode": "400",
        "esDocumentId": f"{number}.0",
        "esIndexName": "logs-2026-11-22",
        "esTypeName": "",
        "rawData": b64encode(f"{record}\n".encode()).decode(),
        **rest,
    }


def replayed(folder: Path, script: str) -> list[list[dict[str, Any]]]:
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)
    return [
        [json.loads(line) for line in part.read_text(encoding="utf-8").splitlines()]
        for part in sorted(folder.glob("part-*.ndjson"))
    ]


def test_the_replay_script_makes_bulk_requests_of_plain_and_packed_objects(tmp_path: Path) -> None:
    objects = tmp_path / "failed" / "22"
    objects.mkdir(parents=True)
    lines = [json.dumps(failed(1)), json.dumps(failed(2, esDocumentId=""))]
    (objects / "a.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (objects / "b").write_text(json.dumps(failed(3)) + json.dumps(failed(4)) + "\n")
    (requests,) = replayed(tmp_path, replay_script())
    index = "logs-2026-11-22-replayed"
    assert requests[0::2] == [
        {"create": {"_index": index, "_id": "1.0"}},
        {"create": {"_index": index}},
        {"create": {"_index": index, "_id": "3.0"}},
        {"create": {"_index": index, "_id": "4.0"}},
    ]
    assert requests[1::2] == [{"number": n, "message": "größer"} for n in (1, 2, 3, 4)]


def test_the_replay_script_begins_another_request_before_one_is_too_large(tmp_path: Path) -> None:
    objects = tmp_path / "failed"
    objects.mkdir()
    (objects / "a").write_text("\n".join(json.dumps(failed(n)) for n in range(10)))
    parts = replayed(tmp_path, replay_script().replace("5_000_000", "300"))
    assert len(parts) > 2
    assert sum(map(len, parts)) == 20
    assert all(len(part) % 2 == 0 for part in parts)
    assert all(path.stat().st_size <= 300 for path in tmp_path.glob("part-*"))
