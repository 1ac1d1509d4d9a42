"""OpenTelemetry's LoggingHandler with batch export, which ships OTLP over HTTP."""

from __future__ import annotations

from benchmarks.peers.base import Address, Shipping
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

QUEUE_RECORDS = 100_000  # as many as this project's handler holds; the default of 2,048 drops


def make(address: Address) -> Shipping:
    exporter = OTLPLogExporter(endpoint=f"{address.url}/v1/logs")
    provider = LoggerProvider()
    provider.add_log_record_processor(
        BatchLogRecordProcessor(exporter, schedule_delay_millis=1000, max_queue_size=QUEUE_RECORDS)
    )
    return Shipping(LoggingHandler(logger_provider=provider), provider.force_flush)
