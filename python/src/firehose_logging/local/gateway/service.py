"""What the gateway asks of a service of our own, and of a cure for one of moto's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from firehose_logging.local.api import ApiAnswer, ApiCall
from firehose_logging.local.gateway.request import Request

Proceed = Callable[[Request], Awaitable[ApiAnswer]]


class Service(Protocol):
    """An AWS API that the stack answers itself."""

    async def handle(self, call: ApiCall) -> ApiAnswer:
        """Answer a call; raise ``ApiError`` for an answer in AWS's error shape."""


class Cure(Protocol):
    """One thing that moto lacks or loses, put right around moto's own answer.

    Attributes:
        service: the signing name that it is for.
        operations: the operations that it is for.
    """

    service: str
    operations: frozenset[str]

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:
        """Answer in moto's place, or change what ``proceed`` (moto) is given or answers."""
