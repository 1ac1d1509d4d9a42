"""A developer logs what holds a secret; nobody who reads the logs finds it."""

from __future__ import annotations

import collections
import json
import logging
import logging.config
import time
import types
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firehose_logging import FirehoseHandler, FirehoseJsonFormatter
from firehose_logging.core.encoding import RecordEncoder
from firehose_logging.core.redaction import make_redaction
from firehose_logging.core.secret_names import SecretNames

from .hidden_secrets import CONTAINERS, SECRET, TEXTS, Login, User

NAMES = ("password", "authorization", "token", "api_key", "pin")


def _encoded(
    message: Any = "m", *args: Any, exc_info: Any = None, patterns: Any = None, **extra: Any
) -> str:
    record = logging.LogRecord("app", logging.INFO, "app.py", 1, message, args, exc_info)
    record.__dict__.update(extra)
    formatter = FirehoseJsonFormatter(redact=NAMES, redact_patterns=patterns)
    text = RecordEncoder(formatter).encode(record).decode()
    assert isinstance(json.loads(text), dict)
    return text


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_container_hides_a_secret_from_its_name(name: str) -> None:
    value = CONTAINERS[name]
    assert SECRET not in _encoded(field=value)
    assert SECRET not in _encoded(field={"deep": [value]})
    assert SECRET not in _encoded("got %s", value)
    assert SECRET not in _encoded({"field": value})
    assert SECRET not in _encoded({"field": value}, "one argument too many")
    assert SECRET not in _encoded("%d", value), "an argument that does not fit"


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_shows_what_stands_after_a_name(text: str) -> None:
    assert SECRET not in _encoded(text)
    assert SECRET not in _encoded("%s", text)
    assert SECRET not in _encoded(field={"body": [text]})
    assert SECRET not in _encoded(field=text.encode())
    error = ValueError(text)
    assert SECRET not in _encoded(exc_info=(ValueError, error, None))
    assert SECRET not in _encoded(exc_text=text, stack_info=text)


def test_an_argument_is_replaced_before_the_message_is_made() -> None:
    arguments = {"password": SECRET, "user": "u"}
    assert json.loads(_encoded("login %(user)s %(password)s", arguments))["message"] == (
        "login u [redacted]"
    )
    assert arguments["password"] == SECRET, "the caller's dictionary was changed"
    assert json.loads(_encoded("%s of %d", "a", 3))["message"] == "a of 3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key AKIAIOSFODNN7EXAMPLE used", "key [redacted] used"),
        ("=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "=[redacted]"),
        ("sent Bearer abc.DEF-123", "sent Bearer [redacted]"),
        ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "got [redacted]"),
        ("postgres://u:p%40ss/x@db:5432/y", "postgres://u:[redacted]@db:5432/y"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "[redacted]"),
        (
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n-----END PGP PRIVATE KEY BLOCK-----",
            "[redacted]",
        ),
        (
            "---- BEGIN SSH2 PRIVATE KEY ----\nP2\n---- END SSH2 PRIVATE KEY ----",
            "[redacted]",
        ),
        ("postgres:\\/\\/u:p@db", "postgres:\\/\\/u:[redacted]@db"),
    ],
)
def test_known_kinds_of_secrets_go_from_text_without_a_name(text: str, expected: str) -> None:
    assert json.loads(_encoded(text))["message"] == expected


@pytest.mark.parametrize(
    "text",
    [
        "42 tokens used, shopping cart, secretary's password reset requested",
        "http://host:8080/a@b da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "basic setup; bearer token missing",
        '{"order": 7}',
        "SELECT name, value FROM settings -- no password",
        "the api\nkey of a map: north",
        "<p title='100%'>&lt;b&gt; \x1b[1mbold\x1b[0m",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert json.loads(_encoded(text))["message"] == text


def test_what_stands_beside_a_secret_stays() -> None:
    text = "db:\n  password: a\n  user: bob\nhost: h"
    assert (
        json.loads(_encoded(text))["message"] == "db:\n  password: [redacted]\n  user: bob\nhost: h"
    )
    text = "GET /?token=abc HTTP/1.1 200, url='/?pin=1'; took 3 ms"
    shown = "GET /?token=[redacted] HTTP/1.1 200, url='/?pin=[redacted]'; took 3 ms"
    assert json.loads(_encoded(text))["message"] == shown
    kept = {"name": "colour", "value": "red"}
    assert json.loads(_encoded(field=kept))["field"] == kept
    assert json.loads(_encoded({"value": 3}))["value"] == 3


def test_names_match_whatever_stands_between_their_words() -> None:
    names = SecretNames(["api_key", "password", "pin"])
    for key in ("apiKey", "API-KEY", "x-api-key", "user.password", "PassWord", "PIN", "card_pin"):
        assert names.match(key), key
    for key in ("apikeys", "passwords", "shopping", "spin", "passwordless"):
        assert not names.match(key), key


def test_own_patterns_come_from_a_dict_config() -> None:
    config = {
        "version": 1,
        "formatters": {
            "json": {
                "()": "firehose_logging.FirehoseJsonFormatter",
                "redact": ["password"],
                "redact_patterns": ["default", r"IBAN (?P<secret>[A-Z0-9]+)"],
            }
        },
        "handlers": {"h": {"class": "firehose_logging.FirehoseHandler", "formatter": "json"}},
        "loggers": {"test.redaction": {"handlers": ["h"], "propagate": False}},
    }
    logging.config.dictConfig({**config, "disable_existing_loggers": False})
    (handler,) = logging.getLogger("test.redaction").handlers
    assert isinstance(handler, FirehoseHandler)
    record = logging.LogRecord("x", 20, "", 1, "IBAN DE89 AKIAIOSFODNN7EXAMPLE", None, None)
    assert b"IBAN [redacted] [redacted]" in RecordEncoder(handler.formatter).encode(record)
    handler.close()


@pytest.mark.parametrize(
    "options",
    [
        {"redact": [1]},
        {"redact": True},
        {"redact_patterns": "x"},
        {"redact_patterns": ["("]},
        {"redact_patterns": ["x*"]},
        {"redact_patterns": [None]},
    ],
)
def test_a_name_or_pattern_that_can_not_be_used_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        FirehoseJsonFormatter(**options)


def test_a_redaction_that_fails_takes_the_value_not_the_secret_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(self: SecretNames, text: str) -> str:
        raise RuntimeError("redaction is broken")

    monkeypatch.setattr(SecretNames, "redact", fail)
    for made in (
        _encoded(f"password={SECRET}"),
        _encoded("%s", SECRET),
        _encoded(field=[SECRET]),
        _encoded("%d", SECRET),
    ):
        assert SECRET not in made


def test_a_subclass_whose_format_fails_does_not_fail_open() -> None:
    class Broken(FirehoseJsonFormatter):
        def format(self, record: logging.LogRecord) -> str:
            raise RuntimeError(f"password={SECRET}")

    record = logging.LogRecord("n", 20, "", 1, "%s", ({"password": SECRET},), None)
    assert SECRET.encode() not in RecordEncoder(Broken(redact=NAMES)).encode(record)


def test_what_logging_prints_of_a_record_it_could_not_handle_holds_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = FirehoseHandler(fallback=None)
    handler.setFormatter(FirehoseJsonFormatter(redact=NAMES))

    def fail(data: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(handler, "_accept", fail)
    handler.emit(logging.LogRecord("n", 20, "", 1, "%s", ({"password": SECRET},), None))
    told = capsys.readouterr().err
    assert "MemoryError" in told
    assert SECRET not in told
    handler.close()


@pytest.mark.parametrize(
    "unit",
    [
        "password\n ", "password:\n  ", "password(", "password=a'b", "password='a''", "%77",
        "&quot;", "\x1b[1m", "pass\u200bword=", "password**", '"password"\n', "password=a(",
        "password='a',value='", "api ", "----- BEGIN PRIVATE KEY -----", "password \\\n",
        "\n password: a", ":\\/\\/a:",
    ],
)  # fmt: skip
def test_text_that_only_begins_to_hold_a_secret_takes_time_in_proportion(unit: str) -> None:
    _takes_time_in_proportion(unit, 256_000)


@pytest.mark.parametrize(
    "unit",
    ["password ", "password=a,", "password='", 'password=\\"', "token", "pin:", "<password ",
     'name="password"x', "://a:", "eyJ-", "bearer ", "a@", "'", "\\", "IQoJ%", "a", "é"],
)  # fmt: skip
def test_a_megabyte_of_anything_takes_time_in_proportion(unit: str) -> None:
    _takes_time_in_proportion(unit, 1_024_000)


def _takes_time_in_proportion(unit: str, size: int) -> None:
    redaction = make_redaction(NAMES, None)
    assert redaction is not None
    small, large = unit * (size // 16 // len(unit)), unit * (size // len(unit))

    def spent(text: str) -> float:
        started = time.thread_time()
        redaction.text(text)
        return time.thread_time() - started

    # Sixteen times as much; quadratic time would be 256 times as long.
    assert min(spent(large) for _ in range(2)) < 64 * max(0.003, spent(small), spent(small))


_leaf = st.none() | st.integers() | st.text(max_size=8) | st.just(SECRET.upper())
_wrap = st.sampled_from(
    [
        lambda value: {"a": value},
        lambda value: [1, value],
        lambda value: (value, "b"),
        lambda value: collections.UserDict(a=value),
        lambda value: types.MappingProxyType({"a": value}),
        lambda value: types.SimpleNamespace(a=value),
        lambda value: collections.deque([value]),
        lambda value: User("u", value),
        lambda value: collections.OrderedDict({3: value}),
        lambda value: Login(value, "x"),
        repr,
        str,
    ]
)
_plant = st.sampled_from(
    [
        lambda: {"password": SECRET},
        lambda: [("X-Authorization", SECRET)],
        lambda: collections.UserDict({"Api-Key": SECRET}),
        lambda: types.SimpleNamespace(token=SECRET),
        lambda: User("u", SECRET),
        lambda: Login("u", SECRET),
        lambda: json.dumps({"password": SECRET}),
        lambda: f"password={SECRET}",
    ]
)


@settings(max_examples=60, deadline=None)
@given(_plant, st.lists(_wrap, max_size=6), st.sampled_from(["extra", "message", "argument"]))
def test_a_secret_planted_anywhere_in_a_nest_of_containers_never_appears(
    plant: Any, wraps: list[Any], where: str
) -> None:
    value = plant()
    for wrap in wraps:
        value = wrap(value)
    if where == "extra":
        assert SECRET not in _encoded(field=value)
    elif where == "message":
        assert SECRET not in _encoded({"field": value})
    else:
        assert SECRET not in _encoded("%s and %r", value, value)
