"""Reading ``terraform output -json``."""

import json
from pathlib import Path
from typing import Any

import pytest

from firehose_logging.verify.deployment import Deployment, OutputsError


def outputs() -> dict[str, Any]:
    values: dict[str, Any] = {
        "delivery_stream": {
            "name": "logging-test",
            "arn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test",
        },
        "domain": {"name": "logging-test", "arn": "arn:…", "endpoint": "localhost:9443"},
        "backup_bucket": {"name": "logging-test-backup", "arn": "arn:…"},
        "index_pattern": "logging-test-*",
        "python_logging_config": json.dumps({"version": 1}),
    }
    return {name: {"value": value, "sensitive": False} for name, value in values.items()}


def test_names_are_read_from_the_outputs() -> None:
    deployment = Deployment.from_outputs(outputs())
    assert deployment.stream_name == "logging-test"
    assert deployment.domain_endpoint == "localhost:9443"
    assert deployment.backup_bucket == "logging-test-backup"
    assert deployment.python_logging_config == {"version": 1}


def test_the_region_is_the_streams() -> None:
    assert Deployment.from_outputs(outputs()).region == "eu-west-1"


def test_the_index_prefix_is_the_pattern_without_its_rotation() -> None:
    assert Deployment.from_outputs(outputs()).index_prefix == "logging-test"


@pytest.mark.parametrize(
    "name",
    ["delivery_stream", "domain", "backup_bucket", "index_pattern", "python_logging_config"],
)
def test_a_missing_output_is_named_with_its_remedy(name: str) -> None:
    document = outputs()
    del document[name]
    with pytest.raises(OutputsError, match=f"output '{name}' is missing.*module.logging.{name}"):
        Deployment.from_outputs(document)


def test_an_output_without_its_attribute_is_named() -> None:
    document = outputs()
    document["domain"]["value"] = {"name": "logging-test"}
    with pytest.raises(OutputsError, match="output 'domain' has no 'endpoint'"):
        Deployment.from_outputs(document)


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"'])
def test_a_file_that_holds_no_outputs_is_named_with_its_remedy(text: str, tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(text)
    with pytest.raises(OutputsError, match=r"outputs\.json .*terraform output -json"):
        Deployment.from_file(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputsError, match=r"gone\.json can't be read"):
        Deployment.from_file(tmp_path / "gone.json")


def test_a_file_is_read_like_the_document(tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps(outputs()))
    assert Deployment.from_file(path) == Deployment.from_outputs(outputs())
