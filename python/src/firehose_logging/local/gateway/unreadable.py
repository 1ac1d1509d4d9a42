"""Bodies that can't be read: refused before moto, which takes some of them for empty ones."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree

import orjson
from botocore.loaders import Loader

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.errors import Protocol, protocol_of
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.iam.parameters import QUERY_SERVICES, REST_MODELS


def refuse_unreadable(request: Request, operation: str) -> None:
    """Return if the body is what the protocol of the request's service calls for.

    Raises:
        ApiError: ``SerializationException`` where it is no JSON object; ``MalformedXML`` or
            ``MissingRequestBodyError`` where S3 gets no document.
    """
    if request.service == "s3":
        _refuse_unless_xml(request.body, operation)
    elif _is_json(request):
        _refuse_unless_json_object(_content(request))


def _is_json(request: Request) -> bool:
    protocol = protocol_of(request)
    if protocol is Protocol.JSON:
        return request.service not in QUERY_SERVICES and request.service not in REST_MODELS
    content_type = request.headers.get("content-type", "")
    return (
        protocol is Protocol.REST_JSON
        and request.body != b""
        and content_type.startswith("application/json")
    )


def _content(request: Request) -> bytes:
    """Return the body as it was before an SDK compressed it, as it does for PutMetricData."""
    if request.headers.get("content-encoding") != "gzip":
        return request.body
    try:
        return gzip.decompress(request.body)
    except (OSError, EOFError, zlib.error) as error:
        message = f"The request body is not valid gzip: {error}"
        raise ApiError("SerializationException", message) from error


def _refuse_unless_json_object(body: bytes) -> None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = _lenient_json(body)
    if not isinstance(document, dict):
        raise ApiError("SerializationException", "The request body is not a JSON object")


def _lenient_json(body: bytes) -> Any:
    """Read what else moto takes for JSON: NaN, other encodings."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(
            "SerializationException", f"The request body is not valid JSON: {error}"
        ) from error


def _refuse_unless_xml(body: bytes, operation: str) -> None:
    required = _documents().get(operation)
    if required is None:
        return
    if not body:
        if required:
            raise ApiError("MissingRequestBodyError", "Request Body is empty", 400)
        return
    try:
        ElementTree.fromstring(body)  # noqa: S314 - expat refuses entity bombs
    except ElementTree.ParseError as error:
        message = f"The XML you provided was not well-formed: {error}"
        raise ApiError("MalformedXML", message, 400) from error


@cache
def _documents() -> Mapping[str, bool]:
    """Return S3's operations that take a document, and whether they need it."""
    model = Loader().load_service_model("s3", "service-2")
    shapes = model["shapes"]
    found = {}
    for name, operation in model["operations"].items():
        shape = shapes.get(operation.get("input", {}).get("shape"), {})
        payload = shape.get("payload")
        if payload and shapes[shape["members"][payload]["shape"]]["type"] == "structure":
            found[name] = payload in shape.get("required", ())
    return found
