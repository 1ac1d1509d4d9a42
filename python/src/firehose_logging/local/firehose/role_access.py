"""AWS as one assumed role sees it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from firehose_logging.local.firehose.aws_clients import Clients
from firehose_logging.local.firehose.ports import (
    AccessError,
    DomainRecord,
    HttpAnswer,
    Invocation,
    LogEvent,
)

_BULK = "/_bulk?filter_path=errors%2Citems.%2A.status%2Citems.%2A.error"
"""A bulk request that asks for no more of the answer than is looked at: a tenth of it."""


@dataclass(frozen=True)
class RoleKeys:
    """Temporary credentials; ``expires`` in UTC seconds since the epoch."""

    credentials: Credentials
    expires: float


class Role:
    """AWS as one assumed role sees it."""

    def __init__(
        self, clients: Clients, http: httpx.AsyncClient, keys: RoleKeys, region: str
    ) -> None:
        self._clients = clients
        self._http = http
        self._credentials = keys.credentials
        self._region = region
        self.expires = keys.expires

    def forget(self) -> None:
        """Close the role's clients; further calls make them anew."""
        self._clients.forget(self._credentials)

    def _client(self, service: str) -> Any:
        return self._clients.get(service, self._region, self._credentials)

    async def describe_domain(self, domain_arn: str) -> DomainRecord:
        """Return the domain's record."""
        name = domain_arn.rpartition("/")[2]

        def describe() -> dict[str, Any]:
            answer = self._client("opensearch").describe_domain(DomainName=name)
            return cast("dict[str, Any]", answer["DomainStatus"])

        status = await self._clients.run(describe)
        endpoint = status.get("Endpoint") or (status.get("Endpoints") or {}).get("vpc")
        return DomainRecord(endpoint, status.get("EngineVersion", ""))

    async def bulk(self, endpoint: str, body: bytes) -> HttpAnswer:
        """Send a bulk request, signed for service ``es``."""
        url = f"https://{endpoint}{_BULK}"
        # Hashing megabytes takes milliseconds, in which a thread leaves the event loop alone.
        headers = await self._clients.run(lambda: self._signed(url, body))
        try:
            answer = await self._http.post(url, content=body, headers=headers)
        except httpx.ConnectTimeout as error:
            raise AccessError("OS.ConnectionTimeout", _no_answer(endpoint, error)) from error
        except httpx.TimeoutException as error:
            raise AccessError("OS.RequestTimeout", _no_answer(endpoint, error)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AccessError("OS.ConnectionError", _no_answer(endpoint, error)) from error
        # httpx's answer and its stream refer to each other: the request's megabytes would stay for
        # the garbage collector.
        answer.stream = httpx.ByteStream(b"")
        return HttpAnswer(answer.status_code, answer.content)

    def _signed(self, url: str, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/x-ndjson"}
        request = AWSRequest("POST", url, data=body, headers=headers)
        SigV4Auth(self._credentials, "es", self._region).add_auth(request)
        return dict(request.headers.items())

    async def put_object(self, bucket: str, key: str, body: bytes, key_arn: str | None) -> None:
        """Write an object, encrypted with ``key_arn`` where given."""
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn} if key_arn else {}

        def put() -> None:
            self._client("s3").put_object(Bucket=bucket, Key=key, Body=body, **encryption)

        await self._clients.run(put)

    async def put_log_events(self, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        """Append events, oldest first; a simulated time ahead of the real one is set back."""
        latest = time.time()
        members = [
            {"timestamp": round(min(event.timestamp, latest) * 1000), "message": event.message}
            for event in sorted(events)
        ]

        def put() -> None:
            self._client("logs").put_log_events(
                logGroupName=group, logStreamName=stream, logEvents=members
            )

        await self._clients.run(put)

    async def invoke(self, function_arn: str, payload: bytes) -> Invocation:
        """Call a function and wait for its answer."""

        def call() -> Invocation:
            answer = self._client("lambda").invoke(FunctionName=function_arn, Payload=payload)
            return Invocation(answer["Payload"].read(), answer.get("FunctionError"))

        return await self._clients.run(call)

    async def find_vpc(self, subnets: Sequence[str], groups: Sequence[str]) -> str:
        """Return the VPC that the subnets and security groups belong to."""

        def find() -> str:
            ec2 = self._client("ec2")
            found = ec2.describe_subnets(SubnetIds=list(subnets))["Subnets"]
            ec2.describe_security_groups(GroupIds=list(groups))
            vpc = str(found[0]["VpcId"])
            ec2.describe_vpcs(VpcIds=[vpc])
            ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")
            return vpc

        return await self._clients.run(find)

    async def create_interfaces(
        self, stream_arn: str, subnets: Sequence[str], groups: Sequence[str]
    ) -> None:
        """Make one network interface per subnet, marked with the stream's ARN."""

        def create() -> None:
            ec2 = self._client("ec2")
            for subnet in subnets:
                ec2.create_network_interface(
                    SubnetId=subnet, Groups=list(groups), Description=_mark(stream_arn)
                )

        await self._clients.run(create)

    async def delete_interfaces(self, stream_arn: str) -> None:
        """Delete the network interfaces that are marked with the stream's ARN."""

        def delete() -> None:
            ec2 = self._client("ec2")
            marked = [{"Name": "description", "Values": [_mark(stream_arn)]}]
            found = ec2.describe_network_interfaces(Filters=marked)["NetworkInterfaces"]
            for interface in found:
                ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])

        await self._clients.run(delete)


def _mark(stream_arn: str) -> str:
    return f"Amazon Data Firehose {stream_arn}"


def _no_answer(endpoint: str, error: Exception) -> str:
    return f"No answer from {endpoint}: {type(error).__name__} {error}".rstrip()
