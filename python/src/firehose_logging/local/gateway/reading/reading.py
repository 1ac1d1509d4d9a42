"""One request in, one call out: its operation, and the form of it that has one meaning."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from botocore.loaders import Loader

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.body_limits import decompressed
from firehose_logging.local.gateway.errors import unsupported
from firehose_logging.local.gateway.moto_settings import PARTITION
from firehose_logging.local.gateway.operations import models_of, operation_of
from firehose_logging.local.gateway.reading import documents
from firehose_logging.local.gateway.reading.bindings import bindings_of, members_of, model_of
from firehose_logging.local.gateway.reading.forms import canonical_form, decoded
from firehose_logging.local.gateway.reading.headers import refuse_repeated, with_headers
from firehose_logging.local.gateway.reading.refusals import ambiguous
from firehose_logging.local.gateway.reading.rest import canonical_rest
from firehose_logging.local.gateway.reading.s3 import canonical_s3
from firehose_logging.local.gateway.request import Request

_HOST = re.compile(r"(localhost|[0-9.]+|\[[0-9a-f:]+\]|[\w-]+)(:\d+)?", re.ASCII | re.IGNORECASE)
_SIGNATURE = "X-Amz-"
_JSON = "application/x-amz-json-"


def read(request: Request, *, answered_here: bool) -> tuple[Request, str]:
    """Return a request in the one form that has one meaning, and the name of its operation.

    What is authorized and what is done are both read from that form.

    Args:
        request: as received, its signature verified, S3's in path style.
        answered_here: whether a service of our own answers, whose JSON stays as it is.

    Returns:
        An empty name, and the request as it is, where no model knows the request.

    Raises:
        ApiError: it can be read in two ways, or not at all; it is too large once
            decompressed; it is for another partition.
    """
    refuse_repeated(request)
    request = decompressed(request)
    _refuse_other_partitions(request)
    operation = operation_of(request)
    if not operation:
        return request, operation
    canonical = _canonical(request, operation, answered_here=answered_here)
    if _HOST.fullmatch(canonical.headers.get("host", "")):
        return canonical, operation
    return _with_host(canonical, "localhost"), operation


def _canonical(request: Request, operation: str, *, answered_here: bool) -> Request:
    names = models_of(request)
    if names == ("s3",):
        return canonical_s3(request, operation)
    models = [model for model in map(model_of, names) if model is not None]
    protocols = {each for model in models for each in model.metadata["protocols"]}
    if "x-amz-target" in request.headers and "json" in protocols:
        prefixes = {model.metadata.get("targetPrefix") for model in models}
        return _json(request, operation, prefixes, answered_here=answered_here)
    if protocols & {"query", "ec2"} and "smithy-protocol" not in request.headers:
        return canonical_form(request, members_of(names, operation))
    if not protocols & {"rest-json", "rest-xml"}:
        raise unsupported(request, operation)
    for name in names:
        bindings = bindings_of(name, operation)
        if bindings is not None and bindings.path.fullmatch(request.path):
            return canonical_rest(request, bindings, is_json="rest-json" in protocols)
    raise unsupported(request, operation)


def _json(
    request: Request, operation: str, prefixes: set[str | None], *, answered_here: bool
) -> Request:
    if request.headers["x-amz-target"].rpartition(".")[0] not in prefixes:
        raise unsupported(request, operation)
    if any(not name.startswith(_SIGNATURE) for name, _ in decoded(request, request.query)):
        raise ambiguous(
            request, "A call in JSON has its parameters in the body, none in the query."
        )
    changed = {"content-type": _json_type(request), "smithy-protocol": None}
    kept = with_headers(request, (), changed=changed)
    if answered_here:
        return replace(kept, query="", body=documents.checked(operation, request.body))
    members = members_of(models_of(request), operation)
    asked = documents.parsed(request.body)
    known = {name: value for name, value in asked.items() if name in members}
    return replace(kept, query="", body=documents.written(known))


def _json_type(request: Request) -> str:
    """Return the body's type, so that nobody behind takes it for a form."""
    kind = request.media_type
    return kind if kind.startswith(_JSON) else f"{_JSON}1.1"


def _refuse_other_partitions(request: Request) -> None:
    if not _regions().fullmatch(request.region):
        raise ApiError(
            "InvalidSignatureException",
            f"Credential should be scoped to a valid region, not '{request.region}'. ",
            403,
        )


@cache
def _regions() -> re.Pattern[str]:
    """Return what the names of Regions in the stack's partition look like."""
    partitions = Loader().load_data("partitions")["partitions"]
    regex = next(each["regionRegex"] for each in partitions if each["id"] == PARTITION)
    return re.compile(regex)


def _with_host(request: Request, host: str) -> Request:
    return replace(
        request,
        headers={**request.headers, "host": host},
        raw_headers=tuple(
            (name, host if name == "host" else value) for name, value in request.raw_headers
        ),
    )
