"""Data Firehose as AWS runs it: API, buffering, delivery, retry, backup."""

from firehose_logging.local.firehose.api import Firehose
from firehose_logging.local.firehose.limits import UNLIMITED, Quotas
from firehose_logging.local.firehose.store import StoreError

__all__ = ["UNLIMITED", "Firehose", "Quotas", "StoreError"]
