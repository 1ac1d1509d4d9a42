"""A local stack in a process of its own, with a domain and a delivery stream in it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from benchmarks.stack.limits import limited
from benchmarks.stack.requests import Target
from botocore.config import Config

from firehose_logging.local import process
from firehose_logging.local.engines.choice import ENGINES_VARIABLE
from firehose_logging.local.home import find_home

STREAM = "logging-test"
INDEX = "logging-test"
BUFFERING = {"IntervalInSeconds": 1, "SizeInMBs": 5}
START_LIMIT = 300.0
"""Seconds; the first start of the real engine downloads and assembles it."""

_BUCKET = "failed-documents"
_PATIENCE = 20.0
_CONFIG = Config(retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"})


class Deployment:
    """A stack that runs, and what is deployed in it.

    Attributes:
        info: What the stack says of itself.
        start_seconds: From its process's beginning until it was ready.
    """

    def __init__(self, info: process.StackInfo, start_seconds: float) -> None:
        self.info = info
        self.start_seconds = start_seconds
        environment = info.environment
        self._region = environment["AWS_REGION"]
        self._url = environment["AWS_ENDPOINT_URL"]
        self._administrator = (
            environment["AWS_ACCESS_KEY_ID"],
            environment["AWS_SECRET_ACCESS_KEY"],
        )
        self._producer: tuple[str, str] = ("", "")

    @property
    def target(self) -> Target:
        """The stream, for producers that have its policy and no other."""
        address = urlsplit(self._url)
        return Target(
            address.hostname or "", address.port or 0, STREAM, self._region, self._producer
        )

    def deploy(self) -> None:
        """Make a producer, the stream's role, its bucket, the domain and the stream."""
        account = self._client("sts").get_caller_identity()["Account"]
        region = self._region
        role = f"arn:aws:iam::{account}:role/{STREAM}"
        domain = f"arn:aws:es:{region}:{account}:domain/logging"
        stream = f"arn:aws:firehose:{region}:{account}:deliverystream/{STREAM}"
        bucket = f"arn:aws:s3:::{_BUCKET}"
        iam = self._client("iam")
        iam.create_user(UserName="producer")
        puts = ["firehose:PutRecord", "firehose:PutRecordBatch"]
        iam.put_user_policy(
            UserName="producer",
            PolicyName="puts",
            PolicyDocument=_policy({"Action": puts, "Resource": stream}),
        )
        key = iam.create_access_key(UserName="producer")["AccessKey"]
        self._producer = (key["AccessKeyId"], key["SecretAccessKey"])
        trust = {
            "Principal": {"Service": "firehose.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": account}},
        }
        iam.create_role(RoleName=STREAM, AssumeRolePolicyDocument=_policy(trust))
        describe = ["es:DescribeDomain", "es:DescribeDomains", "es:DescribeDomainConfig"]
        acts = [*describe, "es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"]
        rights = (
            {"Action": acts, "Resource": [domain, f"{domain}/*"]},
            {"Action": "s3:*", "Resource": [bucket, f"{bucket}/*"]},
        )
        iam.put_role_policy(RoleName=STREAM, PolicyName="acts", PolicyDocument=_policy(*rights))
        location = {"LocationConstraint": region}
        self._client("s3").create_bucket(Bucket=_BUCKET, CreateBucketConfiguration=location)
        access = {"Principal": {"AWS": role}, "Action": "es:ESHttp*", "Resource": f"{domain}/*"}
        self._client("opensearch").create_domain(
            DomainName="logging", EngineVersion="OpenSearch_3.1", AccessPolicies=_policy(access)
        )
        self._create_stream(role, domain, bucket)

    def _create_stream(self, role: str, domain: str, bucket: str) -> None:
        firehose = self._client("firehose")
        firehose.create_delivery_stream(
            DeliveryStreamName=STREAM,
            AmazonopensearchserviceDestinationConfiguration={
                "RoleARN": role,
                "DomainARN": domain,
                "IndexName": INDEX,
                "IndexRotationPeriod": "NoRotation",
                "BufferingHints": BUFFERING,
                "S3Configuration": {"RoleARN": role, "BucketARN": bucket},
            },
        )
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found = firehose.describe_delivery_stream(DeliveryStreamName=STREAM)
            status = found["DeliveryStreamDescription"]["DeliveryStreamStatus"]
            if status == "ACTIVE":
                return
            time.sleep(0.05)
        raise RuntimeError(f"the stream is not active after {_PATIENCE:.0f} s but {status}")

    def _client(self, service: str) -> Any:
        make: Any = boto3.client  # the stubs know one overload per service
        return make(
            service,
            region_name=self._region,
            endpoint_url=self._url,
            aws_access_key_id=self._administrator[0],
            aws_secret_access_key=self._administrator[1],
            config=_CONFIG,
        )


@contextmanager
def running_stack(engine: str) -> Iterator[Deployment]:
    """Run a stack without quotas in an empty state folder; end it, and its engine, at the end.

    Raises:
        StackError: it says why it can't run.
        TooLongError: it was not ready in time.
    """
    os.environ.setdefault(ENGINES_VARIABLE, str(find_home() / "engine"))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        began = time.monotonic()
        with limited(START_LIMIT, "the stack's start"):
            info = process.start_detached(
                home, port=0, engine=engine, progress=_silent, quotas=False
            )
        try:
            yield Deployment(info, time.monotonic() - began)
        finally:
            process.stop(home)


def _silent(_text: str) -> None: ...


def _policy(*statements: dict[str, Any]) -> str:
    allowing = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowing})
