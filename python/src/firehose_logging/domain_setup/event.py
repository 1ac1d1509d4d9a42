"""Read the function's event, naming the key that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from firehose_logging.domain_setup.request import (
    ACTIONS,
    CODECS,
    EXTRA_FIELDS,
    FIELD_TYPES,
    ROTATIONS,
    SetupCall,
    SetupRequest,
    TemplateOptions,
)

_INDEX = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_IAM_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:(role|user)/[^*?\s]+")
_INTERVAL = re.compile(r"-1|[1-9]\d*(ms|s|m)")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

# Known to the event, but not part of what the domain is to hold: Terraform's own key, and the
# hash of the code, whose change makes Terraform call the function again.
_BESIDES = frozenset({"tf", "code_sha256"})


class EventError(ValueError):
    """Say in one sentence which key of the event is wrong and what it may be."""


def parse_event(event: object) -> SetupCall:
    """Return the call that an event makes.

    The event is a JSON object with ``endpoint``, ``region`` and ``index``, and optionally the
    other attributes of ``SetupRequest``; ``tf`` is what ``aws_lambda_invocation`` adds with
    ``lifecycle_scope = "CRUD"``: ``{"action": …, "prev_input": …}``.

    Raises:
        EventError: a key is missing, unknown or of a wrong value.
    """
    if not isinstance(event, Mapping):
        raise EventError(f"the event is {_shown(event)}; give a JSON object with endpoint, …")
    lifecycle = event.get("tf") or {}
    if not isinstance(lifecycle, Mapping):
        raise EventError(f"tf is {_shown(lifecycle)}; Terraform gives an object with action")
    action = lifecycle.get("action", "create")
    if action not in ACTIONS:
        raise EventError(f"tf.action is {_shown(action)}; use {_either(ACTIONS)}")
    previous = lifecycle.get("prev_input")
    return SetupCall(
        action=action,
        request=parse_request(event),
        previous=parse_request(previous) if action == "update" and previous else None,
    )


def parse_request(event: Mapping[str, Any]) -> SetupRequest:
    """Return the request of an event, or of Terraform's previous input.

    Raises:
        EventError: a key is missing, unknown or of a wrong value.
    """
    given = {
        key: value for key, value in event.items() if key not in _BESIDES and value is not None
    }
    for key in ("endpoint", "region", "index"):
        if key not in given:
            raise EventError(f"{key} is missing; the event needs endpoint, region and index")
    return SetupRequest(**_checked(given, _REQUEST, ""))


def _checked(
    given: Mapping[str, Any], checks: Mapping[str, Callable[[str, Any], Any]], prefix: str
) -> dict[str, Any]:
    for key in given:
        if key not in checks:
            raise EventError(f"{prefix}{key} is unknown; known are {', '.join(sorted(checks))}")
    return {key: checks[key](f"{prefix}{key}", value) for key, value in given.items()}


def _endpoint(key: str, value: Any) -> str:
    text = _text(key, value).rstrip("/")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        usable = bool(parts.hostname) and parts.port != 0 and not parts.path and not parts.query
    except ValueError:
        usable = False
    if not usable:
        raise EventError(f"{key} is {_shown(value)}; give the domain's host, without a path")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise EventError(f"{key} is {_shown(value)}; use https (http only to this machine itself)")
    return text


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise EventError(f"{key} is {_shown(value)}; give a text that is not empty")
    return value.strip()


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str, Any], str]:
    def check(key: str, value: Any) -> str:
        text = _text(key, value)
        if not pattern.fullmatch(text):
            raise EventError(f"{key} is {_shown(value)}; give {what}")
        return text

    return check


def _one_of(choices: tuple[str, ...]) -> Callable[[str, Any], str]:
    def check(key: str, value: Any) -> str:
        if value not in choices:
            raise EventError(f"{key} is {_shown(value)}; use {_either(choices)}")
        return str(value)

    return check


def _whole(low: int, high: int) -> Callable[[str, Any], int]:
    def check(key: str, value: Any) -> int:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not whole or isinstance(value, bool):
            raise EventError(f"{key} is {_shown(value)}; give a whole number")
        if not low <= value <= high:
            raise EventError(f"{key} is {_shown(value)}; give {low} to {high}")
        return int(value)

    return check


def _switch(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise EventError(f"{key} is {_shown(value)}; use true or false")
    return value


def _writers(key: str, value: Any) -> tuple[str, ...]:
    arns = _texts(key, value)
    for arn in arns:
        if not _IAM_ARN.fullmatch(arn):
            raise EventError(
                f"{key} holds {_shown(arn)}; give the ARN of an IAM role or user, "
                "arn:aws:iam::123456789012:role/name (of an assumed role: the role's own)"
            )
    return arns


def _people(key: str, value: Any) -> tuple[str, ...]:
    people = _texts(key, value)
    for person in people:
        if person.startswith("arn:") and not _IAM_ARN.fullmatch(person):
            raise EventError(
                f"{key} holds {_shown(person)}; give the ARN of an IAM role or user, "
                "arn:aws:iam::123456789012:role/name (of an assumed role: the role's own)"
            )
    return people


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        raise EventError(f"{key} is {_shown(value)}; give a list")
    return tuple(sorted({_text(key, item) for item in value}))


def _fields(key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise EventError(f"{key} is {_shown(value)}; give an object of field name to type")
    check = _one_of(FIELD_TYPES)
    return {_text(key, name): check(f"{key}.{name}", kind) for name, kind in value.items()}


def _template(key: str, value: Any) -> TemplateOptions:
    if not isinstance(value, Mapping):
        raise EventError(f"{key} is {_shown(value)}; give an object")
    given = {name: option for name, option in value.items() if option is not None}
    return TemplateOptions(**_checked(given, _TEMPLATE, f"{key}."))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


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
}
