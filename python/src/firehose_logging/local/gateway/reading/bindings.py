"""Where the members of a REST operation stand on the wire, by the API model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape

_LABEL = re.compile(r"(\{[^}]*\})")


@dataclass(frozen=True)
class Label:
    """A member in the path.

    Attributes:
        is_greedy: whether it may hold slashes.
    """

    name: str
    is_greedy: bool


@dataclass(frozen=True)
class Bindings:
    """What an operation reads of a request.

    Attributes:
        template: the path's literal pieces and labels in turn.
        path: one group for each label.
        literals: names and values that the query has to have.
        query: names of the members in the query, and whether each is a list.
        headers: names of the members in headers, in lower case.
        header_prefixes: of members that are many headers, in lower case.
        payload: the type of the member that is the whole body, else ``None``.
        has_body: whether any member stands in the body.
    """

    template: tuple[str | Label, ...]
    path: re.Pattern[str]
    literals: tuple[tuple[str, str], ...]
    query: Mapping[str, bool]
    headers: frozenset[str]
    header_prefixes: tuple[str, ...]
    payload: str | None
    has_body: bool


@lru_cache(maxsize=64)
def model_of(name: str) -> ServiceModel | None:
    """Return a service's API model by botocore's name; ``None`` where there is none."""
    try:
        return ServiceModel(Loader().load_service_model(name, "service-2"), name)
    except (UnknownServiceError, ValueError):
        return None


@lru_cache(maxsize=1024)
def bindings_of(model_name: str, operation: str) -> Bindings | None:
    """Return an operation's bindings; ``None`` where the model has no such operation."""
    model = model_of(model_name)
    if model is None or operation not in model.operation_names:
        return None
    found = model.operation_model(operation)
    path, _, query = found.http["requestUri"].partition("?")
    shape = found.input_shape
    by_location: dict[str, dict[str, str]] = {}
    for member, member_shape in (shape.members if shape else {}).items():
        location = member_shape.serialization.get("location", "body")
        name = member_shape.serialization.get("name", member)
        by_location.setdefault(location, {})[name] = member_shape.type_name
    payload = shape.serialization.get("payload") if shape else None
    body = by_location.get("body", {})
    template = tuple(_pieces(path))
    return Bindings(
        template=template,
        path=re.compile(_pattern(template), re.DOTALL),
        literals=tuple(parse_qsl(query, keep_blank_values=True)),
        query={n: kind == "list" for n, kind in by_location.get("querystring", {}).items()},
        headers=frozenset(name.lower() for name in by_location.get("header", ())),
        header_prefixes=tuple(name.lower() for name in by_location.get("headers", ())),
        payload=shape.members[payload].type_name if shape and payload else None,
        has_body=bool(body),
    )


@lru_cache(maxsize=1024)
def members_of(model_names: tuple[str, ...], operation: str) -> frozenset[str]:
    """Return what an operation's parameters are called on the wire, up to the first dot.

    Empty where no model has the operation. EC2 and flattened lists have names of their own: AWS
    Query protocol, "Serialization"; EC2 Query protocol, "Query key resolution".
    """
    for name in model_names:
        model = model_of(name)
        if model is not None and operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            members = shape.members.items() if shape else ()
            return frozenset(each for pair in members for each in _names_of(*pair))
    return frozenset()


def _names_of(member: str, shape: Shape) -> Iterator[str]:
    named = shape.serialization.get("name", member)
    yield from (member, named, named[:1].upper() + named[1:])
    if "queryName" in shape.serialization:
        yield shape.serialization["queryName"]
    if isinstance(shape, ListShape) and shape.serialization.get("flattened"):
        yield shape.member.serialization.get("name", named)


def _pieces(path: str) -> list[str | Label]:
    return [
        Label(piece[1:-1].removesuffix("+"), piece.endswith("+}")) if piece[0] == "{" else piece
        for piece in _LABEL.split(path)
        if piece
    ]


def _pattern(template: tuple[str | Label, ...]) -> str:
    pattern = ""
    for piece in template:
        if isinstance(piece, str):
            pattern += re.escape(piece)
        else:
            pattern += "(.+)" if piece.is_greedy else "([^/]+)"
    return pattern.rstrip("/") + "/?"
