"""The standard library's QueueHandler and QueueListener, which ships lines over TCP."""

from __future__ import annotations

import logging
import logging.handlers
import queue

from benchmarks.peers.base import HOST, Address, Shipping, json_formatter


class LineSocketHandler(logging.handlers.SocketHandler):
    """Send each message as a line; it was formatted before it was queued."""

    def makePickle(self, record: logging.LogRecord) -> bytes:  # noqa: N802 - logging's name
        return f"{record.getMessage()}\n".encode()


def make(address: Address) -> Shipping:
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = logging.handlers.QueueHandler(waiting)
    handler.setFormatter(json_formatter())
    logging.handlers.QueueListener(waiting, LineSocketHandler(HOST, address.lines)).start()
    return Shipping(handler)
