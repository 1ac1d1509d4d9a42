"""What was done at a stack with --data-dir is there again in the next one, however it ended."""

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
from botocore.config import Config

from firehose_logging.local import process

PATIENCE = 60.0
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "firehose.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Stack:
    def __init__(self, folder: Path) -> None:
        self.home, self.data = folder / "home", folder / "data"
        self.info: process.StackInfo | None = None

    def start(self) -> None:
        self.info = process.start_detached(
            self.home, port=0, engine="osmem", progress=lambda _line: None, data_dir=self.data
        )

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        assert self.info is not None
        environment = self.info.environment
        make: Any = boto3.client  # the stubs know one overload per service
        client = make(
            service,
            region_name="eu-west-1",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )
        try:
            return getattr(client, operation)(**parameters)
        finally:
            client.close()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    stack.start()
    yield stack
    process.stop(stack.home)


def stop(stack: Stack) -> None:
    process.stop(stack.home)


def kill(stack: Stack) -> None:
    assert stack.info is not None
    os.kill(stack.info.pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while process.running(stack.home) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.stop(stack.home)


@pytest.mark.parametrize("end", [stop, kill])
def test_every_change_that_was_answered_is_there_again(
    stack: Stack, end: Callable[[Stack], None]
) -> None:
    location = {"LocationConstraint": "eu-west-1"}
    stack.call("s3", "create_bucket", Bucket="kept-1", CreateBucketConfiguration=location)
    role = stack.call(
        "iam", "create_role", RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]
    stack.call(
        "iam", "put_role_policy", RoleName="r", PolicyName="p", PolicyDocument=json.dumps(ALL)
    )
    key = stack.call("kms", "create_key")["KeyMetadata"]["KeyId"]
    sealed = stack.call("kms", "encrypt", KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    stack.call("logs", "create_log_group", logGroupName="g")
    stack.call("opensearch", "create_domain", DomainName="d-1", IPAddressType="dualstack")
    stack.call(
        "firehose",
        "create_delivery_stream",
        DeliveryStreamName="s",
        AmazonopensearchserviceDestinationConfiguration={
            "RoleARN": role["Arn"],
            "DomainARN": "arn:aws:es:eu-west-1:123456789012:domain/d-1",
            "IndexName": "i",
            "S3Configuration": {"RoleARN": role["Arn"], "BucketARN": "arn:aws:s3:::kept-1"},
        },
    )
    for number in range(20):
        stack.call("s3", "put_object", Bucket="kept-1", Key=f"k{number}", Body=b"x" * number)
    before = stack.info
    end(stack)
    stack.start()

    assert before is not None
    assert stack.info is not None
    assert stack.info.environment["AWS_ACCESS_KEY_ID"] == before.environment["AWS_ACCESS_KEY_ID"]
    found = stack.call("s3", "list_objects_v2", Bucket="kept-1")["Contents"]
    assert {entry["Key"]: entry["Size"] for entry in found} == {f"k{n}": n for n in range(20)}
    assert stack.call("iam", "get_role", RoleName="r")["Role"]["RoleId"] == role["RoleId"]
    assert stack.call("kms", "decrypt", CiphertextBlob=sealed)["Plaintext"] == b"secret"
    assert stack.call("logs", "describe_log_groups")["logGroups"][0]["logGroupName"] == "g"
    domain = stack.call("opensearch", "describe_domain", DomainName="d-1")["DomainStatus"]
    assert domain["Endpoint"].startswith("localhost:")
    assert domain["IPAddressType"] == "dualstack"
    assert stack.call("firehose", "list_delivery_streams")["DeliveryStreamNames"] == ["s"]


def test_a_second_stack_on_the_same_folder_is_refused_with_whose_it_is(
    stack: Stack, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "firehose_logging.cli", "local", "up", "--detach"]
    refused = subprocess.run(
        [*command, "--port", "0", "--engine", "osmem", "--data-dir", str(stack.data)],
        env={**os.environ, "FIREHOSE_LOGGING_HOME": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert stack.info is not None
    assert refused.returncode == 1
    (told,) = refused.stderr.splitlines()
    assert (
        f"{stack.data} is in use by the local stack of {stack.home} (pid {stack.info.pid}" in told
    )
    assert stack.call("sts", "get_caller_identity")["Account"]


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"moto": "0.1"}\n', b"\x00\xff"])
def test_a_file_that_cannot_be_read_is_named_with_the_remedy(
    tmp_path: Path, content: bytes
) -> None:
    stack = Stack(tmp_path)
    stack.data.mkdir()
    (stack.data / "control-planes.pickle").write_bytes(content)
    with pytest.raises(process.StackError, match=r"control-planes\.pickle .*--data-dir"):
        stack.start()
    assert process.starting(stack.home) is None


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    stack.data.write_text("")
    with pytest.raises(process.StackError, match=r"data .*--data-dir"):
        stack.start()
