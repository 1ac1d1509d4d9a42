"""The sending part alone: 500 records a batch, beside boto3's plain ``put_record_batch``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import boto3
from benchmarks.measures.base import Task
from benchmarks.peers import Address

from firehose_logging.core.sending import DELIVERED, FirehoseSender

RECORDS = 500
RECORD_BYTES = 471
STREAM = "logging-test"
BLOCK = 10


def measure(task: Task) -> dict[str, float]:
    """Send ``task.records`` records each way, in blocks that take turns.

    Returns:
        ``ours`` and ``boto3``: microseconds of CPU of the process per record.
    """
    address = Address(task.http, task.lines)
    data = [b'{"message":"%0*d"}' % (RECORD_BYTES - 14, number) for number in range(RECORDS)]
    client: Any = boto3.client("firehose", endpoint_url=address.url)
    sender = FirehoseSender(None, None, address.url)

    def send_by_boto3() -> None:
        client.put_record_batch(
            DeliveryStreamName=STREAM, Records=[{"Data": record} for record in data]
        )

    def send_by_us() -> None:
        if sender.send(STREAM, data).kind != DELIVERED:
            raise ConnectionError("the sink does not take what is sent")

    ways = {"ours": send_by_us, "boto3": send_by_boto3}
    for send in ways.values():
        cpu_of(send, 2)
    used = dict.fromkeys(ways, 0.0)
    blocks = max(1, task.records // RECORDS // BLOCK)
    for _ in range(blocks):
        for name, send in ways.items():
            used[name] += cpu_of(send, BLOCK)
    return {name: cpu / (blocks * BLOCK * RECORDS) * 1e6 for name, cpu in used.items()}


def cpu_of(send: Callable[[], None], times: int) -> float:
    before = time.process_time()
    for _ in range(times):
        send()
    return time.process_time() - before
