"""Which Terraform or OpenTofu is run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from firehose_logging.verify.binary import (
    Binary,
    TerraformError,
    command_environment,
    find_both,
    find_terraform,
)

SHELL = shutil.which("sh")
TERRAFORM = "Terraform v1.11.4\non linux_amd64"
OPENTOFU = "OpenTofu v1.10.10\non linux_amd64"


def binary_at(path: Path, says: str = TERRAFORM) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{SHELL}\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_terraform_comes_before_opentofu_where_nothing_is_named(tmp_path: Path) -> None:
    path = binary_at(tmp_path / "terraform")
    binary_at(tmp_path / "tofu", OPENTOFU)
    assert find_terraform({"PATH": str(tmp_path)}) == Binary(str(path), "Terraform", "1.11.4")


def test_opentofu_is_taken_where_there_is_no_terraform(tmp_path: Path) -> None:
    binary_at(tmp_path / "tofu", OPENTOFU)
    found = find_terraform({"PATH": str(tmp_path)})
    assert (str(found), found.command) == ("OpenTofu 1.10.10", "tofu")


@pytest.mark.parametrize("name", ["tofu", "{folder}/elsewhere/my-tofu"])
def test_the_variable_names_the_binary_by_name_or_path(tmp_path: Path, name: str) -> None:
    binary_at(tmp_path / "terraform")
    binary_at(tmp_path / "tofu", OPENTOFU)
    binary_at(tmp_path / "elsewhere" / "my-tofu", OPENTOFU)
    named = name.format(folder=tmp_path)
    assert find_terraform({"PATH": str(tmp_path), "TERRAFORM": named}).product == "OpenTofu"


def test_a_named_binary_that_is_not_there_is_told_and_no_other_is_taken(tmp_path: Path) -> None:
    binary_at(tmp_path / "terraform")
    with pytest.raises(TerraformError, match=r"TERRAFORM is 'tofoo', and no such program"):
        find_terraform({"PATH": str(tmp_path), "TERRAFORM": "tofoo"})


def test_neither_on_path_is_told_with_where_to_get_them() -> None:
    with pytest.raises(TerraformError, match=r"neither .* on PATH; install 1\.9 or later"):
        find_terraform({"PATH": ""})


@pytest.mark.parametrize("product", ["Terraform", "OpenTofu"])
@pytest.mark.parametrize("version", ["1.8.5", "0.15.0"])
def test_an_old_one_is_told_with_what_is_needed(product: str, version: str, tmp_path: Path) -> None:
    binary_at(tmp_path / "terraform", f"{product} v{version}")
    major, minor, _ = version.split(".")
    with pytest.raises(TerraformError, match=rf"{product} {major}\.{minor}; 1\.9 or later"):
        find_terraform({"PATH": str(tmp_path)})


def test_a_program_that_is_neither_is_told(tmp_path: Path) -> None:
    binary_at(tmp_path / "terraform", "GNU Make 4.3")
    with pytest.raises(TerraformError, match=r"does not tell a version of Terraform or OpenTofu"):
        find_terraform({"PATH": str(tmp_path)})


def test_a_program_for_another_machine_is_told_without_a_trace(tmp_path: Path) -> None:
    binary_at(tmp_path / "terraform").write_bytes(b"\x7fELF for another machine")
    with pytest.raises(TerraformError, match=r"can't be run"):
        find_terraform({"PATH": str(tmp_path)})


def test_both_are_found_where_both_are_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TERRAFORM", raising=False)
    binary_at(tmp_path / "terraform")
    assert [str(binary) for binary in find_both()] == ["Terraform 1.11.4"]
    tofu = binary_at(tmp_path / "tofu", OPENTOFU)
    assert [str(binary) for binary in find_both()] == ["Terraform 1.11.4", "OpenTofu 1.10.10"]
    monkeypatch.setenv("TERRAFORM", str(tofu))
    assert [str(binary) for binary in find_both()] == ["OpenTofu 1.10.10"]


def test_a_run_of_its_own_is_not_steered_by_the_callers_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_VAR_name", "mine")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "gone.rc"))
    assert command_environment(None)["TF_VAR_name"] == "mine"
    assert not {"TF_VAR_name", "TF_CLI_CONFIG_FILE"} & set(command_environment(None, is_alone=True))
    assert "TF_CLI_CONFIG_FILE" not in command_environment(None)
