"""Read what a domain is to hold, naming the key that is wrong."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from firehose_logging.domain_setup.request import (
    CODECS,
    EXTRA_FIELDS,
    FIELD_TYPES,
    ROTATIONS,
    SetupRequest,
    TemplateOptions,
)
from firehose_logging.domain_setup.shown import shown

_INDEX = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_IAM_ARN = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[^*?\s]+")
_INTERVAL = re.compile(r"-1|[1-9][0-9]*(ms|s|m)")
# Nothing that a URL reads as something else than a host: no user, query, fragment or white space.
_ENDPOINT = re.compile(r"(https?://)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.ASCII)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

# In a role mapping the Security plugin reads these as patterns, and maps all whom they match.
_PATTERN = re.compile(r".*[*?].*|/.*/", re.DOTALL)

_FUNCTION_ARN = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+")

VARIABLE = "FIREHOSE_LOGGING_SETUP"
"""Names the variable of the function's environment that holds its configuration."""

# Beyond any configuration that fits into Lambda's 4 KB, however well it is compressed.
_LARGEST = 1 << 20


class ConfigurationError(ValueError):
    """Say in one sentence which key is wrong and what it may be."""


def from_environment(environment: Mapping[str, str]) -> SetupRequest:
    """Return what the function's own environment asks of the domain.

    ``FIREHOSE_LOGGING_SETUP`` holds the JSON object that ``parse_configuration`` takes, or, where
    that is long, its gzip in Base64: Lambda takes 4 KB of environment (Lambda Developer Guide,
    "Lambda quotas").

    Raises:
        ConfigurationError: the variable is missing or unreadable, or a key is wrong.
    """
    text = environment.get(VARIABLE, "")
    if not text:
        raise ConfigurationError(
            f"the environment variable {VARIABLE} is missing; apply the module again, which sets it"
        )
    try:
        return parse_configuration(json.loads(text if text.startswith("{") else _unpacked(text)))
    except (ValueError, OSError, EOFError, RecursionError, zlib.error) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(
            f"the environment variable {VARIABLE} can't be read ({error}); apply the module "
            "again, which sets it"
        ) from None


def _unpacked(text: str) -> bytes:
    packed = base64.b64decode(text, validate=True)
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as opened:
        return opened.read(_LARGEST)


def parse_configuration(document: object) -> SetupRequest:
    """Return the request of a JSON object.

    It has ``endpoint``, ``region`` and ``index``, and optionally the other attributes of
    ``SetupRequest``; null stands for the default.

    Raises:
        ConfigurationError: it is no object, or a key is missing, unknown or of a wrong value.
    """
    if not isinstance(document, Mapping):
        raise ConfigurationError(
            f"the configuration is {shown(document)}; give a JSON object with endpoint, …"
        )
    given = {key: value for key, value in document.items() if value is not None}
    for key in ("endpoint", "region", "index"):
        if key not in given:
            raise ConfigurationError(
                f"{key} is missing; the configuration needs endpoint, region and index"
            )
    return SetupRequest(**_checked(given, _REQUEST, ""))


def _checked(
    given: Mapping[str, Any], checks: Mapping[str, Callable[[str, Any], Any]], prefix: str
) -> dict[str, Any]:
    for key in given:
        if key not in checks:
            raise ConfigurationError(
                f"{prefix}{key} is unknown; known are {', '.join(sorted(checks))}"
            )
    return {key: checks[key](f"{prefix}{key}", value) for key, value in given.items()}


def _endpoint(key: str, value: Any) -> str:
    text = _text(key, value).rstrip("/")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        usable = bool(_ENDPOINT.fullmatch(text) and parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(f"{key} is {shown(value)}; give the domain's host, without a path")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ConfigurationError(
            f"{key} is {shown(value)}; use https (http only to this machine itself)"
        )
    return text


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{key} is {shown(value)}; give a text that is not empty")
    return value.strip()


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str, Any], str]:
    def check(key: str, value: Any) -> str:
        text = _text(key, value)
        if not pattern.fullmatch(text):
            raise ConfigurationError(f"{key} is {shown(value)}; give {what}")
        return text

    return check


def _one_of(choices: tuple[str, ...]) -> Callable[[str, Any], str]:
    def check(key: str, value: Any) -> str:
        if value not in choices:
            raise ConfigurationError(f"{key} is {shown(value)}; use {_either(choices)}")
        return str(value)

    return check


def _whole(low: int, high: int) -> Callable[[str, Any], int]:
    def check(key: str, value: Any) -> int:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not whole or isinstance(value, bool):
            raise ConfigurationError(f"{key} is {shown(value)}; give a whole number")
        if not low <= value <= high:
            raise ConfigurationError(f"{key} is {shown(value)}; give {low} to {high}")
        return int(value)

    return check


def _switch(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key} is {shown(value)}; use true or false")
    return value


def _writers(key: str, value: Any) -> tuple[str, ...]:
    arns = _texts(key, value)
    for arn in arns:
        if not _IAM_ARN.fullmatch(arn):
            raise ConfigurationError(
                f"{key} holds {shown(arn)}; give the ARN of an IAM role or user, "
                "arn:aws:iam::123456789012:role/name (of an assumed role: the role's own)"
            )
    return arns


def _people(key: str, value: Any) -> tuple[str, ...]:
    people = _texts(key, value)
    for person in people:
        if person.startswith("arn:") and not _IAM_ARN.fullmatch(person):
            raise ConfigurationError(
                f"{key} holds {shown(person)}; give the ARN of an IAM role or user, "
                "arn:aws:iam::123456789012:role/name (of an assumed role: the role's own)"
            )
        if _PATTERN.fullmatch(person):
            raise ConfigurationError(
                f"{key} holds {shown(person)}, which a domain takes for a pattern; name each "
                "backend role by itself"
            )
    return people


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise ConfigurationError(f"{key} is {shown(value)}; give a list")
    return tuple(sorted({_text(key, item) for item in value}))


def _fields(key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{key} is {shown(value)}; give an object of field name to type")
    check = _one_of(FIELD_TYPES)
    return {_text(key, name): check(f"{key}.{name}", kind) for name, kind in value.items()}


def _template(key: str, value: Any) -> TemplateOptions:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{key} is {shown(value)}; give an object")
    given = {name: option for name, option in value.items() if option is not None}
    return TemplateOptions(**_checked(given, _TEMPLATE, f"{key}."))


def _either(choices: tuple[str, ...]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


_TEMPLATE: Mapping[str, Callable[[str, Any], Any]] = {
    "shards": _whole(1, 100),
    "replicas": _whole(0, 10),
    "codec": _one_of(CODECS),
    "refresh_interval": _matching(_INTERVAL, "a duration such as 5s, or -1 for never"),
    "time_field": _text,
    "extra_fields": _one_of(EXTRA_FIELDS),
    "field_limit": _whole(100, 10_000),
    "fields": _fields,
}

_REQUEST: Mapping[str, Callable[[str, Any], Any]] = {
    "endpoint": _endpoint,
    "region": _matching(_REGION, "an AWS Region such as eu-west-1"),
    "index": _matching(
        _INDEX,
        'at most 80 lower-case letters, digits, ".", "_", "-", beginning with a letter or digit',
    ),
    "rotation": _one_of(ROTATIONS),
    "retention_days": _whole(1, 36_500),
    "writers": _writers,
    "readers": _people,
    "administrators": _people,
    "template": _template,
    "dashboards": _switch,
    "delete_indexes": _switch,
    "settle_seconds": _whole(0, 840),
    "function": _matching(_FUNCTION_ARN, "the ARN of a Lambda function"),
}
