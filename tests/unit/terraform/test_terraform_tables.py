"""The tables of inputs and outputs in every README say what the .tf files say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOL = ROOT / "tools" / "terraform_tables.py"
MARKS = ("<!-- inputs -->", "<!-- /inputs -->", "<!-- outputs -->", "<!-- /outputs -->")
FOLDERS = sorted(path.parent for path in ROOT.glob("*/*/main.tf"))
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "docs" / "terraform-reference.md",
    *(folder / "README.md" for folder in FOLDERS),
]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def check(document: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), "--check", str(document)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_tables_equal_the_variables_and_outputs(document: Path) -> None:
    answer = check(document)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_every_module_and_example_has_a_readme_with_both_tables_and_an_example(
    folder: Path,
) -> None:
    content = (folder / "README.md").read_text(encoding="utf-8")
    assert all(mark in content for mark in MARKS)
    assert "```" in content


def modules_in(document: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the folder and the arguments of each module that a document's examples call."""
    for example in re.findall(r"```hcl\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL):
        for block in hcl2.loads(example).get("module", []):
            for arguments in block.values():
                source = str(arguments["source"]).strip('"')
                yield (ROOT / source if source.startswith("./") else ROOT), arguments


def paths(arguments: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in arguments.items():
        path = f"{prefix}{name}".replace('"', "")
        if not path.startswith(("source", "__")):
            yield path
            # What an override holds is named by the alarm, not by the type.
            if isinstance(value, Mapping) and path != "monitoring.overrides":
                yield from paths(value, f"{path}.")


@pytest.mark.parametrize(
    "document", [ROOT / "README.md", *ROOT.glob("modules/*/README.md")], ids=named
)
def test_the_example_of_a_readme_gives_inputs_that_exist_and_all_that_are_required(
    document: Path,
) -> None:
    called = list(modules_in(document))
    assert called
    for folder, arguments in called:
        readme = (folder / "README.md").read_text(encoding="utf-8")
        rows = dict(re.findall(r"^\| `([\w.]+)` \| [^|]+ \| (\S+) \|", readme, re.MULTILINE))
        assert set(paths(arguments)) <= {*rows, *(row.rpartition(".")[0] for row in rows)}
        needed = {name for name, default in rows.items() if default == "required"}
        assert {name for name in needed if "." not in name} <= arguments.keys()


def test_a_table_that_lags_behind_its_variables_is_named(tmp_path: Path) -> None:
    document = tmp_path / "README.md"
    document.write_text("<!-- inputs -->\n<!-- /inputs -->\n", encoding="utf-8")
    (tmp_path / "variables.tf").write_text(
        'variable "size" {\n  description = "How much."\n  type = number\n  default = 3\n}\n',
        encoding="utf-8",
    )
    assert check(document).returncode == 1
    subprocess.run([sys.executable, str(TOOL), str(document)], check=True, capture_output=True)
    assert check(document).returncode == 0
    assert "| `size` | number | `3` | How much. |" in document.read_text(encoding="utf-8")


def test_an_attribute_without_a_description_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "README.md"
    document.write_text("<!-- inputs -->\n<!-- /inputs -->\n", encoding="utf-8")
    (tmp_path / "variables.tf").write_text(
        'variable "disk" {\n  description = "The disk."\n  type = object({ size = number })\n}\n',
        encoding="utf-8",
    )
    answer = check(document)
    assert answer.returncode != 0
    assert "size" in answer.stderr


def test_an_object_may_have_a_line_of_its_own_before_its_attributes(tmp_path: Path) -> None:
    document = tmp_path / "README.md"
    document.write_text("<!-- inputs -->\n<!-- /inputs -->\n", encoding="utf-8")
    (tmp_path / "variables.tf").write_text(
        'variable "node" {\n  description = <<-EOT\n    A node.\n    - disk: its volume.\n'
        "    - disk.size: in GiB.\n  EOT\n"
        "  type = object({ disk = optional(object({ size = optional(number, 10) }), {}) })\n}\n",
        encoding="utf-8",
    )
    subprocess.run([sys.executable, str(TOOL), str(document)], check=True, capture_output=True)
    rows = document.read_text(encoding="utf-8").splitlines()
    assert rows[4] == "| `node.disk` | object | `{}` | its volume. |"
    assert rows[5] == "| `node.disk.size` | number | `10` | in GiB. |"
