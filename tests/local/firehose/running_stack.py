"""A whole stack in a process of its own, and what a stream needs in its account."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from firehose_logging.local import process

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

    def ask(self, action: str) -> Any:
        """Ask something of the stack itself."""
        url = f"{self._environment['AWS_ENDPOINT_URL']}/_local/{action}"
        with requests.Session() as session:
            session.trust_env = False
            return session.post(url, timeout=PATIENCE).json()

    def put(self, *numbers: int) -> Any:
        entries = [{"Data": json.dumps({"n": number}).encode()} for number in numbers]
        return self.client("firehose").put_record_batch(DeliveryStreamName="logs", Records=entries)

    def found(self) -> list[int]:
        """Return the numbers of all documents in the index, sorted."""
        answer = self._search('{"size": 1000}')
        return sorted(hit["_source"]["n"] for hit in answer["hits"]["hits"]) if answer else []

    def _search(self, query: str) -> Any:
        """Return the domain's answer, ``None`` while it has no such index."""
        status = self.client("opensearch").describe_domain(DomainName="logging")["DomainStatus"]
        url = f"https://{status['Endpoint']}/logging-test-*/_search"
        request = AWSRequest("POST", url, {"content-type": "application/json"}, query)
        keys = Credentials(
            self._environment["AWS_ACCESS_KEY_ID"], self._environment["AWS_SECRET_ACCESS_KEY"]
        )
        SigV4Auth(keys, "es", self.region).add_auth(request)
        answer = requests.post(
            url,
            data=query,
            headers=dict(request.headers.items()),
            verify=self._environment["AWS_CA_BUNDLE"],
            timeout=PATIENCE,
        )
        return answer.json() if answer.status_code == 200 else None

    def all_found(self) -> set[int]:
        """Return the numbers of all documents in the index, however many there are."""
        found: set[int] = set()
        while hits := self._page(max(found, default=-1)):
            found |= {*hits}
        return found

    def _page(self, after: int) -> list[int]:
        query = {"size": 5_000, "_source": ["n"], "sort": [{"n": "asc"}]}
        query |= {"query": {"range": {"n": {"gt": after}}}}
        answer = self._search(json.dumps(query))
        return [hit["_source"]["n"] for hit in answer["hits"]["hits"]] if answer else []

    def wait_for_documents(self, *numbers: int) -> None:
        wait_for(lambda: self.found() == list(numbers), f"{numbers} are not in the index")


def _policy(**statement: Any) -> str:
    whole = {"Effect": "Allow", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})


def wait_for(condition: Callable[[], object], what: str, *, fails: bool = True) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() >= deadline:
            assert not fails, what
            return
        time.sleep(0.1)


def start(home: Path, **options: Any) -> RunningStack:
    return RunningStack(
        process.start_detached(home, port=0, engine="osmem", progress=lambda _line: None, **options)
    )
