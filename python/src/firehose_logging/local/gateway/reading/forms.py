"""The query protocol: names and values in the query or in a form, each name once."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from firehose_logging.local.gateway.reading.headers import with_headers
from firehose_logging.local.gateway.reading.refusals import ambiguous
from firehose_logging.local.gateway.request import FORM, Request

_SIGNATURE = "X-Amz-"


_PROTOCOL = frozenset({"Action", "Version"})


def canonical_form(request: Request, members: Container[str]) -> Request:
    """Return the call as a form in the body, wherever its parameters stood.

    Args:
        request: as received.
        members: names of the operation's parameters; no other goes on, lest what is allowed hang
            on one that the operation does not read.

    Raises:
        ApiError: a name stands there twice, in whatever letters; the body is no form.
    """
    if request.body and request.media_type != FORM:
        raise ambiguous(request, f"The body of a call to {request.service} is of type {FORM}.")
    body = "" if request.media_type != FORM else _text(request, request.body)
    pairs = [
        *(pair for pair in decoded(request, request.query) if not pair[0].startswith(_SIGNATURE)),
        *decoded(request, body),
    ]
    refuse_repeated_names(request, (name for name, _ in pairs))
    known = [
        (name, value)
        for name, value in pairs
        if name in _PROTOCOL or name.partition(".")[0] in members
    ]
    changed = {"content-type": f"{FORM}; charset=utf-8", "x-amz-target": None}
    written = with_headers(request, (), changed=changed)
    return replace(
        written, method="POST", query="", body=urlencode(known).encode(), body_sha256=None
    )


def decoded(request: Request, text: str) -> list[tuple[str, str]]:
    """Return names and values of a query; raise ``ApiError`` where it is not UTF-8."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise ambiguous(request, f"The parameters can't be read: {error}.") from None


def refuse_repeated_names(request: Request, names: Iterable[str]) -> None:
    """Raise ``ApiError`` where two names are the same but for the case of their letters."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise ambiguous(request, f"The parameter {name} was sent twice. Send it once.")
        seen.add(name.lower())


def _text(request: Request, body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ambiguous(request, f"The form is not UTF-8: {error}.") from None
