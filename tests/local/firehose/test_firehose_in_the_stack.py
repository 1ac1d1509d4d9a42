"""Firehose in the real stack: processes that are killed, simulated time, faults on demand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from firehose_logging.local import process

LOCAL = [sys.executable, "-m", "firehose_logging.cli", "local"]
PATIENCE = 60.0
BUCKET = "failed-documents"


class RunningStack:
    """A stack, and the resources that a stream needs."""

    def __init__(self, info: process.StackInfo) -> None:
        self.info = info
        self._environment = info.environment
        self.account = self.client("sts").get_caller_identity()["Account"]
        self.role = f"arn:aws:iam::{self.account}:role/writer"
        self.domain = f"arn:aws:es:{self.region}:{self.account}:domain/logging"

    @property
    def region(self) -> str:
        return self._environment["AWS_REGION"]

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            region_name=self.region,
            endpoint_url=self._environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=self._environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(
                retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"}
            ),
        )

    def prepare(self) -> None:
        """Make the role, the bucket and the domain."""
        trust = _policy(Principal={"Service": "firehose.amazonaws.com"}, Action="sts:AssumeRole")
        iam = self.client("iam")
        iam.create_role(RoleName="writer", AssumeRolePolicyDocument=trust)
        rights = _policy(Action=["es:*", "s3:*", "logs:*"], Resource="*")
        iam.put_role_policy(RoleName="writer", PolicyName="all", PolicyDocument=rights)
        location = {"LocationConstraint": self.region}
        self.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        access = _policy(Principal={"AWS": "*"}, Action="es:*", Resource=f"{self.domain}/*")
        self.client("opensearch").create_domain(
            DomainName="logging", EngineVersion="OpenSearch_3.1", AccessPolicies=access
        )

    def create_stream(self, interval: int, retry: int = 300) -> None:
        """Make a stream and wait until it is active."""
        firehose = self.client("firehose")
        bucket = {"RoleARN": self.role, "BucketARN": f"arn:aws:s3:::{BUCKET}"}
        firehose.create_delivery_stream(
            DeliveryStreamName="logs",
            AmazonopensearchserviceDestinationConfiguration={
                "RoleARN": self.role,
                "DomainARN": self.domain,
                "IndexName": "logging-test",
                "BufferingHints": {"IntervalInSeconds": interval, "SizeInMBs": 1},
                "RetryOptions": {"DurationInSeconds": retry},
                "S3Configuration": bucket,
            },
        )
        wait_for(lambda: self.status() == "ACTIVE", "the stream is not active")

    def status(self) -> str:
        found = self.client("firehose").describe_delivery_stream(DeliveryStreamName="logs")
        return str(found["DeliveryStreamDescription"]["DeliveryStreamStatus"])

    def put(self, *numbers: int) -> Any:
        entries = [{"Data": json.dumps({"n": number}).encode()} for number in numbers]
        return self.client("firehose").put_record_batch(DeliveryStreamName="logs", Records=entries)

    def found(self) -> list[int]:
        """Return the numbers of all documents in the index, sorted."""
        status = self.client("opensearch").describe_domain(DomainName="logging")["DomainStatus"]
        url = f"https://{status['Endpoint']}/logging-test-*/_search?size=1000"
        request = AWSRequest("GET", url)
        keys = Credentials(
            self._environment["AWS_ACCESS_KEY_ID"], self._environment["AWS_SECRET_ACCESS_KEY"]
        )
        SigV4Auth(keys, "es", self.region).add_auth(request)
        answer = requests.get(
            url,
            headers=dict(request.headers.items()),
            verify=self._environment["AWS_CA_BUNDLE"],
            timeout=PATIENCE,
        )
        if answer.status_code != 200:
            return []
        return sorted(hit["_source"]["n"] for hit in answer.json()["hits"]["hits"])

    def wait_for_documents(self, *numbers: int) -> None:
        wait_for(lambda: self.found() == list(numbers), f"{numbers} are not in the index")


def _policy(**statement: Any) -> str:
    whole = {"Effect": "Allow", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    yield path
    process.stop(path)


def start(home: Path, **options: Any) -> RunningStack:
    return RunningStack(
        process.start_detached(home, port=0, engine="osmem", progress=lambda _line: None, **options)
    )


def test_records_acknowledged_before_a_kill_are_delivered_by_the_next_stack(
    home: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    stack = start(home, data_dir=data)
    stack.prepare()
    stack.create_stream(interval=900)
    assert stack.put(1, 2, 3)["FailedPutCount"] == 0
    os.kill(stack.info.pid, signal.SIGKILL)
    wait_for(lambda: process.running(home) is None, "the stack survives a kill")
    stack = start(home, data_dir=data)
    assert stack.status() == "ACTIVE"
    stack.wait_for_documents(1, 2, 3)
    wait_for(lambda: not list(data.rglob("*.batch")), "a delivered batch is still on disk")


def test_an_engine_that_is_killed_loses_no_acknowledged_record(home: Path) -> None:
    stack = start(home)
    stack.prepare()
    stack.create_stream(interval=0)
    assert stack.info.engine_pid is not None
    os.kill(stack.info.engine_pid, signal.SIGKILL)
    assert stack.put(1, 2, 3)["FailedPutCount"] == 0
    stack.wait_for_documents(1, 2, 3)


def test_time_passes_as_fast_as_asked(home: Path) -> None:
    stack = start(home, speed=60.0)
    stack.prepare()
    stack.create_stream(interval=300)
    started = time.monotonic()
    stack.put(1)
    stack.wait_for_documents(1)
    assert time.monotonic() - started < 60


def test_faults_are_set_listed_and_cleared_by_the_command(home: Path) -> None:
    stack = start(home)
    stack.prepare()
    stack.create_stream(interval=0)

    def fault(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*LOCAL, "fault", *arguments],
            env={**os.environ, "FIREHOSE_LOGGING_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    assert "throttle: stream=logs" in fault("throttle", "--stream", "logs").stdout
    with pytest.raises(stack.client("firehose").exceptions.ClientError, match="Slow down"):
        stack.put(1)
    assert fault("clear").stdout == "No fault is set.\n"
    fault("partial", "--share", "1", "--calls", "1")
    assert stack.put(1)["FailedPutCount"] == 1
    fault("domain-vanishes", "--calls", "1")
    assert stack.put(2)["FailedPutCount"] == 0
    stack.wait_for_documents(2)
    assert fault("list").stdout == "No fault is set.\n"
    wrong = fault("fire")
    assert wrong.returncode == 1
    assert "kind must be one of throttle" in wrong.stderr


def test_a_data_folder_that_can_not_be_used_is_named(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(process.StackError, match=r"file/data.*Not a directory"):
        start(home, data_dir=tmp_path / "file" / "data")
