"""Handlers that are measured beside each other, each imported only where it is measured."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, NamedTuple, cast

from benchmarks.peers.base import Address, Shipping

__all__ = ["PEERS", "Address", "Peer", "Shipping"]


class Peer(NamedTuple):
    """One handler as it is measured.

    Attributes:
        title: Its name in tables and plots.
        home: Its module in this package.
        maker: The function there that makes it.
        distribution: What is installed for it, for the table of versions.
    """

    title: str
    home: str
    maker: str = "make"
    distribution: str = ""

    def make(self, address: Address) -> Shipping:
        """Make the handler, so that it ships to ``address``."""
        maker = getattr(import_module(f"{__name__}.{self.home}"), self.maker)
        return cast("Callable[[Address], Shipping]", maker)(address)


PEERS: Final = {
    "null": Peer("null handler", "null"),
    "firehose": Peer("FirehoseHandler", "firehose", distribution="firehose-logging"),
    "firehose-blocking": Peer("FirehoseHandler", "firehose", "make_blocking"),
    "firehose-stdlib": Peer("FirehoseHandler, no orjson", "firehose", "make_without_orjson"),
    "firehose-pjl": Peer(
        "FirehoseHandler, python-json-logger", "firehose", "make_with_python_json_logger"
    ),
    "queue-listener": Peer("QueueHandler + QueueListener", "queue_listener"),
    "watchtower": Peer("watchtower", "watchtower", distribution="watchtower"),
    "opentelemetry": Peer("OpenTelemetry", "opentelemetry", distribution="opentelemetry-sdk"),
    "logstash": Peer("python-logstash-async", "logstash", distribution="python-logstash-async"),
    "article": Peer("the article's handler", "article"),
}
