"""Moto takes some of S3's settings for reads and writes of the bucket; refuse them instead."""

from __future__ import annotations

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.gateway.errors import unsupported
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed


class S3Unsupported:
    """Settings that moto does not have, whatever it answers."""

    service = "s3"
    operations = frozenset(
        f"{verb}Bucket{setting}"
        for verb in ("Get", "Put", "Create", "Delete", "Update")
        for setting in (
            "Abac",
            "AnalyticsConfiguration",
            "IntelligentTieringConfiguration",
            "MetadataConfiguration",
            "MetadataInventoryTableConfiguration",
            "MetadataJournalTableConfiguration",
            "MetadataTableConfiguration",
            "MetricsConfiguration",
        )
    )

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:  # noqa: ARG002 - the protocol's
        """Raise the error for an unsupported call."""
        raise unsupported(request, operation)
