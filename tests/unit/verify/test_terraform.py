"""Terraform, really run on small configurations that need no provider."""

import json
import tempfile
from pathlib import Path

import pytest

from firehose_logging.verify.binary import TerraformError
from firehose_logging.verify.terraform import PLAN_WITH_CHANGES, PLAN_WITHOUT_CHANGES, Workspace

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
    with pytest.raises(
        TerraformError, match=r"(terraform|tofu) apply failed: Invalid value"
    ) as caught:
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


def test_a_workspace_runs_the_binary_that_the_variable_names(
    configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "my-tofu"
    own.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo OpenTofu v1.10.0 || echo Error: of my own\n'
    )
    own.chmod(0o755)
    monkeypatch.setenv("TERRAFORM", str(own))
    told: list[str] = []
    made = Workspace(configuration, tmp_path / "scratch", progress=told.append)
    assert str(made.binary) == "OpenTofu 1.10.0"
    made.init()
    assert told == ["Error: of my own"]


def test_a_configuration_file_that_is_not_there_does_not_disturb(
    configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "gone.rc"))
    applied = workspace(configuration, tmp_path, name="logging")
    applied.apply()
    assert applied.outputs()["name"]["value"] == "logging"
