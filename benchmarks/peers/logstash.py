"""python-logstash-async, which ships lines over TCP."""

from __future__ import annotations

from benchmarks.peers.base import HOST, Address, Shipping, json_formatter
from logstash_async.constants import constants
from logstash_async.handler import AsynchronousLogstashHandler


def make(address: Address) -> Shipping:
    constants.QUEUE_CHECK_INTERVAL = 1.0
    constants.QUEUED_EVENTS_FLUSH_INTERVAL = 1.0
    constants.QUEUED_EVENTS_BATCH_SIZE = 500
    handler = AsynchronousLogstashHandler(HOST, address.lines, database_path=None)
    handler.setFormatter(json_formatter())
    return Shipping(handler, handler.flush)
