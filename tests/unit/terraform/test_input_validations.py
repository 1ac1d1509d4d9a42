"""A wrong value is refused at plan by a message that names the input, the value and the remedy."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from firehose_logging.verify.binary import Binary, command_environment, find_both

from .refusal import ERROR_TYPE, FUNCTION, KEY, Refusal
from .refusals import REFUSALS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", params=find_both(), ids=str)
def binary(request: pytest.FixtureRequest) -> Binary:
    """Return Terraform, and where it is there as well OpenTofu."""
    chosen: Binary = request.param
    return chosen


@pytest.fixture(scope="module")
def variables_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a module that has the root's variables and nothing that needs a provider."""
    folder = tmp_path_factory.mktemp("variables")
    for path in ROOT.glob("variables*.tf"):
        shutil.copy(path, folder)
    return folder


def rounds() -> Iterator[list[Refusal]]:
    """Yield the wrong values so that each round holds one of each variable: few plans for all."""
    by_variable: dict[str, list[Refusal]] = {}
    for refusal in REFUSALS:
        by_variable.setdefault(next(iter(refusal.value)), []).append(refusal)
    for together in itertools.zip_longest(*by_variable.values()):
        yield [refusal for refusal in together if refusal is not None]


def plan(binary: Binary, folder: Path, values: dict[str, Any]) -> tuple[int, str]:
    """Return the exit code and what Terraform said, as one line without its frame."""
    (folder / "terraform.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
    answer = binary.run(
        ["plan", "-no-color", "-input=false"],
        folder,
        environment=command_environment(None, is_alone=True),
    )
    return answer.returncode, re.sub(r"[\s│]+", " ", answer.stdout + answer.stderr)


@pytest.fixture(scope="module")
def answers(binary: Binary, variables_alone: Path) -> dict[str, tuple[int, str]]:
    """Return what Terraform said to each wrong value."""
    said: dict[str, tuple[int, str]] = {}
    for together in rounds():
        values = {name: value for refusal in together for name, value in refusal.value.items()}
        answer = plan(binary, variables_alone, values)
        said.update({str(refusal): answer for refusal in together})
    return said


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_a_wrong_value_is_refused_with_name_value_and_remedy(
    answers: dict[str, tuple[int, str]], refusal: Refusal
) -> None:
    code, said = answers[str(refusal)]
    assert code == 1
    assert "Invalid value for variable" in said
    missing = [part for part in refusal.says if re.sub(r"\s+", " ", part) not in said]
    assert not missing, said


def test_defaults_and_values_at_the_limits_are_accepted(
    binary: Binary, variables_alone: Path
) -> None:
    values = {
        "name": "a" * 28,
        "index": {"name": "a" * 80, "rotation": "OneHour"},
        "domain": {"zones": 3, "instances": {"count": 3}, "timeouts": {"create": "1h30m"}},
        "backup": {
            "prefix": "all/!{timestamp:yyyy}/!{firehose:random-string}/",
            "error_prefix": f"failed/{ERROR_TYPE}/",
            "buffering": {"interval_seconds": 900, "size_mb": 128},
        },
        "access": {
            "readers": ["arn:aws-us-gov:iam::123456789012:role/path/reader"],
            "ip_ranges": ["10.0.0.0/8", "2001::/16", "192.0.2.1/32"],
        },
        "delivery": {
            "buffering": {"interval_seconds": 0, "size_mb": 100},
            "retry_seconds": 7200,
            "transform": {"function_arn": FUNCTION, "buffer_mb": 0.2},
        },
        "encryption": {"key": "given", "key_arn": KEY},
        "monitoring": {"overrides": {"cpu": {"threshold": 90}}, "disabled": ["cluster_red"]},
        "logs": {"retention_days": 0},
        "setup": {"settle_seconds": 0, "delete_indexes": True},
        "retention": {"days": 0},
        "template": {"refresh_interval": "-1", "fields": {"order": "ip"}, "replicas": 0},
    }
    for accepted in ({}, values):
        code, said = plan(binary, variables_alone, accepted)
        assert code == 0, said


def longest_literal(message: str) -> str:
    """Return the longest part of a message that holds no expression."""
    plain = re.sub(r"\s+", " ", message.strip('"').replace('\\"', '"').replace("$${", "${"))
    return max(re.split(r"\$\{[^}]*\}", plain), key=len).strip()


def test_every_validation_of_the_root_is_met_by_a_wrong_value(
    answers: dict[str, tuple[int, str]],
) -> None:
    variables = []
    for path in ROOT.glob("variables*.tf"):
        with path.open(encoding="utf-8") as file:
            variables += hcl2.load(file)["variable"]
    messages = [
        longest_literal(validation["error_message"])
        for entry in variables
        for body in entry.values()
        for validation in body.get("validation", [])
    ]
    untried = [
        message for message in messages if not any(message in said for _, said in answers.values())
    ]
    assert len(messages) > 25
    assert not untried
