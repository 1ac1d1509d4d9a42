"""Read and check the handler's parameters."""

from __future__ import annotations

import logging
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Final, NamedTuple, TypeVar, cast

from firehose_logging.core.limits import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, STREAM_NAME_PATTERN

T = TypeVar("T")

ENVIRONMENT_PREFIX: Final = "FIREHOSE_LOGGING_"
MIB: Final = 1024 * 1024


class Settings(NamedTuple):
    """The parameters of a handler, checked."""

    stream_name: tuple[str, ...]
    level: int
    region_name: str | None
    endpoint_url: str | None
    session: Any
    flush_interval: float
    max_batch_records: int
    max_batch_bytes: int
    buffer_records: int
    buffer_bytes: int
    overflow: str
    block_timeout: float
    max_retry_age: float
    spool_dir: str | None
    spool_bytes: int
    spool: str
    fallback: str | logging.Handler | None
    on_drop: Callable[[str, int], object] | None


class _Default:
    """A parameter that was not given, so that the environment may set it."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)

    def __eq__(self, other: object) -> bool:
        return self.value == other

    def __hash__(self) -> int:
        return hash(self.value)


def default(value: T) -> T:
    """Mark ``value`` as the default of a parameter, which the environment outranks."""
    return cast("T", _Default(value))


class _Kind(NamedTuple):
    """How a parameter is read from text, what values it takes, and how that is said."""

    check: Callable[[Any], Any]
    allowed: str
    read: Callable[[str], Any] = str


def _number(low: float, high: float) -> _Kind:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError
        return float(value)

    return _Kind(check, f"a number of seconds from {low:g} to {high:g}", float)


def _count(high: int | None = None) -> _Kind:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError
        if value < 1 or (high is not None and value > high):
            raise ValueError
        return value

    allowed = "a whole number, 1 or more" if high is None else f"a whole number from 1 to {high}"
    return _Kind(check, allowed, int)


def _one_of(*words: str) -> _Kind:
    def check(value: Any) -> str:
        if value not in words:
            raise ValueError
        return cast("str", value)

    return _Kind(check, "one of " + ", ".join(repr(word) for word in words))


def _optional_text(allowed: str) -> _Kind:
    def check(value: Any) -> str | None:
        if value is not None and (not isinstance(value, str) or not value):
            raise TypeError
        return value

    return _Kind(check, allowed)


def _check_streams(value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value)
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(STREAM_NAME_PATTERN, name):
            raise ValueError
    if not names or len(set(names)) != len(names):
        raise ValueError
    return names


def _check_level(value: Any) -> int:
    probe = logging.Handler()
    probe.setLevel(value)
    return probe.level


def _check_path(value: Any) -> str | None:
    if value is None:
        return None
    path = os.fspath(value)
    if not isinstance(path, str) or not path:
        raise TypeError
    return path


def _check_fallback(value: Any) -> str | logging.Handler | None:
    if value is None or value == "stderr" or isinstance(value, logging.Handler):
        return cast("str | logging.Handler | None", value)
    raise ValueError


def _check_callable(value: Any) -> Any:
    if value is not None and not callable(value):
        raise TypeError
    return value


def _check_session(value: Any) -> Any:
    if value is None or hasattr(value, "client") or hasattr(value, "create_client"):
        return value
    raise TypeError


def _read_fallback(text: str) -> str | None:
    return None if text.lower() == "none" else text


def _read_callable(text: str) -> Any:
    module, _, name = text.rpartition(".")
    return getattr(import_module(module), name)


def _read_session(text: str) -> Any:
    import boto3

    return boto3.Session(profile_name=text)


_KINDS: Final[Mapping[str, _Kind]] = {
    "stream_name": _Kind(
        _check_streams,
        "a delivery stream's name, or several different ones: 1 to 64 letters, digits, '_', '.'"
        " and '-' (in the environment separated by commas)",
        lambda text: [name.strip() for name in text.split(",")],
    ),
    "level": _Kind(
        _check_level,
        "a level's name or number",
        lambda text: int(text) if text.isdigit() else text.upper(),
    ),
    "region_name": _optional_text("an AWS Region's name, or None"),
    "endpoint_url": _optional_text("a URL, or None"),
    "session": _Kind(
        _check_session,
        "a boto3 or botocore session, or None (in the environment a profile's name)",
        _read_session,
    ),
    "flush_interval": _number(0, 900),
    "max_batch_records": _count(MAX_BATCH_RECORDS),
    "max_batch_bytes": _count(MAX_BATCH_BYTES),
    "buffer_records": _count(),
    "buffer_bytes": _count(),
    "overflow": _one_of("drop_oldest", "drop_newest", "block"),
    "block_timeout": _number(0, 3600),
    "max_retry_age": _number(0, 7 * 86_400),
    "spool_dir": _Kind(_check_path, "a folder's path, or None"),
    "spool_bytes": _count(),
    "spool": _one_of("overflow", "always"),
    "fallback": _Kind(_check_fallback, "'stderr', None or a logging.Handler", _read_fallback),
    "on_drop": _Kind(
        _check_callable,
        "callable with a reason and a count, or None (in the environment its dotted name)",
        _read_callable,
    ),
}
_VARIABLES: Final = {"stream_name": "STREAM"}


def resolve(given: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Settle every parameter: as given, else as the environment says, else its default.

    Args:
        given: Values by parameter; those wrapped in ``default`` were not given.
        environment: Variables; a parameter's is ``FIREHOSE_LOGGING_`` and its name in capitals,
            but the stream's is ``FIREHOSE_LOGGING_STREAM``. Empty ones count as not set.

    Raises:
        ValueError: A value is not allowed; the message names it, its source and what is.
    """
    values = {name: _settle(name, given[name], environment) for name in _KINDS}
    if values["spool"] == "always" and values["spool_dir"] is None:
        raise ValueError("spool='always' needs a folder: set spool_dir")
    return Settings(**values)


def _settle(name: str, given: Any, environment: Mapping[str, str]) -> Any:
    kind = _KINDS[name]
    source = name
    text: str | None = None
    value = given
    if isinstance(given, _Default):
        variable = ENVIRONMENT_PREFIX + _VARIABLES.get(name, name.upper())
        text = environment.get(variable) or None
        if text is None:
            value = given.value
        else:
            source, value = variable, text
    try:
        return kind.check(value if text is None else kind.read(text))
    except Exception as error:
        raise ValueError(f"{source}={value!r} is not allowed: it must be {kind.allowed}") from error


def known_parameters() -> Iterable[str]:
    """Return the names of all parameters."""
    return _KINDS.keys()
