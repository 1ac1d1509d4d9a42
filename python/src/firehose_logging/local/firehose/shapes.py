"""Validation of requests against botocore's model of the service, in AWS's words.

botocore itself checks required members, types and lower bounds only; patterns, enumerations and
upper bounds stand in the same model and are checked here (statements A2 to A4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

import botocore.loaders
import botocore.model

from firehose_logging.local.api import ApiError

_UNICODE_LETTERS = r"\p{L}\p{Z}\p{N}_"
_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "blob": (str,),
}


@lru_cache(maxsize=1)
def service_model() -> botocore.model.ServiceModel:
    """Return botocore's model of Firehose."""
    description = botocore.loaders.Loader().load_service_model("firehose", "service-2")
    return botocore.model.ServiceModel(description, "firehose")


def check_request(operation: str, request: object) -> dict[str, Any]:
    """Return the members that the operation knows, checked against its input shape.

    Raises:
        ApiError: ``SerializationException`` for a wrong type, ``ValidationException`` with every
            violated constraint for a wrong value.
    """
    shape = service_model().operation_model(operation).input_shape
    problems = list(_problems(shape, request, ""))
    if problems:
        raise validation_error(problems)
    return cast("dict[str, Any]", _known(shape, request))


def validation_error(problems: list[str]) -> ApiError:
    """Return a ``ValidationException`` that lists ``problems`` as AWS does."""
    noun = "error" if len(problems) == 1 else "errors"
    return ApiError(
        "ValidationException",
        f"{len(problems)} validation {noun} detected: {'; '.join(problems)}",
    )


def violation(value: object, path: str, constraint: str) -> str:
    """Return AWS's sentence for one violated constraint."""
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {constraint}"


def _problems(shape: Any, value: object, path: str) -> Iterator[str]:
    kind = shape.type_name
    expected = _TYPES.get(kind)
    if expected is None:
        return
    if not isinstance(value, expected) or (kind == "integer" and isinstance(value, bool)):
        where = f" at '{path}'" if path else ""
        raise ApiError("SerializationException", f"Expected a {kind}{where}, not {value!r:.80}")
    if isinstance(value, dict):
        yield from _structure_problems(shape, value, path)
    elif isinstance(value, list):
        yield from _length_problems(shape, len(value), value, path)
        for number, member in enumerate(value, 1):
            yield from _problems(shape.member, member, f"{path}.{number}.member")
    elif kind == "string":
        yield from _string_problems(shape, cast("str", value), path)
    elif kind == "integer":
        yield from _range_problems(shape, cast("int", value), path)


def _structure_problems(shape: Any, value: dict[str, object], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield violation(None, _join(path, name), "not be null")
    for name, member in value.items():
        known = shape.members.get(name)
        if known is not None and member is not None:
            yield from _problems(known, member, _join(path, name))


def _known(shape: Any, value: object) -> object:
    if isinstance(value, dict) and shape.type_name == "structure":
        return {
            name: _known(shape.members[name], member)
            for name, member in value.items()
            if name in shape.members and member is not None
        }
    if isinstance(value, list) and shape.type_name == "list":
        return [_known(shape.member, member) for member in value]
    return value


def _join(path: str, name: str) -> str:
    member = name[0].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _string_problems(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _length_problems(shape, len(value), value, path)
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield violation(value, path, f"satisfy regular expression pattern: {pattern}")
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield violation(value, path, f"satisfy enum value set: [{', '.join(allowed)}]")


def _length_problems(shape: Any, length: int, value: object, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and length < least:
        yield violation(value, path, f"have length greater than or equal to {least}")
    if most is not None and length > most:
        yield violation(value, path, f"have length less than or equal to {most}")


def _range_problems(shape: Any, value: int, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield violation(value, path, f"have value greater than or equal to {least}")
    if most is not None and value > most:
        yield violation(value, path, f"have value less than or equal to {most}")


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(_UNICODE_LETTERS, r"\w\s"))
