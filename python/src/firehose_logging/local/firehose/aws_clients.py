"""boto3 clients and the threads that they block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from firehose_logging.local.firehose.ports import AccessError

_Result = TypeVar("_Result")
_THREADS = 8
_CONNECT_SECONDS = 5.0
_FUNCTION_SECONDS = 310.0
"""A little over the five minutes that a function may take (E3)."""


_SOURCE: ContextVar[str | None] = ContextVar("source", default=None)


@contextmanager
def on_behalf_of(stream_arn: str) -> Iterator[None]:
    """Make calls to STS, in this thread, on behalf of a stream.

    AWS's services say so by the headers that policies see as ``aws:SourceArn`` and
    ``aws:SourceAccount``.
    """
    before = _SOURCE.set(stream_arn)
    try:
        yield
    finally:
        _SOURCE.reset(before)


def _name_source(params: dict[str, Any], **_others: object) -> None:
    source = _SOURCE.get()
    if source is not None:
        params["headers"]["x-amz-source-arn"] = source
        params["headers"]["x-amz-source-account"] = source.split(":")[4]


class Clients:
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
                client.meta.events.register("before-call.sts", _name_source)
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
