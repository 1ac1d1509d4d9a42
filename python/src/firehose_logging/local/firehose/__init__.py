"""Data Firehose as AWS runs it: API, buffering, delivery, retry, backup."""

from firehose_logging.local.firehose.api import Firehose
from firehose_logging.local.firehose.journal import StoreError
from firehose_logging.local.firehose.limits import UNLIMITED, Quotas

__all__ = ["UNLIMITED", "Firehose", "Quotas", "StoreError"]
