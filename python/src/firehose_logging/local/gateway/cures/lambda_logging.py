"""Moto drops a function's LoggingConfig; remember it and return it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.gateway.cures.json_answer import changed
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed

_SETTERS = frozenset({"CreateFunction", "UpdateFunctionConfiguration"})
_FUNCTION_IN_PATH = re.compile(r"/functions/([^/?]+)")


class LambdaLoggingConfig:
    """LoggingConfig as Lambda keeps it, defaults included."""

    service = "lambda"
    operations = _SETTERS | {
        "DeleteFunction",
        "GetFunction",
        "GetFunctionConfiguration",
        "ListFunctions",
        "UpdateFunctionCode",
    }

    def __init__(self, memory: dict[str, Any] | None = None) -> None:
        """Remember in ``memory``, under a key of its own."""
        self._configured: dict[tuple[str, str], dict[str, Any]] = (
            {} if memory is None else memory.setdefault("LoggingConfig", {})
        )

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:
        """Remember what a setter sets, and add it to every answer that shows a function."""
        answer = await proceed(request)
        if answer.status >= 300:
            return answer
        if operation == "DeleteFunction":
            if "Qualifier" not in request.query_parameters:
                self._configured.pop((request.region, _named_in(request.path)), None)
            return answer
        return changed(answer, lambda document: self._add(request, operation, document))

    def log_group_of(self, region: str, name: str) -> str:
        """Return the log group of a function."""
        return str(self._of(region, name)["LogGroup"])

    def _add(self, request: Request, operation: str, document: dict[str, Any]) -> None:
        if operation in _SETTERS:
            given = json.loads(request.body or b"{}").get("LoggingConfig")
            if given is not None:
                self._configured[request.region, document["FunctionName"]] = given
        for function in _functions_in(document):
            function["LoggingConfig"] = self._of(request.region, function["FunctionName"])

    def _of(self, region: str, name: str) -> dict[str, Any]:
        given = self._configured.get((region, name), {})
        defaults: dict[str, Any] = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
        if given.get("LogFormat") == "JSON":
            defaults |= {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
        return defaults | given


def _functions_in(document: dict[str, Any]) -> list[dict[str, Any]]:
    if "Functions" in document:
        return list(document["Functions"])
    return [document.get("Configuration", document)]


def _named_in(path: str) -> str:
    match = _FUNCTION_IN_PATH.search(path)
    name_or_arn = unquote(match.group(1)) if match else ""
    if name_or_arn.startswith("arn:"):
        return name_or_arn.split(":")[6]
    return name_or_arn.split(":")[-1]
