"""Terraform, really run on small configurations that need no provider."""

import json
import os
import stat
import tempfile
from pathlib import Path

import pytest

from firehose_logging.verify.terraform import (
    PLAN_WITH_CHANGES,
    PLAN_WITHOUT_CHANGES,
    TerraformError,
    Workspace,
    find_terraform,
)

CONFIGURATION = """
variable "name" {
  type = string

  validation {
    condition     = length(var.name) > 2
    error_message = "name must have 3 characters or more."
  }
}

resource "terraform_data" "this" {
  input = var.name
}

output "name" {
  value = terraform_data.this.output
}
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    folder = tmp_path / "configuration"
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION)
    return folder


def workspace(configuration: Path, tmp_path: Path, **variables: str) -> Workspace:
    made = Workspace(configuration, tmp_path / "scratch", variables=variables)
    made.init()
    return made


def test_apply_plan_output_and_destroy_go_round(configuration: Path, tmp_path: Path) -> None:
    applied = workspace(configuration, tmp_path, name="logging")
    assert applied.plan()[0] == PLAN_WITH_CHANGES
    applied.apply()
    assert applied.plan()[0] == PLAN_WITHOUT_CHANGES
    assert applied.outputs()["name"]["value"] == "logging"
    applied.destroy()
    assert json.loads(applied.state_file.read_text())["resources"] == []


def test_nothing_is_written_beside_the_configuration(configuration: Path, tmp_path: Path) -> None:
    workspace(configuration, tmp_path, name="logging").apply()
    left = {path.name for path in configuration.iterdir()}
    assert left <= {"main.tf", ".terraform.lock.hcl"}


def test_nothing_is_left_among_the_temporary_files(
    configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    applied = workspace(configuration, tmp_path, name="logging")
    applied.apply()
    applied.plan()
    applied.destroy()
    assert not list(temporary.iterdir())


def test_a_failed_validation_is_told_in_one_line(configuration: Path, tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match=r"terraform apply failed: Invalid value") as caught:
        workspace(configuration, tmp_path, name="x").apply()
    assert "name must have 3 characters or more." in caught.value.output


def test_each_line_that_terraform_prints_is_told(configuration: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    told = Workspace(
        configuration, tmp_path / "scratch", variables={"name": "logging"}, progress=lines.append
    )
    told.init()
    told.apply()
    assert any("Apply complete" in line for line in lines)


def test_a_missing_terraform_is_told_with_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TerraformError, match=r"not on PATH; install 1\.9 or later"):
        find_terraform()


@pytest.mark.parametrize("version", ["1.8.5", "0.15.0"])
def test_an_old_terraform_is_told_with_what_is_needed(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "terraform"
    old.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    old.chmod(old.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    major, minor, _ = version.split(".")
    with pytest.raises(TerraformError, match=rf"Terraform {major}\.{minor}; 1\.9 or later"):
        find_terraform()


def test_a_configuration_file_that_is_not_there_does_not_disturb(
    configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "gone.rc"))
    applied = workspace(configuration, tmp_path, name="logging")
    applied.apply()
    assert applied.outputs()["name"]["value"] == "logging"
