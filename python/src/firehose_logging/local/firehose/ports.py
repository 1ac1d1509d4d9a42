"""What Firehose asks of other AWS services, each time as somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class AccessError(Exception):
    """An AWS service said no, or could not be reached.

    Attributes:
        code: the service's error code, for example ``AccessDenied``; for a domain that gave no
            answer one of Firehose's own, for example ``OS.ConnectionTimeout``.
        message: the service's text.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class DomainRecord:
    """A domain as ``DescribeDomain`` shows it.

    Attributes:
        endpoint: host and port, or ``None`` while there is none.
        engine_version: for example ``OpenSearch_3.5`` or ``Elasticsearch_7.10``.
    """

    endpoint: str | None
    engine_version: str


@dataclass(frozen=True)
class HttpAnswer:
    """What a domain's endpoint answered."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Invocation:
    """What a function answered; ``error`` is the kind of its failure, ``None`` if it ended well."""

    payload: bytes
    error: str | None


@dataclass(frozen=True)
class MetricDatum:
    """Statistics of one metric of one stream for a span of time."""

    stream: str
    name: str
    unit: str
    timestamp: float
    count: float
    total: float
    least: float
    most: float


@dataclass(frozen=True, order=True)
class LogEvent:
    """One event for CloudWatch Logs; ``timestamp`` in UTC seconds since the epoch."""

    timestamp: float
    message: str


class RoleAccess(Protocol):
    """AWS as one role sees it. Every method raises ``AccessError``."""

    async def describe_domain(self, domain_arn: str) -> DomainRecord:
        """Return the domain's record."""

    async def bulk(self, endpoint: str, body: bytes) -> HttpAnswer:
        """Send ``body`` to ``_bulk`` at ``https://<endpoint>``, signed for service ``es``."""

    async def put_object(self, bucket: str, key: str, body: bytes, key_arn: str | None) -> None:
        """Write an object, encrypted with ``key_arn`` where given."""

    async def put_log_events(self, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        """Append events, oldest first."""

    async def invoke(self, function_arn: str, payload: bytes) -> Invocation:
        """Call a function and wait for its answer."""

    async def find_vpc(self, subnets: Sequence[str], groups: Sequence[str]) -> str:
        """Return the VPC that the subnets and security groups belong to."""

    async def create_interfaces(
        self, stream_arn: str, subnets: Sequence[str], groups: Sequence[str]
    ) -> None:
        """Make one network interface per subnet, marked with the stream's ARN."""

    async def delete_interfaces(self, stream_arn: str) -> None:
        """Delete the network interfaces that are marked with the stream's ARN."""


class Aws(Protocol):
    """AWS as the service Firehose sees it."""

    async def as_role(self, role_arn: str, stream_arn: str) -> RoleAccess:
        """Return AWS as ``role_arn`` sees it, assumed on behalf of a stream, in its Region.

        Raise ``AccessError`` if it can't be assumed.
        """

    async def assume_anew(self, role_arn: str, stream_arn: str) -> RoleAccess:
        """Do the same without keys that were got before."""

    async def key_state(self, key_arn: str, region: str) -> str:
        """Return the ``KeyState`` of a KMS key; raise ``AccessError``."""

    async def put_metrics(self, region: str, data: Sequence[MetricDatum]) -> None:
        """Publish to the namespace ``AWS/Firehose``; raise ``AccessError``."""

    async def close(self) -> None:
        """Close connections."""
