"""S3: bucket and key, one subresource at most, the content without its chunks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from urllib.parse import parse_qsl, quote, unquote
from xml.etree import ElementTree

from firehose_logging.local.api import ApiError
from firehose_logging.local.gateway.reading.bindings import Bindings, bindings_of, model_of
from firehose_logging.local.gateway.reading.forms import decoded
from firehose_logging.local.gateway.reading.headers import with_headers
from firehose_logging.local.gateway.reading.refusals import ambiguous
from firehose_logging.local.gateway.reading.rest import known_query
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.iam import chunked

# S3 User Guide, "General purpose bucket naming rules"; capitals and underscores are of old ones.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SAFE = "/-._~"
_HOISTED = "x-amz-"
_COPY_SOURCE = "x-amz-copy-source"
_CONDITIONS = frozenset({"origin", "range"})
_OF_AN_OBJECT = frozenset({"partNumber", "uploadId", "versionId"})
_DOCUMENT_BYTES = 4 * 1024 * 1024
"""A deletion of 1000 keys of 1024 bytes, in XML, and more; as a tree it takes thirty times that."""
_CHECKSUM = "x-amz-checksum-"
_OF_CHUNKS = ("x-amz-trailer", "x-amz-decoded-content-length")


def canonical_s3(request: Request, operation: str) -> Request:
    """Return a call to S3 in path style, with nothing in it but what its operation reads.

    Raises:
        ApiError: ``InvalidBucketName``; ``InvalidArgument`` for two subresources, a parameter
            that stands there twice, a source of a copy that is no object's.
    """
    bindings = bindings_of("s3", operation)
    if bindings is None:
        raise ambiguous(request, f"S3 has no operation {operation}.")
    _refuse_other_subresources(request, bindings)
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in known_query(request, bindings)
    )
    changed: dict[str, str | None] = {"x-amz-target": None, **_hoisted(request, bindings)}
    if _COPY_SOURCE in bindings.headers and _COPY_SOURCE in request.headers:
        changed[_COPY_SOURCE] = _source(request)
    body = _content(request, changed)
    if bindings.payload == "structure":
        if len(body) > _DOCUMENT_BYTES:
            raise ApiError("MaxMessageLengthExceeded", "Your request was too big.")
        changed["content-type"] = "application/xml"
        body = _keys_alone(body) if operation == "DeleteObjects" else body
    elif bindings.payload is None:
        body = b""
    kept = with_headers(request, bindings.headers | _CONDITIONS, bindings.header_prefixes, changed)
    return replace(kept, path=_path(request), query=query, body=body, body_sha256=None)


def _path(request: Request) -> str:
    bucket, slash, key = request.path[1:].partition("/")
    try:
        bucket, key = unquote(bucket, errors="strict"), unquote(key, errors="strict")
    except UnicodeDecodeError as error:
        raise ApiError("InvalidURI", f"Couldn't parse the specified URI: {error}.") from None
    if (bucket or key) and not _BUCKET.fullmatch(bucket):
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.")
    return f"/{bucket}{slash if key else ''}{quote(key, safe=_SAFE)}"


def _refuse_other_subresources(request: Request, bindings: Bindings) -> None:
    own = {name for name, _ in bindings.literals} | set(bindings.query)
    others = {name for name, _ in decoded(request, request.query)} & _subresources() - own
    if others:
        named = ", ".join(sorted(others | {name for name, _ in bindings.literals}))
        raise ambiguous(request, f"Conflicting query string parameters: {named}")


@cache
def _subresources() -> frozenset[str]:
    """Return the names in a query that make S3's operations what they are."""
    model = model_of("s3")
    names = model.operation_names if model is not None else ()
    uris = (model.operation_model(name).http["requestUri"] for name in names) if model else ()
    pairs = (parse_qsl(uri.partition("?")[2], keep_blank_values=True) for uri in uris)
    return frozenset(name for found in pairs for name, _ in found) - {"x-id"} | _OF_AN_OBJECT


def _hoisted(request: Request, bindings: Bindings) -> Mapping[str, str]:
    """Return the headers that stand in a presigned query.

    S3 API Reference, "Authenticating Requests: Using Query Parameters": they count as headers.
    """
    found: dict[str, str] = {}
    for name, value in decoded(request, request.query):
        header = name.lower()
        known = header in bindings.headers or header.startswith(bindings.header_prefixes or "\0")
        if not header.startswith(_HOISTED) or not known or name in bindings.query:
            continue
        if header in request.headers or header in found:
            raise ambiguous(request, f"{header} was sent twice. Send it once.")
        found[header] = value
    return found


def _source(request: Request) -> str:
    """Return the source of a copy, encoded once."""
    path, _, query = request.headers[_COPY_SOURCE].partition("?")
    try:
        bucket, _, key = unquote(path, errors="strict").removeprefix("/").partition("/")
    except UnicodeDecodeError as error:
        raise ambiguous(request, f"The source of the copy is not UTF-8: {error}.") from None
    asked = decoded(request, query)
    if (
        not _BUCKET.fullmatch(bucket)
        or not key
        or [name for name, _ in asked]
        not in (
            [],
            ["versionId"],
        )
    ):
        raise ambiguous(request, "Copy Source must mention the source bucket and key: bucket/key")
    version = "".join(f"?versionId={quote(value, safe='')}" for _, value in asked)
    return f"/{bucket}/{quote(key, safe=_SAFE)}{version}"


def _content(request: Request, changed: dict[str, str | None]) -> bytes:
    """Return the content without its chunks, whose signatures were verified before."""
    if request.headers.get("x-amz-content-sha256") not in chunked.STREAMING:
        return request.body
    try:
        body = chunked.take_apart(request.body)
    except chunked.ChunkError as error:
        raise ApiError("IncompleteBody", str(error)) from None
    encodings = [each.strip() for each in request.headers.get("content-encoding", "").split(",")]
    left = ",".join(each for each in encodings if each and each != "aws-chunked")
    changed["content-encoding"] = left or None
    changed["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    changed.update(dict.fromkeys(_OF_CHUNKS))
    for line in body.trailers:
        name, _, value = line.partition(":")
        if name.startswith(_CHECKSUM):
            changed[name] = value
    return body.data


def _keys_alone(body: bytes) -> bytes:
    """Return the document of a deletion with its keys and their versions only.

    Raises:
        ApiError: ``MalformedXML``; ``NotImplemented`` for a key that moto would trim.
    """
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - expat refuses entity bombs
    except ElementTree.ParseError as error:
        message = f"The XML you provided was not well-formed: {error}"
        raise ApiError("MalformedXML", message) from None
    document = ElementTree.Element("Delete")
    for element in root:
        if _name(element) == "Object":
            _copy(element, ElementTree.SubElement(document, "Object"), ("Key", "VersionId"))
    _copy(root, document, ("Quiet",))
    written: bytes = ElementTree.tostring(document, encoding="utf-8")
    return written


def _copy(element: ElementTree.Element, into: ElementTree.Element, names: tuple[str, ...]) -> None:
    for name in names:
        found = [child for child in element if _name(child) == name]
        if len(found) > 1 or any(len(child) for child in found):
            raise ApiError("MalformedXML", f"There is more than one {name} in {element.tag}.")
        for child in found:
            text = child.text or ""
            if text != text.strip():
                message = f"{name} {text!r} with white space around it is not supported here."
                raise ApiError("NotImplemented", message, 501)
            ElementTree.SubElement(into, name).text = text


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
