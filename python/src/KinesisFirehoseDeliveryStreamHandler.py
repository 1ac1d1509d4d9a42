"""The module and class of the original article, on top of ``FirehoseHandler``."""

from __future__ import annotations

from firehose_logging.core.handler import FirehoseHandler

__all__ = ["KinesisFirehoseDeliveryStreamHandler"]


class KinesisFirehoseDeliveryStreamHandler(FirehoseHandler):
    """Send log records to the delivery stream "logging-test", as the article's class does.

    It needs no arguments and takes those of ``FirehoseHandler``.
    """
