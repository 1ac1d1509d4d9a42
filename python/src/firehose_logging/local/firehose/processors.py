"""What may stand in a ``ProcessingConfiguration`` (statement E3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from firehose_logging.local.firehose.settings import processor_parameters

_FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:function:[A-Za-z0-9-_]+(:[A-Za-z0-9$_-]+)?")
_RANGES = {
    "NumberOfRetries": (0, 300),
    "BufferSizeInMBs": (0.2, 3),
    "BufferIntervalInSeconds": (0, 900),
}


def check_processing(configuration: Mapping[str, Any] | None) -> None:
    """Raise ``ValueError`` with one sentence for what Firehose, or the local stack, won't do."""
    if not configuration or not configuration.get("Enabled"):
        return
    processors = configuration.get("Processors") or ()
    for processor in processors:
        if processor["Type"] != "Lambda":
            raise ValueError(f"Processor {processor['Type']} is not supported by the local stack")
    if len(processors) > 1:
        raise ValueError("At most one processor of type Lambda is allowed")
    for processor in processors:
        _check_parameters(processor_parameters(processor))


def _check_parameters(given: Mapping[str, str]) -> None:
    function = given.get("LambdaArn", "")
    if not _FUNCTION.fullmatch(function):
        raise ValueError(f"LambdaArn must be the ARN of a function, not {function!r}")
    for name, (least, most) in _RANGES.items():
        text = given.get(name)
        if text is not None and not _in_range(text, least, most):
            raise ValueError(f"{name} must be between {least} and {most}, not {text!r}")


def _in_range(text: str, least: float, most: float) -> bool:
    try:
        return least <= float(text) <= most
    except ValueError:
        return False
