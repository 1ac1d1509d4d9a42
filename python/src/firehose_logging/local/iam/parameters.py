"""A call's parameters by the names of its API model, as far as permissions hang on them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

import orjson
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.parsers import create_parser

from firehose_logging.local.iam.needs import Parameters

QUERY_SERVICES = frozenset({"ec2", "iam", "sns", "sts"})
REST_MODELS = {"es": ("opensearch", "es"), "lambda": ("lambda",), "s3": ("s3", "s3control")}
_CBOR_MODELS = {"monitoring": "cloudwatch"}
_LIST_INDEX = re.compile(r"(?:\.member|\.entry|Set)?\.(\d+)(?=\.|$)")
_BUCKET_HOST = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9.-]*?)\."
    r"(?:s3[.-](?:[\w-]+\.)?(?:amazonaws\.com|localhost)|s3\.localhost|localhost)(?::\d+)?"
)


@dataclass(frozen=True)
class HttpParts:
    """The parts of a request that parameters stand in.

    Attributes:
        path: raw; S3's in path style.
        query: raw.
        headers: names in lower case.
    """

    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def parameters_of(service: str, operation: str, request: HttpParts) -> Parameters:
    """Return what a request says, by the protocol of its service.

    Args:
        service: the signing name.
        operation: of the API model.
        request: as received.

    Returns:
        Nested mappings and lists of JSON and CBOR; of the query protocol the members with
        strings or lists; of REST what stands in path, query, headers and the top of a JSON body.
        What was sent more than once is a list. Empty where the request can't be read: its
        service will say so.
    """
    if service in REST_MODELS:
        return _rest_parameters(service, operation, request)
    if service not in QUERY_SERVICES:
        if "x-amz-target" in request.headers:
            return _json_object(request.body)
        if "smithy-protocol" in request.headers:
            return _cbor_parameters(service, operation, request.body)
    return form_parameters([*_pairs(request.query), *_form(request.headers, request.body)])


def media_type_of(headers: Mapping[str, str]) -> str:
    """Return the type of a body in lower case and without parameters; RFC 9110, 8.3.1."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def path_style(host: str, path: str) -> str:
    """Return the path-style path of a request to S3, whose bucket may stand in its host."""
    in_host = _BUCKET_HOST.fullmatch(host)
    return f"/{in_host['bucket']}{path}" if in_host and in_host["bucket"] != "s3" else path


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, errors="replace")


def _form(headers: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    if media_type_of(headers) != "application/x-www-form-urlencoded":
        return []
    return _pairs(body.decode("utf-8", "replace"))


def form_parameters(pairs: list[tuple[str, str]]) -> Parameters:
    """Return the members of a query protocol's form; ``A.member.1`` and ``A.1`` are lists of A.

    Of structures within lists each member makes an entry of its own.
    """
    values: list[tuple[str, Any]] = []
    lists: dict[str, list[Any]] = {}
    for name, value in pairs:
        head, *rest = _LIST_INDEX.split(name, maxsplit=1)
        if not rest:
            values.append((head, value))
        else:
            member = rest[1].removeprefix(".")
            lists.setdefault(head, []).append({member: value} if member else value)
    return {**lists, **_merged(values)}


def _merged(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Keep all values of a name, lest this room read another one than the service does."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif found[name] != value:
            earlier = found[name]
            found[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
    return found


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        value = _lenient_json(body)
    return value if isinstance(value, dict) else {}


def _lenient_json(body: bytes) -> Any:
    """Read what the services behind may still take for JSON: NaN, other encodings."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _cbor_parameters(service: str, operation: str, body: bytes) -> Parameters:
    model = _model(_CBOR_MODELS.get(service, service))
    try:
        shape = model.operation_model(operation).input_shape if model else None
        if shape is None:
            return {}
        answer = {"status_code": 200, "headers": {}, "body": body}
        parsed = create_parser("smithy-rpc-v2-cbor").parse(answer, shape)
    except OperationNotFoundError:
        return {}
    except Exception:  # noqa: BLE001 - the parser trusts its servers; a caller's bytes may be any
        return {}
    return {name: value for name, value in parsed.items() if name != "ResponseMetadata"}


@lru_cache(maxsize=32)
def _model(name: str) -> ServiceModel | None:
    try:
        return ServiceModel(Loader().load_service_model(name, "service-2"), name)
    except (UnknownServiceError, ValueError):
        return None


def _rest_parameters(service: str, operation: str, request: HttpParts) -> Parameters:
    found: dict[str, Any] = {}
    values = _merged(_pairs(request.query))
    for model_name in REST_MODELS[service]:
        located = _located(model_name, operation)
        matched = located.path.fullmatch(request.path) if located else None
        if located is None or matched is None:
            continue
        if located.in_body:
            body = _json_object(request.body)
            found.update((name, body[name]) for name in located.in_body if name in body)
        found.update(
            (located.labels[int(group[1:])], unquote(value))
            for group, value in matched.groupdict().items()
        )
        found.update((m, values[n]) for n, m in located.query.items() if n in values)
        found.update(
            (m, request.headers[n]) for n, m in located.headers.items() if n in request.headers
        )
        break
    if operation == "DeleteObjects" and service == "s3":
        deleted = list(_keys_to_delete(request.body))
        found["Keys"] = [key for key, version in deleted if not version]
        found["VersionedKeys"] = [key for key, version in deleted if version]
    return found


class _Located:
    """Where a REST operation's members stand, by their names on the wire."""

    def __init__(self, model: ServiceModel, operation: str) -> None:
        found = model.operation_model(operation)
        template = found.http["requestUri"].partition("?")[0].rstrip("/")
        self.labels: list[str] = []
        by_location: dict[str, dict[str, str]] = {
            "uri": {},
            "querystring": {},
            "header": {},
            "headers": {},
            "body": {},
        }
        members = found.input_shape.members if found.input_shape else {}
        for member, shape in members.items():
            location = shape.serialization.get("location", "body")
            by_location[location][shape.serialization.get("name", member)] = member
        is_json = model.metadata["protocol"] == "rest-json"
        self.in_body = frozenset(by_location["body"]) if is_json else frozenset()
        self.query = by_location["querystring"]
        self.headers = {name.lower(): member for name, member in by_location["header"].items()}
        self.path = re.compile(self._pattern(template, by_location["uri"]), re.DOTALL)

    def _pattern(self, template: str, members: Mapping[str, str]) -> str:
        parts = []
        for piece in re.split(r"(\{[^}]*\})", template):
            if not piece.startswith("{"):
                parts.append(re.escape(piece))
                continue
            name = piece[1:-1]
            label = name.removesuffix("+")
            parts.append(f"(?P<g{len(self.labels)}>{'.+' if name != label else '[^/]+'})")
            self.labels.append(members.get(label, label))
        return "".join(parts) + "/?"


@lru_cache(maxsize=512)
def _located(model_name: str, operation: str) -> _Located | None:
    model = _model(model_name)
    if model is None or operation not in model.operation_names:
        return None
    return _Located(model, operation)


def _keys_to_delete(body: bytes) -> Iterator[tuple[str, str | None]]:
    """Yield keys and their versions."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - expat refuses entity bombs
    except ElementTree.ParseError:
        return
    for element in root.iter():
        texts = {child.tag.rpartition("}")[2]: child.text for child in element}
        if texts.get("Key"):
            yield str(texts["Key"]), texts.get("VersionId")
