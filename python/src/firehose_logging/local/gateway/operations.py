"""Which operation a request means, by the API models that botocore carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.iam.parameters import QUERY_SERVICES, REST_MODELS

_MODELS_BY_SIGNING_NAME = {
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticloadbalancing": ("elbv2", "elb"),
    "email": ("ses",),
    "es": ("opensearch", "es"),
    "monitoring": ("cloudwatch",),
    "ses": ("ses", "sesv2"),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
_S3_CONTROL = "/v20180820/"
"""Where S3's second API begins, which is signed as S3; no bucket of this name can be reached."""
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")


def models_of(request: Request) -> tuple[str, ...]:
    """Return botocore's names of the models that a request may belong to."""
    if request.service == "s3" and request.path.startswith(_S3_CONTROL):
        return ("s3control",)
    return _MODELS_BY_SIGNING_NAME.get(request.service, (request.service,))


def operation_of(request: Request) -> str:
    """Name the operation that a request asks for.

    Returns:
        For example ``PutRecordBatch``; an empty string where no model knows the request.

    Raises:
        ApiError: the request names more than one operation, so that what is allowed and what is
            done could differ.
    """
    named = set(_named_operations(request))
    if len(named) > 1 or (named and request.service in REST_MODELS):
        raise ApiError(
            "MalformedQueryString",
            f"The request names more than one operation: {', '.join(sorted(named))}. Name one.",
        )
    return named.pop() if named else _rest_operation(request)


def _named_operations(request: Request) -> Iterator[str]:
    has_form = request.service != "s3" and request.form
    for text in (request.query, request.body.decode("latin-1") if has_form else ""):
        yield from (value for name, value in parse_qsl(text) if name == "Action")
    if request.service in QUERY_SERVICES or request.service in REST_MODELS:
        return
    target = request.headers.get("x-amz-target")
    if target is not None:
        yield target.rpartition(".")[2]
    cbor = _CBOR_PATH.search(request.path)
    if cbor:
        yield cbor.group(1)


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
        for route in _routes(models_of(request))
        if route.matches(request.method, request.path, query, headers)
    ]
    if not matching:
        return ""
    return max(matching, key=lambda route: route.weight).operation


@cache
def _routes(models: tuple[str, ...]) -> tuple[_Route, ...]:
    loader = Loader()
    routes: list[_Route] = []
    for model_name in models:
        try:
            model = loader.load_service_model(model_name, "service-2")
        except (UnknownServiceError, ValueError):
            continue
        if not model["metadata"]["protocol"].startswith("rest-"):
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
