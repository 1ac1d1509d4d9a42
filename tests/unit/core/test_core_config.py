"""Parameters: as given, as the environment says, or by default; wrong ones are named."""

from __future__ import annotations

import inspect
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from firehose_logging import FirehoseHandler
from firehose_logging.core.config import Settings, default, known_parameters, resolve

DEFAULTS: dict[str, Any] = {
    name: parameter.default
    for name, parameter in inspect.signature(FirehoseHandler).parameters.items()
}


def _settings(environment: dict[str, str] | None = None, **given: Any) -> Settings:
    return resolve(DEFAULTS | given, {} if environment is None else environment)


def test_the_defaults_are_those_that_users_rely_on() -> None:
    assert _settings() == Settings(
        stream_name=("logging-test",),
        level=logging.NOTSET,
        region_name=None,
        endpoint_url=None,
        session=None,
        flush_interval=1.0,
        max_batch_records=500,
        max_batch_bytes=4_194_304,
        buffer_records=100_000,
        buffer_bytes=67_108_864,
        overflow="drop_oldest",
        block_timeout=1.0,
        max_retry_age=3600.0,
        spool_dir=None,
        spool_bytes=1_073_741_824,
        spool="overflow",
        fallback="stderr",
        on_drop=None,
    )


def test_the_signature_shows_the_defaults() -> None:
    assert DEFAULTS["flush_interval"] == 1.0
    assert "flush_interval: 'float' = 1.0" in str(inspect.signature(FirehoseHandler))
    assert set(known_parameters()) == set(DEFAULTS)


@pytest.mark.parametrize(
    ("variable", "text", "parameter", "value"),
    [
        ("FIREHOSE_LOGGING_STREAM", "a, b", "stream_name", ("a", "b")),
        ("FIREHOSE_LOGGING_LEVEL", "warning", "level", logging.WARNING),
        ("FIREHOSE_LOGGING_LEVEL", "15", "level", 15),
        ("FIREHOSE_LOGGING_REGION_NAME", "eu-west-1", "region_name", "eu-west-1"),
        ("FIREHOSE_LOGGING_ENDPOINT_URL", "http://h:1", "endpoint_url", "http://h:1"),
        ("FIREHOSE_LOGGING_FLUSH_INTERVAL", "0.5", "flush_interval", 0.5),
        ("FIREHOSE_LOGGING_MAX_BATCH_RECORDS", "7", "max_batch_records", 7),
        ("FIREHOSE_LOGGING_MAX_BATCH_BYTES", "1000", "max_batch_bytes", 1000),
        ("FIREHOSE_LOGGING_BUFFER_RECORDS", "9", "buffer_records", 9),
        ("FIREHOSE_LOGGING_BUFFER_BYTES", "99", "buffer_bytes", 99),
        ("FIREHOSE_LOGGING_OVERFLOW", "block", "overflow", "block"),
        ("FIREHOSE_LOGGING_BLOCK_TIMEOUT", "2", "block_timeout", 2.0),
        ("FIREHOSE_LOGGING_MAX_RETRY_AGE", "60", "max_retry_age", 60.0),
        ("FIREHOSE_LOGGING_SPOOL_DIR", "/tmp/s", "spool_dir", "/tmp/s"),
        ("FIREHOSE_LOGGING_SPOOL_BYTES", "5", "spool_bytes", 5),
        ("FIREHOSE_LOGGING_FALLBACK", "none", "fallback", None),
        ("FIREHOSE_LOGGING_ON_DROP", "builtins.print", "on_drop", print),
    ],
)
def test_the_environment_sets_what_is_not_given(
    variable: str, text: str, parameter: str, value: Any
) -> None:
    assert getattr(_settings({variable: text}), parameter) == value


def test_the_environment_can_ask_for_a_write_ahead_spool() -> None:
    environment = {"FIREHOSE_LOGGING_SPOOL": "always", "FIREHOSE_LOGGING_SPOOL_DIR": "/tmp/s"}
    assert _settings(environment).spool == "always"


def test_every_parameter_has_a_variable() -> None:
    asked: set[str] = set()

    class Environment(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.add(name)

    _settings(Environment())
    assert asked == {
        "FIREHOSE_LOGGING_" + {"stream_name": "STREAM"}.get(name, name.upper())
        for name in known_parameters()
    }


def test_what_is_given_outranks_the_environment_even_if_it_is_the_default() -> None:
    settings = _settings({"FIREHOSE_LOGGING_FLUSH_INTERVAL": "9"}, flush_interval=1.0)
    assert settings.flush_interval == 1.0


def test_an_empty_variable_is_not_set() -> None:
    assert _settings({"FIREHOSE_LOGGING_STREAM": ""}).stream_name == ("logging-test",)


@pytest.mark.parametrize(
    ("parameter", "value", "allowed"),
    [
        ("stream_name", "", "1 to 64"),
        ("stream_name", "no spaces", "1 to 64"),
        ("stream_name", "x" * 65, "1 to 64"),
        ("stream_name", [], "1 to 64"),
        ("stream_name", ["a", "a"], "different"),
        ("stream_name", 7, "1 to 64"),
        ("level", "LOUD", "level"),
        ("flush_interval", -1, "from 0 to 900"),
        ("flush_interval", "1", "number of seconds"),
        ("flush_interval", float("nan"), "number of seconds"),
        ("flush_interval", True, "number of seconds"),
        ("max_batch_records", 0, "1 to 500"),
        ("max_batch_records", 501, "1 to 500"),
        ("max_batch_records", 1.5, "whole number"),
        ("max_batch_bytes", 4_194_305, "1 to 4194304"),
        ("buffer_records", 0, "1 or more"),
        ("buffer_bytes", -5, "1 or more"),
        ("overflow", "panic", "'drop_newest'"),
        ("overflow", None, "'drop_newest'"),
        ("block_timeout", -0.1, "seconds"),
        ("max_retry_age", float("inf"), "seconds"),
        ("spool_dir", 3, "path"),
        ("spool_dir", "", "path"),
        ("spool_bytes", 0, "1 or more"),
        ("spool", "never", "'always'"),
        ("fallback", "stdout", "'stderr', None or a logging.Handler"),
        ("on_drop", "print", "callable"),
        ("session", object(), "session"),
        ("region_name", 5, "Region"),
        ("endpoint_url", "", "URL"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    parameter: str, value: Any, allowed: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{parameter}={value!r}")) as caught:
        _settings(**{parameter: value})
    assert allowed in str(caught.value)


def test_a_wrong_variable_is_named_as_such() -> None:
    with pytest.raises(ValueError, match=r"FIREHOSE_LOGGING_BUFFER_RECORDS='many'.*whole number"):
        _settings({"FIREHOSE_LOGGING_BUFFER_RECORDS": "many"})


def test_a_write_ahead_spool_needs_a_folder() -> None:
    with pytest.raises(ValueError, match="set spool_dir"):
        _settings(spool="always")


def test_paths_may_be_path_objects(tmp_path: Path) -> None:
    assert _settings(spool_dir=tmp_path).spool_dir == str(tmp_path)


def test_a_default_shows_as_its_value() -> None:
    assert repr(default("x")) == "'x'"
