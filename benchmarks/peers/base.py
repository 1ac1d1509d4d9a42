"""What every peer has in common."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

HOST = "127.0.0.1"
FORMAT = "%(asctime)s %(name)s %(levelname)s %(message)s"
DATE_FORMAT = "%Y-%m-%dT%H:%M:%S%z"


class Address(NamedTuple):
    """Where a sink listens.

    Attributes:
        http: Port of the AWS APIs and of OTLP over HTTP.
        lines: Port that takes lines over TCP.
    """

    http: int
    lines: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.http}"


def _do_nothing() -> None:
    pass


class Shipping(NamedTuple):
    """A handler that ships records.

    Attributes:
        handler: What a logger is given.
        flush: Makes what was logged leave soon; may wait until it has left.
    """

    handler: logging.Handler
    flush: Callable[[], object] = _do_nothing


def json_formatter() -> logging.Formatter:
    """Return python-json-logger's fastest formatter, with the article's fields."""
    from pythonjsonlogger.orjson import OrjsonFormatter

    return OrjsonFormatter(FORMAT, DATE_FORMAT)
