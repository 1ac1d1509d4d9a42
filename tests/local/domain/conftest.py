"""A domain endpoint before real OpenSearch."""

import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.domain.settings import DomainSettings
from firehose_logging.local.engines.opensearch import OpenSearchEngine

DOMAIN_ARN = "arn:aws:es:eu-west-1:123456789012:domain/logs"


class Settings:
    """A domain's record that a test may change."""

    def __init__(self) -> None:
        self.now = DomainSettings(arn=DOMAIN_ARN)

    def change(self, **changes: Any) -> None:
        self.now = replace(self.now, **changes)

    def of(self, domain_name: str) -> DomainSettings:
        assert domain_name == "logs"
        return self.now


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), time.time())


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def endpoint(
    engine: OpenSearchEngine, authority: Authority, settings: Settings
) -> AsyncIterator[str]:
    """The base URL of the domain ``logs``."""
    endpoints = DomainEndpoints(engine, authority, settings.of)
    yield f"https://{await endpoints.open('logs')}"
    await endpoints.stop()


@pytest.fixture
async def client(endpoint: str, authority: Authority) -> AsyncIterator[httpx.AsyncClient]:
    trust = ssl.create_default_context(cafile=str(authority.bundle))
    async with httpx.AsyncClient(base_url=endpoint, verify=trust, timeout=60) as made:
        yield made
