"""Where secrets hide: containers of every kind, and texts that name what follows."""

from __future__ import annotations

import argparse
import builtins
import collections
import dataclasses
import email.message
import enum
import importlib
import json
import os
import types
from typing import Any

import pytest

SECRET = "hunter2-S3"


pydantic: Any = importlib.import_module("pydantic")
requests_structures = importlib.import_module("requests.structures")
starlette_structures = importlib.import_module("starlette.datastructures")
django_functional = importlib.import_module("django.utils.functional")
werkzeug_local = importlib.import_module("werkzeug.local")
werkzeug_structures = importlib.import_module("werkzeug.datastructures")


@dataclasses.dataclass
class User:
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


Login = collections.namedtuple("Login", "user password")


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
    "dataclass": User("u", SECRET),
    "namedtuple": Login("u", SECRET),
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
