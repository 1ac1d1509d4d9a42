"""``firehose-logging setup``: what it asks the set-up for, and what it says of wrong input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from firehose_logging.cli import setup as module
from firehose_logging.cli.setup import setup
from firehose_logging.domain_setup.report import SetupError, StepReport
from firehose_logging.domain_setup.request import SetupCall, SetupRequest, TemplateOptions

MINIMAL = ["--endpoint", "search.example.com", "--region", "eu-west-1", "--index", "logs"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[SetupCall]:
    """Take the calls in place of a domain; the way to a domain has tests of its own."""
    calls: list[SetupCall] = []

    def perform(call: SetupCall, _open: Any, tell: Callable[[StepReport], None]) -> Any:
        calls.append(call)
        report = StepReport("index_template", "created", "firehose-logging-logs")
        tell(report)
        return [report]

    monkeypatch.setattr(module, "perform", perform)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    return calls


def run(*arguments: str) -> Result:
    return CliRunner().invoke(setup, list(arguments))


def test_three_options_are_enough(asked: list[SetupCall]) -> None:
    done = run(*MINIMAL)
    assert done.exit_code == 0
    assert done.output == "+ index_template       created    firehose-logging-logs\n"
    assert asked == [SetupCall("create", SetupRequest("search.example.com", "eu-west-1", "logs"))]


def test_every_option_reaches_the_set_up(asked: list[SetupCall]) -> None:
    arn = "arn:aws:iam::123456789012:role/{}"
    done = run(
        *MINIMAL,
        *("--rotation", "OneWeek", "--retention-days", "30", "--writer", arn.format("w")),
        *("--reader", arn.format("r"), "--reader", "team", "--administrator", arn.format("a")),
        *("--shards", "2", "--replicas", "0", "--codec", "zstd", "--time-field", "@timestamp"),
        *("--extra-fields", "stored", "--field", "order=keyword", "--field", "took=double"),
        *("--no-dashboards", "--settle-seconds", "9", "--remove", "--delete-indexes"),
    )
    assert done.exit_code == 0, done.output
    assert asked == [
        SetupCall(
            "delete",
            SetupRequest(
                "search.example.com",
                "eu-west-1",
                "logs",
                rotation="OneWeek",
                retention_days=30,
                writers=(arn.format("w"),),
                readers=(arn.format("r"), "team"),
                administrators=(arn.format("a"),),
                template=TemplateOptions(
                    shards=2,
                    replicas=0,
                    codec="zstd",
                    time_field="@timestamp",
                    extra_fields="stored",
                    fields={"order": "keyword", "took": "double"},
                ),
                dashboards=False,
                delete_indexes=True,
                settle_seconds=9,
            ),
        )
    ]


def test_terraforms_outputs_name_the_domain(asked: list[SetupCall], tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.json"
    domain = {
        "arn": "arn:aws:es:eu-central-1:123456789012:domain/x",
        "endpoint": "localhost:4567",
    }
    outputs.write_text(
        json.dumps({"domain": {"value": domain}, "index_pattern": {"value": "shop-*"}})
    )
    assert run("--outputs", str(outputs)).exit_code == 0
    assert asked[0].request == SetupRequest("localhost:4567", "eu-central-1", "shop")


def test_the_streams_role_among_the_outputs_stays_a_writer(
    asked: list[SetupCall], tmp_path: Path
) -> None:
    outputs = tmp_path / "outputs.json"
    domain = {"arn": "arn:aws:es:eu-central-1:123456789012:domain/x", "endpoint": "a"}
    role = {"name": "shop-delivery", "arn": "arn:aws:iam::123456789012:role/shop-delivery"}
    outputs.write_text(
        json.dumps(
            {
                "domain": {"value": domain},
                "index_pattern": {"value": "shop-*"},
                "delivery_role": {"value": role},
            }
        )
    )
    assert run("--outputs", str(outputs)).exit_code == 0
    assert asked[0].request.writers == (role["arn"],)


def test_a_pattern_without_a_date_is_that_of_a_single_index(
    asked: list[SetupCall], tmp_path: Path
) -> None:
    outputs = tmp_path / "outputs.json"
    domain = {"arn": "arn:aws:es:eu-central-1:123456789012:domain/x", "endpoint": "a"}
    outputs.write_text(
        json.dumps({"domain": {"value": domain}, "index_pattern": {"value": "shop"}})
    )
    assert run("--outputs", str(outputs)).exit_code == 0
    assert asked[0].request == SetupRequest("a", "eu-central-1", "shop", rotation="NoRotation")


def test_a_file_is_overridden_by_options(asked: list[SetupCall], tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {"endpoint": "a", "region": "eu-west-1", "index": "old", "template": {"shards": 3}}
        )
    )
    assert run("--config", str(config), "--index", "new", "--codec", "default").exit_code == 0
    assert asked[0].request == SetupRequest(
        "a", "eu-west-1", "new", template=TemplateOptions(shards=3, codec="default")
    )


def test_the_region_comes_from_the_environment(
    asked: list[SetupCall], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert run("--endpoint", "a", "--index", "logs").exit_code == 0
    assert asked[0].request.region == "eu-north-1"


def test_the_result_is_one_json_document_where_that_is_asked_for(asked: list[SetupCall]) -> None:
    assert json.loads(run(*MINIMAL, "--json").output) == {
        "action": "create",
        "index_pattern": "logs-*",
        "steps": [
            {"step": "index_template", "state": "created", "detail": "firehose-logging-logs"}
        ],
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "endpoint is missing"),
        (MINIMAL[:4], "index is missing"),
        ([*MINIMAL[:2], *MINIMAL[4:]], "region is missing"),
        ([*MINIMAL, "--retention-days", "0"], "retention_days is 0"),
        ([*MINIMAL, "--field", "order"], "'order' is no NAME=TYPE"),
        ([*MINIMAL, "--field", "order=string"], "template.fields.order is 'string'"),
        (["--config", "no-such-file"], "no-such-file can't be read as JSON"),
        (["--outputs", "no-such-file"], "no-such-file can't be read"),
    ],
)
def test_wrong_input_is_told_in_one_line(
    asked: list[SetupCall], arguments: list[str], said: str
) -> None:
    done = run(*arguments)
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output
    assert asked == []


@pytest.mark.parametrize("content", ["[]", "{", '{"domain": {}}', "null"])
def test_a_file_of_another_kind_says_how_to_write_one(
    asked: list[SetupCall], tmp_path: Path, content: str
) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(content)
    done = run("--outputs", str(path))
    assert done.exit_code == 1
    assert str(path) in done.output
    assert asked == []


def test_a_step_that_fails_ends_the_command_with_its_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def perform(*_arguments: Any) -> Any:
        raise SetupError("index_template", "PUT / answered 400 (no)", "do something else")

    monkeypatch.setattr(module, "perform", perform)
    done = run(*MINIMAL)
    assert done.exit_code == 1
    assert done.output == ("Error: index_template: PUT / answered 400 (no); do something else.\n")
