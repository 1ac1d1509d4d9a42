"""A developer logs what holds a secret; nobody who reads the logs finds it."""

from __future__ import annotations

import argparse
import builtins
import collections
import dataclasses
import email.message
import enum
import json
import logging
import logging.config
import os
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

SECRET = "hunter2-S3"
NAMES = ("password", "authorization", "token", "api_key", "pin")

pydantic: Any = pytest.importorskip("pydantic")
requests_structures = pytest.importorskip("requests.structures")
starlette_structures = pytest.importorskip("starlette.datastructures")
django_functional = pytest.importorskip("django.utils.functional")
werkzeug_local = pytest.importorskip("werkzeug.local")
werkzeug_structures = pytest.importorskip("werkzeug.datastructures")


def _encoded(
    message: Any = "m", *args: Any, exc_info: Any = None, patterns: Any = None, **extra: Any
) -> str:
    record = logging.LogRecord("app", logging.INFO, "app.py", 1, message, args, exc_info)
    record.__dict__.update(extra)
    formatter = FirehoseJsonFormatter(redact=NAMES, redact_patterns=patterns)
    text = RecordEncoder(formatter).encode(record).decode()
    assert isinstance(json.loads(text), dict)
    return text


@dataclasses.dataclass
class _User:
    name: str
    password: str


class _Attrs:
    """What attrs makes of a class, as far as it shows."""

    __attrs_attrs__ = (types.SimpleNamespace(name="password"),)

    def __init__(self) -> None:
        self.password = SECRET


class _Unnamed:
    """What can't be told the name of, which may be any."""

    def __str__(self) -> str:
        raise RuntimeError("no name")


class _Settings(enum.Enum):
    PASSWORD = SECRET


class _Names(enum.Enum):
    PASSWORD = "pw"


def _group(error: Exception) -> Any:
    """Return a group of exceptions, as a list where Python has no groups yet."""
    group = getattr(builtins, "ExceptionGroup", None)
    return [error] if group is None else group("several", [error])


def _validation_error() -> Any:
    model = pydantic.create_model("Login", password=(str, ""))
    with pytest.raises(pydantic.ValidationError) as raised:
        model(password=[SECRET])
    return raised.value


class _Shown:
    def __str__(self) -> str:
        return f"<login password={SECRET!r}>"


class _Raising(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError(f"password={SECRET}")


_Login = collections.namedtuple("_Login", "user password")


def _message_of_http() -> email.message.Message:
    message = email.message.Message()
    message["Authorization"] = f"Basic {SECRET}"
    return message


CONTAINERS: dict[str, Any] = {
    "requests": requests_structures.CaseInsensitiveDict({"Authorization": SECRET}),
    "starlette": starlette_structures.Headers({"Authorization": SECRET}),
    "werkzeug": werkzeug_structures.Headers([("Authorization", SECRET)]),
    "http.client": _message_of_http(),
    "ASGI": [(b"authorization", SECRET.encode())],
    "environment": os._Environ(
        {b"PGPASSWORD": SECRET.encode()}, str.encode, bytes.decode, str.encode, bytes.decode
    ),
    "mappingproxy": types.MappingProxyType({"password": SECRET}),
    "UserDict": collections.UserDict(password=SECRET),
    "items": {"password": SECRET}.items(),
    "deque of pairs": collections.deque([("token", SECRET)]),
    "set of pairs": {("token", SECRET)},
    "dataclass": _User("u", SECRET),
    "namedtuple": _Login("u", SECRET),
    "attrs": _Attrs(),
    "SimpleNamespace": types.SimpleNamespace(password=SECRET),
    "argparse": argparse.Namespace(api_key=SECRET),
    "command": ["mysql", "--password", SECRET],
    "own text": _Shown(),
    "bytes": b'{"password": "%s"}' % SECRET.encode(),
    "exception": ValueError({"password": SECRET}),
    "secret in a key": {f"password={SECRET}": 1},
    "key of a tuple": {("password",): SECRET},
    "JSON in JSON": json.dumps({"body": json.dumps({"user": {"password": SECRET}})}),
    "name that can't be told": {_Unnamed(): SECRET},
    "pair whose name can't be told": [(_Unnamed(), SECRET)],
    "pair, bytearray": [(bytearray(b"password"), SECRET)],
    "pair, memoryview": [(memoryview(b"password"), SECRET)],
    "pair, text of a library": [(collections.UserString("password"), SECRET)],
    "pair, enum": [(_Names.PASSWORD, SECRET)],
    "enum": _Settings.PASSWORD,
    "name and value": {"name": "Authorization", "value": SECRET},
    "key and values": {"Key": "api_key", "Values": [SECRET]},
    "HAR": [{"name": "Host", "value": "h"}, {"name": "X-Api-Key", "value": SECRET}],
    "pydantic's errors": _validation_error().errors(),
    "pydantic's error": _validation_error(),
    "lazy of Django": django_functional.SimpleLazyObject(lambda: {"password": SECRET}),
    "proxy of werkzeug": werkzeug_local.LocalProxy(lambda: [("password", SECRET)]),
    "exceptions in a group": _group(ValueError(f"password={SECRET}")),
    "exception of two arguments": ValueError("password", SECRET),
    "unseen in a name": {"pass\u200bword": SECRET},
    "beside what raises": {"password": SECRET, "other": _Raising(a=1)},
    "beside what is too large": {"password": SECRET, "n": 10**5000},
}

TEXTS = (
    f"password={SECRET}",
    f"user_password = '{SECRET}' and more",
    f"PGPASSWORD={SECRET} psql",
    f"mysql --password {SECRET} -h db",
    f"Authorization: Bearer {SECRET}",
    f"authorization=Basic {SECRET}",
    f"X-Api-Key: {SECRET}",
    f"{{'password': {{'old': '{SECRET}'}}, 'user': 1}}",
    f"Headers([('Authorization', '{SECRET}')])",
    f'body {{"pass\\u0077ord": "{SECRET}"}}',
    f'quoted "{{\\"password\\": \\"{SECRET}\\"}}"',
    f'{{"password":"{SECRET}"}}\n{{"token":"{SECRET}"}}',
    f'{{"password": "{SECRET}", "password": "x"}}',
    f"<password>{SECRET}</password>",
    f"user%5Bpassword%5D={SECRET}&x=1",
    f'form-data; name="password"\r\n\r\n{SECRET}\r\n--x',
    f"\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44={SECRET}",
    f"password={SECRET},{SECRET};next=1",
    f"password:\n  {SECRET}",
    f"db:\n  password: |\n    a\n    {SECRET}\n  user: u",
    f"password:\n- {SECRET}",
    f"Authorization: Basic dXNlcjpwYXNz\r\n {SECRET}\r\nHost: h",
    f'Authorization: Digest username="u",\r\n\tresponse="{SECRET}"',
    f"Password: [a] {SECRET}",
    f"password -> {SECRET}",
    f'{{"password"\n:\n"{SECRET}"}} and more',
    f"password='a''{SECRET}'",
    f'password=a"{SECRET}"',
    f"password=a<{SECRET}",
    f"password=(a){SECRET}",
    f"password=<{SECRET}>",
    f"password=$'{SECRET}'",
    f"Login(password=SecretStr('a {SECRET}'))",
    f"Login(key='password', value='{SECRET}')",
    f'<input name="password" value="{SECRET}">',
    f"<password><![CDATA[{SECRET}]]></password>",
    f"<soap:password type='x'>{SECRET}</soap:password>",
    f"&quot;password&quot;:&quot;a {SECRET}&quot;",
    f"&lt;password&gt;{SECRET}&lt;/password&gt;",
    f"pass%77ord={SECRET}",
    f"next=%2F%3Fpassword%253D{SECRET}",
    f"curl --password \\\n {SECRET}",
    f"\x1b[36mpassword\x1b[0m=\x1b[35m{SECRET}\x1b[0m",
    f"pass\u200bword={SECRET}",
    f"pass\x00word={SECRET}",
    f"password={SECRET}&quot; &quot;token={SECRET}",
    f"API Key: {SECRET}",
    f"api__key={SECRET}",
    f"**password**: {SECRET}",
    f"password (new): {SECRET}",
)


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
        lambda value: _User("u", value),
        lambda value: collections.OrderedDict({3: value}),
        lambda value: _Login(value, "x"),
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
        lambda: _User("u", SECRET),
        lambda: _Login("u", SECRET),
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
