"""A domain that is set up, for all who attack it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from firehose_logging.local.domain.admission import DomainCall
from firehose_logging.local.domain.authority import Authority
from firehose_logging.local.domain.endpoint import DomainEndpoints
from firehose_logging.local.domain.settings import DomainSettings
from firehose_logging.local.engines.opensearch import OpenSearchEngine

from .a_domain import (
    BESIDE,
    DOMAIN_ARN,
    OTHERS,
    OWN,
    SETUP,
    Domain,
    Policies,
    as_administrator,
    authenticate,
    written,
)


@pytest.fixture(scope="session")
def with_deletion() -> Policies:
    """What Terraform writes with every input that brings a permission."""
    return Policies.written()


@pytest.fixture(scope="session")
def policies(with_deletion: Policies) -> Policies:
    """The same without ``setup.delete_indexes``, as is the default."""
    return with_deletion.without(SETUP, "DeleteIndexes")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), time.time())


@pytest.fixture(scope="module")
async def domain(
    engine: OpenSearchEngine, authority: Authority, policies: Policies
) -> AsyncIterator[Domain]:
    """The domain, set up by the function, with an index of its own and two of others."""

    def decide(caller: Any, action: str, resource: str, _call: DomainCall) -> Any:
        return policies.decide(caller, action, resource)

    settings = DomainSettings(arn=DOMAIN_ARN, fine_grained=True, master_arn=SETUP)
    endpoints = DomainEndpoints(
        engine, authority, lambda _name: settings, authenticate=authenticate, authorize=decide
    )
    with pytest.MonkeyPatch.context() as environment:
        made = Domain(await endpoints.open("logging-test"), authority.bundle, environment)
        try:
            await made.set_up()
            for index in (OWN, BESIDE, OTHERS):
                await written(engine, index)
            yield made
            await made.set_up("delete")
        finally:
            for index in (OWN, BESIDE, OTHERS):
                await as_administrator(engine, "DELETE", f"/{index}")
            await endpoints.stop()
