"""Headers: none that counts may come twice, and only those that count go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from firehose_logging.local.gateway.reading.refusals import ambiguous
from firehose_logging.local.gateway.request import Request

# RFC 9110, 5.3: fields that are lists may be sent line by line.
_LISTS = frozenset(
    {
        *("accept", "accept-charset", "accept-encoding", "accept-language", "cache-control"),
        *("connection", "cookie", "forwarded", "pragma", "te", "trailer", "transfer-encoding"),
        *("upgrade", "via", "warning", "x-forwarded-for", "x-amzn-trace-id"),
    }
)
_METADATA = "x-amz-meta-"
_OF_THE_GATEWAY = frozenset(
    {
        *("accept", "authorization", "content-type", "date", "host", "smithy-protocol"),
        *("user-agent", "x-amz-date", "x-amz-security-token", "x-amz-target"),
        *("x-amz-source-account", "x-amz-source-arn", "x-forwarded-proto"),
    }
)
"""What the gateway itself goes by; whatever is in no model counts for nothing else."""


def refuse_repeated(request: Request) -> None:
    """Return if no header that has one value was sent twice.

    Raises:
        ApiError: one was.
    """
    counts = Counter(name for name, _ in request.raw_headers)
    for name, count in counts.items():
        if count > 1 and name not in _LISTS and not name.startswith(_METADATA):
            raise ambiguous(request, f"The header {name} was sent {count} times. Send it once.")


def with_headers(
    request: Request,
    known: Container[str],
    prefixes: Iterable[str] = (),
    changed: Mapping[str, str | None] | None = None,
) -> Request:
    """Return the request with the headers that its operation knows, and no others.

    Args:
        request: as received.
        known: names in lower case.
        prefixes: of names that are known, too.
        changed: new values by name, ``None`` to leave one out.
    """
    starts = tuple(prefixes)
    new = changed or {}
    kept = [
        (name, value)
        for name, value in request.raw_headers
        if name not in new
        and (name in _OF_THE_GATEWAY or name in known or (starts and name.startswith(starts)))
    ]
    kept += [(name, value) for name, value in new.items() if value is not None]
    flat: dict[str, str] = {}
    for name, value in kept:
        flat[name] = f"{flat[name]},{value}" if name in flat else value
    return replace(request, headers=flat, raw_headers=tuple(kept))
