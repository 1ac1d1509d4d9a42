"""Checkov finds nothing in the Terraform code that is not passed over with a reason."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_checkov_has_no_finding() -> None:
    answer = subprocess.run(
        ["make", "checkov"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Failed checks: 0" in answer.stdout
