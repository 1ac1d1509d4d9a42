"""REST with JSON: path, query, headers and body, as far as the operation's model reads them."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, unquote, urlencode

from firehose_logging.local.gateway.reading import documents
from firehose_logging.local.gateway.reading.bindings import Bindings, Label
from firehose_logging.local.gateway.reading.forms import decoded
from firehose_logging.local.gateway.reading.headers import with_headers
from firehose_logging.local.gateway.reading.refusals import ambiguous
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.iam.parameters import REST_MODELS

_SAFE = "-._~"
_STRUCTURES = frozenset({"structure", "map", "list", "document"})
_ENCODED_ONCE_MORE = re.compile(r"%[0-9A-Fa-f]{2}")
_RESOLVED = frozenset({"", ".", ".."})
"""Segments of a path that are gone where it is resolved."""


def canonical_rest(request: Request, bindings: Bindings, *, is_json: bool) -> Request:
    """Return the call with nothing in it but what its operation reads.

    Args:
        request: as received.
        bindings: of its operation.
        is_json: whether structures in the body are JSON; of XML the body stays as it is.

    Raises:
        ApiError: a parameter stands there twice; the path could be decoded or resolved to
            another one; the body is no JSON object.
    """
    query = urlencode(known_query(request, bindings))
    body, kind = _body(request, bindings, is_json=is_json)
    kept = with_headers(
        request,
        bindings.headers,
        bindings.header_prefixes,
        {"content-type": kind, "x-amz-target": None},
    )
    return replace(kept, path=_path(request, bindings), query=query, body=body, body_sha256=None)


def known_query(request: Request, bindings: Bindings) -> list[tuple[str, str]]:
    """Return the pairs of the query that the operation reads.

    Raises:
        ApiError: a member that is no list stands there twice.
    """
    pairs = decoded(request, request.query)
    names = [name for name, _ in pairs]
    literals = {name for name, _ in bindings.literals}
    known = []
    for name, value in pairs:
        if name not in bindings.query and name not in literals:
            continue
        if names.count(name) > 1 and not bindings.query.get(name, False):
            raise ambiguous(request, f"The parameter {name} was sent twice. Send it once.")
        known.append((name, value))
    return known


def _path(request: Request, bindings: Bindings) -> str:
    found = bindings.path.fullmatch(request.path)
    if found is None:
        raise ambiguous(request, f"The path {request.path} can't be read.")
    values = iter(found.groups())
    return "".join(
        piece if isinstance(piece, str) else _label(request, piece, next(values))
        for piece in bindings.template
    )


def _label(request: Request, label: Label, raw: str) -> str:
    try:
        value = unquote(raw, errors="strict")
    except UnicodeDecodeError as error:
        raise ambiguous(request, f"{label.name} in the path is not UTF-8: {error}.") from None
    segments = value.split("/")
    is_name = request.service in REST_MODELS and not label.is_greedy
    if (
        not _RESOLVED.isdisjoint(segments)
        or (is_name and len(segments) > 1)
        or _ENCODED_ONCE_MORE.search(value)
    ):
        raise ambiguous(request, f"{label.name} in the path can be read in two ways: {raw}.")
    return quote(value, safe=f"/{_SAFE}" if label.is_greedy else _SAFE)


def _body(request: Request, bindings: Bindings, *, is_json: bool) -> tuple[bytes, str | None]:
    """Return the body and its type; none where the operation reads none."""
    if bindings.payload is None and not bindings.has_body:
        return b"", None
    if bindings.payload is not None and bindings.payload not in _STRUCTURES:
        return request.body, "application/octet-stream"
    if not is_json:
        return request.body, "application/xml"
    if not request.body:
        return b"", None
    return documents.written(documents.parsed(request.body)), "application/json"
