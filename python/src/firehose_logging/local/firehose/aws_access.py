"""Firehose's view of AWS through the gateway and the domains' endpoints.

Nothing here takes a short cut: every call is signed, by the service or by the role that it
assumed, and whatever the other side refuses is refused.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import httpx
from botocore.credentials import Credentials

from firehose_logging.local.firehose.aws_clients import Clients, on_behalf_of
from firehose_logging.local.firehose.ports import MetricDatum
from firehose_logging.local.firehose.role_access import Role, RoleKeys

_SESSION_NAME = "firehose"
_REFRESH_SECONDS = 300.0
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 60.0


class ServiceCredentials(NamedTuple):
    """Keys whose calls count as made by firehose.amazonaws.com."""

    access_key: str
    secret_key: str
    token: str | None = None


class AwsAccess:
    """AWS at ``endpoint_url``, for the service and for the roles that it assumes.

    Args:
        endpoint_url: the gateway.
        ca_bundle: path of the certificates that domains' endpoints are trusted by.
        service_credentials: the service's own.
        account: the streams' account; sent as external id (G6).
    """

    def __init__(
        self,
        endpoint_url: str,
        ca_bundle: str,
        service_credentials: ServiceCredentials,
        account: str,
    ) -> None:
        self._account = account
        self._service = Credentials(*service_credentials)
        self._clients = Clients(endpoint_url)
        context = ssl.create_default_context(cafile=ca_bundle)
        self._http = httpx.AsyncClient(
            verify=context,
            trust_env=False,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        )
        self._roles: dict[tuple[str, str], Role] = {}
        self._assuming: dict[tuple[str, str], asyncio.Lock] = {}

    async def as_role(self, role_arn: str, stream_arn: str) -> Role:
        """Return AWS as the role sees it, assuming it anew shortly before its keys expire."""
        key = (role_arn, stream_arn)
        async with self._assuming.setdefault(key, asyncio.Lock()):
            role = self._roles.get(key)
            if role is None or role.expires - time.time() < _REFRESH_SECONDS:
                role = self._roles[key] = await self._assume(role_arn, stream_arn)
            return role

    async def assume_anew(self, role_arn: str, stream_arn: str) -> Role:
        """Return AWS as the role sees it now, whatever was assumed before."""
        old = self._roles.pop((role_arn, stream_arn), None)
        if old is not None:
            old.forget()
        return await self.as_role(role_arn, stream_arn)

    async def _assume(self, role_arn: str, stream_arn: str) -> Role:
        region = stream_arn.split(":")[3]

        def assume() -> dict[str, Any]:
            sts = self._clients.get("sts", region, self._service)
            with on_behalf_of(stream_arn):
                answer = sts.assume_role(
                    RoleArn=role_arn, RoleSessionName=_SESSION_NAME, ExternalId=self._account
                )
            return cast("dict[str, Any]", answer["Credentials"])

        keys = await self._clients.run(assume)
        credentials = Credentials(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
        )
        return Role(
            self._clients,
            self._http,
            RoleKeys(credentials, keys["Expiration"].timestamp()),
            region,
        )

    async def key_state(self, key_arn: str, region: str) -> str:
        """Return the ``KeyState`` of a KMS key."""

        def describe() -> str:
            kms = self._clients.get("kms", region, self._service)
            return str(kms.describe_key(KeyId=key_arn)["KeyMetadata"]["KeyState"])

        return await self._clients.run(describe)

    async def put_metrics(self, region: str, data: Sequence[MetricDatum]) -> None:
        """Publish statistics to the namespace ``AWS/Firehose``."""
        members = [_metric_member(datum) for datum in data]

        def put() -> None:
            cloudwatch = self._clients.get("cloudwatch", region, self._service)
            cloudwatch.put_metric_data(Namespace="AWS/Firehose", MetricData=members)

        await self._clients.run(put)

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()
        self._clients.close()


def _metric_member(datum: MetricDatum) -> dict[str, Any]:
    return {
        "MetricName": datum.name,
        "Dimensions": [{"Name": "DeliveryStreamName", "Value": datum.stream}],
        "Timestamp": min(datum.timestamp, time.time()),
        "Unit": datum.unit,
        "StatisticValues": {
            "SampleCount": datum.count,
            "Sum": datum.total,
            "Minimum": datum.least,
            "Maximum": datum.most,
        },
    }
