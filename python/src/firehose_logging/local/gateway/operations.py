"""Which operation a request means, by the API models that botocore carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from firehose_logging.local.gateway.request import Request

_MODELS_BY_SIGNING_NAME = {"es": ("opensearch", "es")}
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")


def operation_of(request: Request) -> str:
    """Name the operation that a request asks for.

    Returns:
        For example ``PutRecordBatch``; an empty string where no model knows the request.
    """
    target = request.headers.get("x-amz-target")
    if target is not None:
        return target.rpartition(".")[2]
    cbor = _CBOR_PATH.search(request.path)
    if cbor:
        return cbor.group(1)
    action = request.form.get("Action") or request.query_parameters.get("Action")
    if action:
        return action
    return _rest_operation(request)


@dataclass(frozen=True)
class _Route:
    operation: str
    method: str
    path: re.Pattern[str]
    literals: int
    query: frozenset[tuple[str, str]]
    query_names: frozenset[str]
    header_names: frozenset[str]

    def matches(self, method: str, path: str, query: dict[str, str], headers: set[str]) -> bool:
        """Tell whether everything that the model demands is there."""
        return (
            self.method == method
            and self.query_names <= query.keys()
            and self.header_names <= headers
            and all(query.get(name) == value for name, value in self.query)
            and self.path.fullmatch(path) is not None
        )

    @property
    def weight(self) -> tuple[int, int, int]:
        """How much of the request the route explains."""
        return (len(self.query) + len(self.query_names), len(self.header_names), self.literals)


def _rest_operation(request: Request) -> str:
    query = request.query_parameters
    headers = set(request.headers)
    matching = [
        route
        for route in _routes(request.service)
        if route.matches(request.method, request.path, query, headers)
    ]
    if not matching:
        return ""
    return max(matching, key=lambda route: route.weight).operation


@cache
def _routes(signing_name: str) -> tuple[_Route, ...]:
    loader = Loader()
    routes: list[_Route] = []
    for model_name in _MODELS_BY_SIGNING_NAME.get(signing_name, (signing_name,)):
        try:
            model = loader.load_service_model(model_name, "service-2")
        except (UnknownServiceError, ValueError):
            continue
        shapes = model["shapes"]
        for name, operation in model["operations"].items():
            routes.append(_route(name, operation, shapes))
    return tuple(routes)


def _route(name: str, operation: dict[str, Any], shapes: dict[str, Any]) -> _Route:
    path, _, query = operation["http"]["requestUri"].partition("?")
    shape = shapes.get(operation.get("input", {}).get("shape"), {})
    required = {
        location: frozenset(
            member["locationName"]
            for key, member in shape.get("members", {}).items()
            if key in shape.get("required", ()) and member.get("location") == location
        )
        for location in ("querystring", "header")
    }
    pattern = re.compile(_path_pattern(path))
    return _Route(
        operation=name,
        method=operation["http"]["method"],
        path=pattern,
        literals=len(re.sub(r"\{[^}]*\}", "", path)),
        query=frozenset(parse_qsl(query, keep_blank_values=True)),
        query_names=required["querystring"],
        header_names=frozenset(header.lower() for header in required["header"]),
    )


def _path_pattern(path: str) -> str:
    pattern = ""
    for piece in re.split(r"(\{[^}]*\})", path.rstrip("/")):
        if piece.endswith("+}"):
            pattern += ".+"
        elif piece.startswith("{"):
            pattern += "[^/]+"
        else:
            pattern += re.escape(piece)
    return pattern + "/?"
