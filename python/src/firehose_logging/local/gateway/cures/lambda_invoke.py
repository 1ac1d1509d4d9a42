"""Moto would run functions in Docker; until they run here, say so instead."""

from __future__ import annotations

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.gateway.errors import unsupported
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed


class LambdaInvoke:
    """Refuse to invoke functions, rather than pretend that they ran."""

    service = "lambda"
    operations = frozenset({"Invoke", "InvokeAsync", "InvokeWithResponseStream"})

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:  # noqa: ARG002  # the protocol's signature
        """Raise the error for an unsupported call."""
        raise unsupported(request, operation)
