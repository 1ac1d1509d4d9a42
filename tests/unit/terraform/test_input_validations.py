"""A wrong value is refused at plan by a message that names the input, the value and the remedy."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2
import pytest

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Refusal:
    """A value that must be refused, and what the message must say of it."""

    value: dict[str, Any]
    says: tuple[str, ...]

    def __str__(self) -> str:
        return json.dumps(self.value)


def refused(value: dict[str, Any], *says: str) -> Refusal:
    return Refusal(value, says)


ERROR_TYPE = "!{firehose:error-output-type}"
REFUSALS = [
    refused({"name": "Logging_Test"}, "name is", "Logging_Test", "3 to 28 lower-case letters"),
    refused({"name": "ab"}, "name is", '"ab"', "3 to 28"),
    refused({"name": "a" * 29}, "name is", "a" * 29, "3 to 28"),
    refused({"index": {"name": "Logs"}}, "index.name", '"Logs"', "lower-case"),
    refused({"index": {"name": "_logs"}}, "index.name", '"_logs"', "beginning with a letter"),
    refused({"index": {"name": "a" * 81}}, "index.name", "a" * 81, "at most 80"),
    refused({"index": {"rotation": "Daily"}}, "index.rotation", '"Daily"', "use NoRotation"),
    refused({"index": {"document_ids": "NONE"}}, "index.document_ids", '"NONE"', "NO_DOCUMENT_ID"),
    refused(
        {"domain": {"engine_version": "Elasticsearch_7.10"}},
        "domain.engine_version",
        "Elasticsearch_7.10",
        "for example OpenSearch_3.5",
    ),
    refused(
        {"domain": {"instances": {"type": "r7g.large"}}},
        "domain.instances.type",
        '"r7g.large"',
        "r7g.large.search",
    ),
    refused(
        {"domain": {"instances": {"type": "t2.small.search"}}},
        "domain.instances.type",
        "t2.small.search",
        "use t3.small.search",
    ),
    refused({"domain": {"zones": 4, "instances": {"count": 4}}}, "domain.zones is 4", "1, 2 or 3"),
    refused(
        {"domain": {"zones": 2, "instances": {"count": 3}}},
        "domain.instances.count is 3",
        "use a multiple of 2",
    ),
    refused({"domain": {"storage": {"type": "st1"}}}, "domain.storage.type", '"st1"', "use gp3"),
    refused({"domain": {"storage": {"size_gb": 9}}}, "domain.storage.size_gb is 9", "10 to 24576"),
    refused(
        {"domain": {"storage": {"type": "gp2", "iops": 3000}}},
        "domain.storage.iops",
        '"gp2"',
        "leave iops out",
    ),
    refused({"domain": {"storage": {"type": "io1"}}}, "domain.storage.iops is missing", "use gp3"),
    refused(
        {"domain": {"storage": {"type": "gp2", "throughput": 125}}},
        "domain.storage.throughput",
        '"gp2"',
        "leave throughput out",
    ),
    refused(
        {"domain": {"tls_policy": "Policy-Min-TLS-1-0-2019-07"}},
        "domain.tls_policy",
        "Policy-Min-TLS-1-0-2019-07",
        "use Policy-Min-TLS-1-2-PFS-2023-10",
    ),
    refused({"domain": {"timeouts": {"create": "90 min"}}}, "domain.timeouts", "90 min", '"1h30m"'),
    refused(
        {"delivery": {"buffering": {"interval_seconds": 901}}},
        "delivery.buffering.interval_seconds is 901",
        "0 to 900",
    ),
    refused(
        {"delivery": {"buffering": {"size_mb": 101}}},
        "delivery.buffering.size_mb is 101",
        "1 to 100",
    ),
    refused({"delivery": {"retry_seconds": 7201}}, "delivery.retry_seconds is 7201", "7200"),
    refused({"backup": {"mode": "All"}}, "backup.mode", '"All"', "AllDocuments"),
    refused({"backup": {"bucket_name": "My_Bucket"}}, "backup.bucket_name", "My_Bucket", "3 to 63"),
    refused(
        {"backup": {"prefix": f"{ERROR_TYPE}/", "error_prefix": f"{ERROR_TYPE}/"}},
        "backup.prefix",
        "belongs into backup.error_prefix",
    ),
    refused(
        {"backup": {"prefix": "!{timestamp:yyyy}/"}},
        "backup.prefix",
        "needs backup.error_prefix",
        ERROR_TYPE,
    ),
    refused(
        {"backup": {"error_prefix": "failed/!{timestamp:yyyy}/"}},
        "backup.error_prefix",
        f"must hold {ERROR_TYPE}",
    ),
    refused(
        {"backup": {"prefix": "!{partitionKeyFromQuery:id}/", "error_prefix": f"{ERROR_TYPE}/"}},
        "backup.prefix",
        "partitionKeyFromQuery",
        "!{firehose:random-string}",
    ),
    refused({"backup": {"compression": "gzip"}}, "backup.compression", '"gzip"', "use GZIP"),
    refused(
        {"backup": {"buffering": {"interval_seconds": 59}}},
        "backup.buffering.interval_seconds is 59",
        "60 to 900",
    ),
    refused(
        {"backup": {"buffering": {"size_mb": 129}}}, "backup.buffering.size_mb is 129", "1 to 128"
    ),
    refused({"backup": {"expire_days": 1.5}}, "backup.expire_days is 1.5", "whole days"),
    refused({"access": {"readers": ["*"]}}, "access.readers", '"*"', "without wildcards"),
    refused(
        {"access": {"masters": ["arn:aws:iam::123456789012:role/*"]}},
        "access.masters",
        "role/*",
        "without wildcards",
    ),
    refused({"logs": {"retention_days": 31}}, "logs.retention_days is 31", "30, 60, 90"),
]


@pytest.fixture(scope="module")
def variables_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a module that has the root's variables and nothing that needs a provider."""
    folder = tmp_path_factory.mktemp("variables")
    shutil.copy(ROOT / "variables.tf", folder)
    return folder


def plan(folder: Path, values: dict[str, Any]) -> tuple[int, str]:
    """Return the exit code and what Terraform said, as one line without its frame."""
    (folder / "terraform.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    answer = subprocess.run(
        ["terraform", "plan", "-no-color", "-input=false"],
        cwd=folder,
        env={**environment, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, re.sub(r"[\s│]+", " ", answer.stdout + answer.stderr)


@pytest.fixture(scope="module")
def answers(variables_alone: Path) -> dict[str, tuple[int, str]]:
    """Return what Terraform said to each wrong value."""
    return {str(refusal): plan(variables_alone, refusal.value) for refusal in REFUSALS}


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_a_wrong_value_is_refused_with_name_value_and_remedy(
    answers: dict[str, tuple[int, str]], refusal: Refusal
) -> None:
    code, said = answers[str(refusal)]
    assert code == 1
    assert "Invalid value for variable" in said
    missing = [part for part in refusal.says if re.sub(r"\s+", " ", part) not in said]
    assert not missing, said


def test_defaults_and_values_at_the_limits_are_accepted(variables_alone: Path) -> None:
    values = {
        "name": "a" * 28,
        "index": {"name": "a" * 80, "rotation": "OneHour"},
        "domain": {"zones": 3, "instances": {"count": 3}, "timeouts": {"create": "1h30m"}},
        "delivery": {"buffering": {"interval_seconds": 0, "size_mb": 100}, "retry_seconds": 7200},
        "backup": {
            "prefix": "all/!{timestamp:yyyy}/!{firehose:random-string}/",
            "error_prefix": f"failed/{ERROR_TYPE}/",
            "buffering": {"interval_seconds": 900, "size_mb": 128},
        },
        "access": {"readers": ["arn:aws-us-gov:iam::123456789012:role/path/reader"]},
        "logs": {"retention_days": 0},
    }
    for accepted in ({}, values):
        code, said = plan(variables_alone, accepted)
        assert code == 0, said


def longest_literal(message: str) -> str:
    """Return the longest part of a message that holds no expression."""
    plain = re.sub(r"\s+", " ", message.strip('"').replace('\\"', '"').replace("$${", "${"))
    return max(re.split(r"\$\{[^}]*\}", plain), key=len).strip()


def test_every_validation_of_the_root_is_met_by_a_wrong_value(
    answers: dict[str, tuple[int, str]],
) -> None:
    with (ROOT / "variables.tf").open(encoding="utf-8") as file:
        variables = hcl2.load(file)["variable"]
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
