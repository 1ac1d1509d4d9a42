"""Bodies that can't be read: refused before moto, which takes some of them for empty ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from xml.etree import ElementTree

from botocore.loaders import Loader

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.request import Request


def refuse_unreadable(request: Request, operation: str) -> None:
    """Return if the body of a call to S3 is what its operation calls for.

    Raises:
        ApiError: ``MalformedXML`` or ``MissingRequestBodyError`` where S3 gets no document.
    """
    if request.service == "s3":
        _refuse_unless_xml(request.body, operation)


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
