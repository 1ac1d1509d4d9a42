"""Python logs, searchable in OpenSearch seconds after they are written."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for True; typing would be half of the import time
if TYPE_CHECKING:
    from firehose_logging.core.formatter import FirehoseJsonFormatter
    from firehose_logging.core.handler import FirehoseHandler
    from firehose_logging.core.lambda_ import flush_on_return
    from firehose_logging.core.stats import HandlerStats

__all__ = ["FirehoseHandler", "FirehoseJsonFormatter", "HandlerStats", "flush_on_return"]

_HOMES = {
    "FirehoseHandler": "handler",
    "FirehoseJsonFormatter": "formatter",
    "HandlerStats": "stats",
    "flush_on_return": "lambda_",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.core.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
