"""What a domain is to hold: what is taken, and the one sentence for what is not."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from firehose_logging.domain_setup.configuration import (
    ConfigurationError,
    from_environment,
    parse_configuration,
)
from firehose_logging.domain_setup.request import SetupRequest, TemplateOptions

MINIMAL: dict[str, Any] = {
    "endpoint": "search-logs.eu-west-1.es.amazonaws.com",
    "region": "eu-west-1",
    "index": "logging-test",
}
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:shop-domain-setup"
WRITER = "arn:aws:iam::123456789012:role/service/stream"


def test_endpoint_region_and_index_are_enough() -> None:
    assert parse_configuration(MINIMAL) == SetupRequest(**MINIMAL)


def test_every_key_is_taken() -> None:
    event = {
        **MINIMAL,
        "rotation": "OneWeek",
        "retention_days": 30,
        "writers": [WRITER],
        "readers": ["arn:aws:iam::123456789012:user/ann", "developers"],
        "administrators": [WRITER],
        "template": {
            "shards": 2,
            "replicas": 0,
            "codec": "zstd",
            "refresh_interval": "5s",
            "time_field": "@timestamp",
            "extra_fields": "stored",
            "field_limit": 1500,
            "fields": {"order_id": "keyword"},
        },
        "dashboards": False,
        "delete_indexes": True,
        "settle_seconds": 60,
        "function": FUNCTION,
    }
    request = parse_configuration(event)
    assert request.rotation == "OneWeek"
    assert request.retention_days == 30
    assert request.writers == (WRITER,)
    assert request.readers == ("arn:aws:iam::123456789012:user/ann", "developers")
    assert request.administrators == (WRITER,)
    assert request.template == TemplateOptions(
        shards=2,
        replicas=0,
        codec="zstd",
        refresh_interval="5s",
        time_field="@timestamp",
        extra_fields="stored",
        field_limit=1500,
        fields={"order_id": "keyword"},
    )
    assert (request.dashboards, request.delete_indexes) == (False, True)
    assert request.settle_seconds == 60
    assert request.function == FUNCTION


def test_null_means_the_default_for_terraform_writes_it_for_what_is_not_set() -> None:
    event = {**MINIMAL, "retention_days": None, "template": {"replicas": None}}
    assert parse_configuration(event) == SetupRequest(**MINIMAL)


def test_the_order_of_principals_makes_no_difference() -> None:
    ends = [WRITER + "-b", WRITER + "-a", WRITER + "-b"]
    assert parse_configuration({**MINIMAL, "writers": ends}).writers == (
        WRITER + "-a",
        WRITER + "-b",
    )


@pytest.mark.parametrize(
    "endpoint",
    [
        "localhost:9200",
        "https://localhost:9200",
        "https://localhost:9200/",
        "http://127.0.0.1:9200",
        "http://[::1]:9200",
    ],
)
def test_an_endpoint_may_have_a_scheme_and_a_port(endpoint: str) -> None:
    assert parse_configuration({**MINIMAL, "endpoint": endpoint}).endpoint == endpoint.rstrip("/")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"endpoint": None}, "endpoint is missing"),
        ({"region": None}, "region is missing"),
        ({"index": None}, "index is missing"),
        ({"endpoint": ""}, "endpoint is ''"),
        ({"endpoint": 7}, "endpoint is 7"),
        ({"endpoint": "http://search.example.com"}, "use https"),
        ({"endpoint": "https://search.example.com/_search"}, "without a path"),
        ({"endpoint": "host:99999"}, "endpoint is 'host:99999'"),
        ({"region": "Ireland"}, "region is 'Ireland'"),
        ({"index": "Logging"}, "index is 'Logging'"),
        ({"index": "*"}, "index is '*'"),
        ({"index": "a" * 81}, "at most 80"),
        ({"rotation": "Daily"}, "rotation is 'Daily'; use NoRotation, OneHour"),
        ({"retention_days": 0}, "retention_days is 0; give 1 to 36500"),
        ({"retention_days": "30"}, "retention_days is '30'; give a whole number"),
        ({"retention_days": 1.5}, "retention_days is 1.5; give a whole number"),
        ({"retention_days": float("nan")}, "retention_days is nan"),
        ({"retention_days": float("inf")}, "retention_days is inf"),
        ({"retention_days": True}, "retention_days is True"),
        ({"writers": WRITER}, "writers is 'arn:"),
        ({"writers": ["stream"]}, "writers holds 'stream'"),
        ({"writers": ["arn:aws:iam::123456789012:role/*"]}, "writers holds"),
        ({"writers": [7]}, "writers is 7"),
        ({"readers": ["arn:aws:sts::123456789012:assumed-role/r/s"]}, "the role's own"),
        ({"readers": ["arn:aws:iam::123456789012:root"]}, "readers holds"),
        ({"template": []}, "template is []"),
        ({"template": {"shard": 1}}, "template.shard is unknown; known are codec, "),
        ({"template": {"shards": 0}}, "template.shards is 0"),
        ({"template": {"codec": "gzip"}}, "template.codec is 'gzip'"),
        ({"template": {"refresh_interval": "soon"}}, "template.refresh_interval is 'soon'"),
        ({"template": {"fields": {"a": "string"}}}, "template.fields.a is 'string'"),
        ({"template": {"fields": ["a"]}}, "template.fields is ['a']"),
        ({"dashboards": "yes"}, "dashboards is 'yes'; use true or false"),
        ({"settle_seconds": 841}, "settle_seconds is 841"),
        ({"retention": 30}, "retention is unknown; known are"),
        ({"tf": {"action": "delete"}}, "tf is unknown; known are"),
        ({"function": "shop"}, "function is 'shop'; give the ARN of a Lambda function"),
    ],
)
def test_a_wrong_key_is_named_in_one_sentence(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration({**MINIMAL, **wrong})
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_what_is_no_object_is_told_what_to_give(document: object) -> None:
    with pytest.raises(ConfigurationError, match="give a JSON object"):
        parse_configuration(document)


def test_the_environment_holds_it_as_json() -> None:
    environment = {"FIREHOSE_LOGGING_SETUP": json.dumps(MINIMAL)}
    assert from_environment(environment) == SetupRequest(**MINIMAL)


def test_the_environment_holds_what_is_long_compressed() -> None:
    packed = base64.b64encode(gzip.compress(json.dumps(MINIMAL).encode())).decode()
    assert from_environment({"FIREHOSE_LOGGING_SETUP": packed}) == SetupRequest(**MINIMAL)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("no Base64", id="no Base64"),
        pytest.param("H4sI", id="no whole head"),
        pytest.param(base64.b64encode(b"no gzip").decode(), id="no gzip"),
        pytest.param(base64.b64encode(gzip.compress(b"{}")[:-9]).decode(), id="cut off"),
        pytest.param(base64.b64encode(gzip.compress(b"no JSON")).decode(), id="no JSON within"),
        pytest.param(base64.b64encode(gzip.compress(b"\xff")).decode(), id="no text within"),
        pytest.param(base64.b64encode(gzip.compress(bytes(100 << 20))).decode(), id="a bomb"),
    ],
)
def test_an_environment_that_cant_be_read_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match="FIREHOSE_LOGGING_SETUP can't be read") as caught:
        from_environment({"FIREHOSE_LOGGING_SETUP": text})
    assert "\n" not in str(caught.value)


def test_an_environment_without_it_is_named() -> None:
    with pytest.raises(ConfigurationError, match="FIREHOSE_LOGGING_SETUP is missing; apply"):
        from_environment({})


def test_a_wrong_key_in_the_environment_is_named_as_everywhere() -> None:
    environment = {"FIREHOSE_LOGGING_SETUP": json.dumps({**MINIMAL, "index": "*"})}
    with pytest.raises(ConfigurationError, match=r"^index is '\*'"):
        from_environment(environment)


def test_a_long_value_is_shown_in_short() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration({**MINIMAL, "index": "X" * 10_000})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "endpoint",
    [
        "search.example.com#.eu-west-1.es.amazonaws.com",
        "search.example.com?x=",
        "search.example.com?",
        "search-logs.eu-west-1.es.amazonaws.com@attacker.example",
        "user:password@search.example.com",
        "attacker.example\\@search.example.com",
        "search.example.com\n.attacker.example",
        "search.example.com .attacker.example",
        "search.example.com/../x",
        "//attacker.example",
        "ftp://localhost",
        "https://https://x",
        "https://",
        "http://[",
        "[::1",
    ],
)
def test_an_endpoint_that_is_more_than_a_host_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="endpoint is "):
        parse_configuration({**MINIMAL, "endpoint": endpoint})


@pytest.mark.parametrize("key", ["readers", "administrators"])
@pytest.mark.parametrize(
    "name", ["*", "dev*", "dev?", "*:role/*", "/.*/", "arn:aws:iam::*:role/x", "*arn:aws"]
)
def test_a_name_that_the_domain_takes_for_a_pattern_maps_nobody(key: str, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{key} holds "):
        parse_configuration({**MINIMAL, key: ["developers", name]})


def test_a_variable_that_is_nested_beyond_measure_is_named() -> None:
    for text in ('{"index": ' + "[" * 100_000, base64.b64encode(gzip.compress(b"[" * 500_000))):
        variable = text if isinstance(text, str) else text.decode()
        with pytest.raises(ConfigurationError, match="can't be read"):
            from_environment({"FIREHOSE_LOGGING_SETUP": variable})
