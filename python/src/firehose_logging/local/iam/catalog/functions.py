"""AWS Lambda. Service Authorization Reference, ``list_awslambda``."""

from __future__ import annotations

from collections.abc import Mapping

from firehose_logging.local.iam.context import ContextValue
from firehose_logging.local.iam.needs import (
    EVERY,
    Names,
    Need,
    Parameters,
    passed_roles,
    text,
    texts,
)

_ACTIONS: Mapping[str, str] = {
    "GetLayerVersionByArn": "GetLayerVersion",
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}
_SERVICE = "lambda.amazonaws.com"
_TAKES_ROLES = frozenset({"CreateFunction", "UpdateFunctionConfiguration"})
_WITH_LAYER = "LayerName"


def aws_lambda(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to Lambda needs."""
    action = f"lambda:{_ACTIONS.get(operation, operation)}"
    if "EventSourceMapping" in operation:
        return [Need(action, EVERY, _function_context(parameters, names))]
    needs = [Need(action, _resource(parameters, names), _principal_context(parameters))]
    if operation in _TAKES_ROLES:
        needs += passed_roles(parameters, "Role", _SERVICE)
        needs += [Need("lambda:GetLayerVersion", arn) for arn in texts(parameters, "Layers")]
    return needs


def _resource(parameters: Parameters, names: Names) -> str:
    function = text(parameters, "FunctionName")
    if function:
        return function_arn(function, text(parameters, "Qualifier"), names)
    layer = text(parameters, _WITH_LAYER)
    if layer:
        version = parameters.get("VersionNumber")
        arn = layer if layer.startswith("arn:") else names.arn("lambda", f"layer:{layer}")
        return f"{arn}:{version}" if version is not None else arn
    return text(parameters, "Resource", "ARN", "Arn", "CodeSigningConfigArn") or EVERY


def function_arn(name: str, qualifier: str | None, names: Names) -> str:
    """Return a function's ARN from its name, its partial or its whole ARN, with its qualifier."""
    if name.startswith("arn:"):
        arn = name
    else:
        parts = name.split(":")
        if "function" in parts:
            parts = parts[parts.index("function") + 1 :]
        arn = names.arn("lambda", "function:" + ":".join(parts))
    has_qualifier = arn.count(":") > 6
    return f"{arn}:{qualifier}" if qualifier and not has_qualifier else arn


def _function_context(parameters: Parameters, names: Names) -> dict[str, ContextValue]:
    function = text(parameters, "FunctionName")
    return {"lambda:FunctionArn": function_arn(function, None, names)} if function else {}


def _principal_context(parameters: Parameters) -> dict[str, ContextValue]:
    principal = text(parameters, "Principal")
    return {"lambda:Principal": principal} if principal else {}
