"""Whom a request was sent to: pages of other sites reach this machine under names of their own.

A name of an attacker's may resolve to a loopback address ("DNS rebinding"); the browser then lets
the attacker's page talk to what listens there. The ``Host`` header still says the name.
"""

from __future__ import annotations

import ipaddress
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

NAMES_VARIABLE = "FIREHOSE_LOGGING_HOSTS"
"""Further names that the ports answer to, separated by commas; those of containers, for example."""

_PORT = re.compile(r":\d{1,5}")
_ONE_MACHINE = "localhost"
_S3 = re.compile(r"([a-z0-9.-]+\.)?s3[.-]([a-z0-9-]+\.)?amazonaws\.com")
_REFUSAL = (
    f"This port does not answer to the name that the request was sent to: use localhost, a name "
    f"below it, or an IP address, or list the name in {NAMES_VARIABLE}.\n"
).encode()
_KEPT = 1024


class KnownHosts:
    """Pass on what was sent to this machine, and refuse the rest with status 421.

    Known are ``localhost`` and every name below it, which nobody else can have (RFC 6761, 6.3);
    IP addresses, which no name stands behind; S3's own, whose names nobody else can bind; and
    what the user lists.

    Args:
        application: is asked only what is for it.
        listed: what the user lists, ``FIREHOSE_LOGGING_HOSTS`` by default.
    """

    def __init__(self, application: ASGIApp, listed: str | None = None) -> None:
        self._application = application
        names = os.environ.get(NAMES_VARIABLE, "") if listed is None else listed
        self._listed = frozenset(name.strip().lower() for name in names.split(",") if name.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and is_known(hosts[0].decode("latin-1"), self._listed):
            await self._application(scope, receive, send)
            return
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(_REFUSAL)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 421, "headers": headers})
        await send({"type": "http.response.body", "body": _REFUSAL})


@lru_cache(_KEPT)
def is_known(host: str, listed: frozenset[str] = frozenset()) -> bool:
    """Return whether a ``Host`` header's value can only mean this machine, or is listed."""
    if host.startswith("["):
        address, bracket, port = host[1:].partition("]")
        return bool(bracket) and _is_address(address, 6) and (not port or _is_port(port))
    name, colon, number = host.partition(":")
    if colon and not _is_port(colon + number):
        return False
    name = name.lower().removesuffix(".")
    return (
        name in listed
        or name == _ONE_MACHINE
        or name.endswith(f".{_ONE_MACHINE}")
        or _is_address(name, 4)
        or _S3.fullmatch(name) is not None
    )


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False
