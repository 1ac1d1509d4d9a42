"""watchtower, which ships to CloudWatch Logs."""

from __future__ import annotations

import boto3
import watchtower
from benchmarks.peers.base import Address, Shipping, json_formatter


def make(address: Address) -> Shipping:
    handler = watchtower.CloudWatchLogHandler(
        log_group_name="logging-test",
        log_stream_name="benchmark",
        boto3_client=boto3.client("logs", endpoint_url=address.url),
        create_log_group=False,
        send_interval=1,
    )
    handler.setFormatter(json_formatter())
    return Shipping(handler, handler.flush)
