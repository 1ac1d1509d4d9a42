"""Moto runs functions in Docker only; run them here, and check their role as Lambda does."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.gateway.errors import unsupported
from firehose_logging.local.gateway.functions.functions import Functions
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed

_NAME = re.compile(r"/functions/([^/]+)/invocations")
_WITH_ROLE = frozenset({"CreateFunction", "UpdateFunctionConfiguration"})


class LambdaInvoke:
    """Invocations, and the roles that functions are given."""

    service = "lambda"
    operations = _WITH_ROLE | {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:
        """Invoke the function, or let moto keep what was checked.

        Raises:
            ApiError: as ``Functions.invoke`` and ``check_role`` say; other ways to invoke are not
                supported.
        """
        if operation in _WITH_ROLE:
            return await self._checked(request, proceed)
        if operation != "Invoke":
            raise unsupported(request, operation)
        match = _NAME.search(unquote(request.path))
        name = match.group(1) if match else ""
        qualifier = request.query_parameters.get("Qualifier")
        return await self._functions.invoke(
            f"{name}:{qualifier}" if qualifier else name,
            request.region,
            request.body,
            request.headers,
        )

    async def _checked(self, request: Request, proceed: Proceed) -> ApiAnswer:
        members = json.loads(request.body or b"{}")
        role, name = members.get("Role"), members.get("FunctionName", "function")
        if role:
            await self._functions.check_role(role, name, request.region)
        return await proceed(request)
