"""What moto's own Firehose takes."""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from benchmarks.stack.helpers import running_helper
from benchmarks.stack.limits import Budget
from benchmarks.stack.load import Load, produce
from benchmarks.stack.producer import Job
from benchmarks.stack.requests import Target
from botocore.config import Config

_REGION = "eu-west-1"
_KEYS = ("AKIAEXAMPLE", "secret")
_ROLE = "arn:aws:iam::123456789012:role/firehose"
_STREAM = "beside"
_PRODUCERS = 2
_ENDLESS = 10_000_000


@dataclass(frozen=True)
class MotoRate:
    """What moto acknowledges.

    Attributes:
        rate: MiB a second, in batches of 500 records.
        single_rate: PutRecord requests a second.
        errors: Answers that no producer expects.
    """

    rate: float
    single_rate: float
    errors: tuple[str, ...]


def measure_moto(seconds: float, budget: Budget) -> MotoRate:
    """Put batches, then single records, to a stream with an S3 destination."""
    with running_helper("moto_firehose") as port, budget.spend("moto's Firehose"):
        _deploy(port)
        target = Target("127.0.0.1", port, _STREAM, _REGION, _KEYS)
        batches = _put("batch", target, 500, seconds)
        singles = _put("single", target, 1, seconds)
        single_rate = singles.taken / max(singles.seconds, 0.01)
        return MotoRate(batches.rate, single_rate, (*batches.errors, *singles.errors))


def _put(kind: str, target: Target, batch: int, seconds: float) -> Load:
    return produce(
        [
            Job(kind, target, place * _ENDLESS, _ENDLESS, batch=batch, seconds=seconds)
            for place in range(_PRODUCERS)
        ]
    )


def _deploy(port: int) -> None:
    session = boto3.Session(*_KEYS, region_name=_REGION)
    url, config = f"http://127.0.0.1:{port}", Config(proxies={})
    session.client("s3", endpoint_url=url, config=config).create_bucket(
        Bucket=_STREAM, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    session.client("firehose", endpoint_url=url, config=config).create_delivery_stream(
        DeliveryStreamName=_STREAM,
        S3DestinationConfiguration={"RoleARN": _ROLE, "BucketARN": f"arn:aws:s3:::{_STREAM}"},
    )
