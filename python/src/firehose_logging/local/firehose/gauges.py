"""What is measured by the minute, traffic or not (statement F3)."""

from __future__ import annotations

from firehose_logging.local.firehose.registry import Entry


def measure_gauges(entry: Entry) -> None:
    """Note a stream's quotas and the age of the oldest record on its way."""
    stream, quotas = entry.stream, entry.throttle.quotas
    stream.note("BytesPerSecondLimit", quotas.bytes, "Bytes/Second")
    stream.note("RecordsPerSecondLimit", quotas.records, "Count/Second")
    stream.note("PutRequestsPerSecondLimit", quotas.requests, "Count/Second")
    stream.note("ThrottledRecords", 0)
    oldest = entry.pipeline.oldest_undelivered
    if oldest is not None:
        age = stream.services.clock.now() - oldest
        stream.note("DeliveryToAmazonOpenSearchService.DataFreshness", age, "Seconds")
