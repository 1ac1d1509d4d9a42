"""AWS as a service or a role sees it, through the gateway like any other client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
from botocore.config import Config

_T = TypeVar("_T")
_THREADS = 4
_CONFIG = Config(retries={"total_max_attempts": 2}, proxies={}, connect_timeout=5, read_timeout=30)


class ServiceClients:
    """Make boto3 clients and call them in threads of their own.

    Args:
        endpoint_url: the gateway.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._session: Any = boto3.session.Session()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="services")

    def client(self, service: str, region: str, keys: tuple[str, str, str | None]) -> Any:
        """Return a client that the caller closes.

        Args:
            service: boto3's name.
            region: for example ``eu-west-1``.
            keys: access key id, secret access key, session token.
        """
        return self._session.client(
            service,
            region_name=region,
            endpoint_url=self._endpoint_url,
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=keys[2],
            config=_CONFIG,
        )

    async def run(self, call: Callable[[], _T]) -> _T:
        """Make a blocking call off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def stop(self) -> None:
        """Let calls in flight end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
