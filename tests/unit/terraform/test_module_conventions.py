"""What every .tf file of the project keeps to, so that it runs in every partition and version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = [ROOT, *sorted(path.parent for path in ROOT.glob("modules/*/main.tf"))]
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/main.tf"))

# What the handler's users, the verification and other modules read.
OUTPUTS = {
    "backup_bucket",
    "delivery_stream",
    "domain",
    "index_pattern",
    "producer_policy",
    "python_logging_config",
}


def named(path: Path) -> str:
    return "root" if path == ROOT else str(path.relative_to(ROOT))


def sources(folder: Path) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf"))}


def variable_blocks(folder: Path) -> dict[str, str]:
    """Return the variables of a module as written, by name."""
    content = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted(folder.glob("variables*.tf"))
    )
    found = re.finditer(r'^variable "(\w+)" \{\n.*?^\}\n', content, re.DOTALL | re.MULTILINE)
    return {block.group(1): block.group(0) for block in found}


def parsed(folder: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.glob("*.tf")):
        with path.open(encoding="utf-8") as file:
            for block in hcl2.load(file).get(kind, []):
                yield from ((label.strip('"'), body) for label, body in block.items())


@pytest.mark.parametrize("folder", [*MODULES, *EXAMPLES], ids=named)
def test_versions_are_the_same_everywhere(folder: Path) -> None:
    assert (folder / "versions.tf").read_text(encoding="utf-8") == (ROOT / "versions.tf").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("folder", [*MODULES, *EXAMPLES], ids=named)
def test_files_are_the_usual_four(folder: Path) -> None:
    assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf"} <= {
        path.name for path in folder.glob("*.tf")
    }


@pytest.mark.parametrize("folder", [*MODULES, *EXAMPLES], ids=named)
def test_every_variable_is_typed_described_and_never_null(folder: Path) -> None:
    for name, body in parsed(folder, "variable"):
        assert "type" in body, name
        assert "description" in body, name
        assert body.get("nullable") is False, name


@pytest.mark.parametrize("folder", MODULES[1:], ids=named)
def test_a_variable_that_the_root_hands_on_is_the_same_in_the_module(folder: Path) -> None:
    own, there = variable_blocks(ROOT), variable_blocks(folder)
    handed_on = {name for name in own.keys() & there.keys() if "object({" in own[name]}
    for name in handed_on:
        assert there[name] == own[name]


@pytest.mark.parametrize("folder", MODULES, ids=named)
def test_arns_are_built_with_the_partition_of_the_account(folder: Path) -> None:
    for path, content in sources(folder).items():
        if not path.name.startswith("variables."):
            assert "arn:aws" not in content, path
            assert "amazonaws.com.cn" not in content, path


@pytest.mark.parametrize("folder", MODULES, ids=named)
def test_only_denials_are_meant_for_everyone(folder: Path) -> None:
    for _, body in parsed(folder, "data"):
        for document in body.values():
            for statement in document.get("statement", []):
                everyone = '"*"' in str(statement.get("principals", ""))
                assert not everyone or statement["effect"] == '"Deny"', statement


@pytest.mark.parametrize("folder", MODULES, ids=named)
def test_root_and_modules_configure_no_provider_and_no_backend(folder: Path) -> None:
    for path, content in sources(folder).items():
        assert not re.search(r'^provider "|^\s*backend "', content, re.MULTILINE), path


@pytest.mark.parametrize("folder", EXAMPLES, ids=named)
def test_every_example_passes_these_outputs_on(folder: Path) -> None:
    assert {name for name, _ in parsed(folder, "output")} >= OUTPUTS


def test_the_outputs_that_others_rely_on_are_there() -> None:
    assert {name for name, _ in parsed(ROOT, "output")} >= OUTPUTS


def test_what_a_linter_is_told_to_pass_over_has_a_reason() -> None:
    told = [
        (path, line.strip())
        for path in [*ROOT.glob("*.tf"), *ROOT.glob("*/*/*.tf")]
        for line in path.read_text(encoding="utf-8").splitlines()
        if "checkov:skip" in line or "tflint-ignore" in line
    ]
    assert told
    for path, line in told:
        assert re.fullmatch(r"# (checkov:skip=CKV2?_AWS_\d+|tflint-ignore): .{20,}", line), path
