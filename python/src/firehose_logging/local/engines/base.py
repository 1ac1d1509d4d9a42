"""What the local stack asks of a search engine, whichever one runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class EngineError(Exception):
    """Say in one line why an engine can't run, and what would mend it."""


@dataclass(frozen=True)
class EngineInfo:
    """What runs, in words that are printed to the user.

    Attributes:
        kind: ``opensearch``, ``osmem`` or ``url``.
        version: what the engine answers at ``/``, for example ``3.4.0``.
        enforces_roles: whether the real Security plugin decides over each call.
        reason: why this engine was chosen.
        limits: what it can't show, one phrase each.
        verify_certificate: whether an ``https`` URL's certificate is checked.
    """

    kind: str
    version: str
    enforces_roles: bool
    reason: str
    limits: tuple[str, ...] = field(default=())
    verify_certificate: bool = True


class Engine(Protocol):
    """A search engine on loopback, owned by the stack (or borrowed, by its URL)."""

    @property
    def info(self) -> EngineInfo:
        """What runs; complete once ``start`` has returned."""

    @property
    def url(self) -> str:
        """Base URL without a trailing slash, valid once ``start`` has returned."""

    async def start(self) -> None:
        """Return when the engine answers searches; raise ``EngineError`` when it won't."""

    async def stop(self) -> None:
        """End what ``start`` began and leave no process; a second call does nothing."""

    def headers_as(self, backend_roles: tuple[str, ...]) -> Mapping[str, str]:
        """Return the headers that make a call count as made by ``backend_roles``.

        An empty mapping where the engine has no security of its own.
        """

    def headers_as_nobody(self) -> Mapping[str, str]:
        """Return the headers of a call that the engine shall judge by what else is in it."""

    def headers_as_administrator(self) -> Mapping[str, str]:
        """Return the headers that make a call count as the engine's administrator."""
