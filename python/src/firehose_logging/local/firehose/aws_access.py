"""Firehose's view of AWS through the gateway and the domains' endpoints.

Nothing here takes a short cut: every call is signed, by the service or by the role that it
assumed, and whatever the other side refuses is refused.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from firehose_logging.local.firehose.ports import (
    AccessError,
    DomainRecord,
    HttpAnswer,
    Invocation,
    LogEvent,
    MetricDatum,
)

_Result = TypeVar("_Result")
_SESSION_NAME = "firehose"
_REFRESH_SECONDS = 300.0
_THREADS = 8
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 60.0
_FUNCTION_SECONDS = 310.0
"""A little over the five minutes that a function may take (E3)."""


class ServiceCredentials(NamedTuple):
    """Keys whose calls count as made by firehose.amazonaws.com."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass(frozen=True)
class _RoleKeys:
    credentials: Credentials
    expires: float


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
        self._clients = _Clients(endpoint_url)
        context = ssl.create_default_context(cafile=ca_bundle)
        self._http = httpx.AsyncClient(
            verify=context,
            trust_env=False,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        )
        self._roles: dict[tuple[str, str], _Role] = {}
        self._assuming: dict[tuple[str, str], asyncio.Lock] = {}

    async def as_role(self, role_arn: str, region: str) -> _Role:
        """Return AWS as the role sees it, assuming it anew shortly before its keys expire."""
        key = (role_arn, region)
        async with self._assuming.setdefault(key, asyncio.Lock()):
            role = self._roles.get(key)
            if role is None or role.expires - time.time() < _REFRESH_SECONDS:
                role = self._roles[key] = await self._assume(role_arn, region)
            return role

    async def assume_anew(self, role_arn: str, region: str) -> _Role:
        """Return AWS as the role sees it now, whatever was assumed before."""
        old = self._roles.pop((role_arn, region), None)
        if old is not None:
            old.forget()
        return await self.as_role(role_arn, region)

    async def _assume(self, role_arn: str, region: str) -> _Role:
        def assume() -> dict[str, Any]:
            sts = self._clients.get("sts", region, self._service)
            return cast(
                "dict[str, Any]",
                sts.assume_role(
                    RoleArn=role_arn, RoleSessionName=_SESSION_NAME, ExternalId=self._account
                )["Credentials"],
            )

        keys = await self._clients.run(assume)
        credentials = Credentials(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
        )
        return _Role(
            self._clients,
            self._http,
            _RoleKeys(credentials, keys["Expiration"].timestamp()),
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


class _Clients:
    """boto3 clients and the threads they block.

    The threads are not the event loop's own: the gateway answers from those, and would wait
    for itself.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._session: Any = boto3.session.Session()
        self._lock = Lock()
        self._made: dict[tuple[str, str, str], Any] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="firehose-aws")
        self._config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_FUNCTION_SECONDS,
            proxies={},
            s3={"addressing_style": "path"},
        )

    def get(self, service: str, region: str, credentials: Credentials) -> Any:
        """Return a client; made once for each service, Region and key."""
        key = (service, region, credentials.access_key)
        with self._lock:
            client = self._made.get(key)
            if client is None:
                client = self._made[key] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint_url,
                    aws_access_key_id=credentials.access_key,
                    aws_secret_access_key=credentials.secret_key,
                    aws_session_token=credentials.token,
                    config=self._config,
                )
            return client

    def forget(self, credentials: Credentials) -> None:
        """Close the clients of a key that is no longer used."""
        with self._lock:
            for key in [key for key in self._made if key[2] == credentials.access_key]:
                self._made.pop(key).close()

    async def run(self, call: Callable[[], _Result]) -> _Result:
        """Make a blocking call; raise ``AccessError`` when it is refused or gets no answer."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except ClientError as error:
            said = error.response["Error"]
            raise AccessError(said.get("Code", "Unknown"), said.get("Message", "")) from error
        except BotoCoreError as error:
            raise AccessError(type(error).__name__, str(error)) from error

    def close(self) -> None:
        """End the threads and close connections."""
        self._threads.shutdown(wait=True)
        with self._lock:
            for client in self._made.values():
                client.close()
            self._made.clear()


class _Role:
    """AWS as one assumed role sees it."""

    def __init__(
        self, clients: _Clients, http: httpx.AsyncClient, keys: _RoleKeys, region: str
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
        url = f"https://{endpoint}/_bulk"
        request = AWSRequest(
            "POST",
            url,
            data=body,
            headers={"Content-Type": "application/x-ndjson"},
        )
        SigV4Auth(self._credentials, "es", self._region).add_auth(request)
        try:
            answer = await self._http.post(url, content=body, headers=dict(request.headers.items()))
        except httpx.ConnectTimeout as error:
            raise AccessError("OS.ConnectionTimeout", _no_answer(endpoint, error)) from error
        except httpx.TimeoutException as error:
            raise AccessError("OS.RequestTimeout", _no_answer(endpoint, error)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise AccessError("OS.ConnectionError", _no_answer(endpoint, error)) from error
        return HttpAnswer(answer.status_code, answer.content)

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


def _no_answer(endpoint: str, error: Exception) -> str:
    return f"No answer from {endpoint}: {type(error).__name__} {error}".rstrip()
