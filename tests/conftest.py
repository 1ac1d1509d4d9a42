"""What every test shares."""

import pytest

from firehose_logging.local.gateway.moto_settings import configure_moto

# Before any test module imports moto, which reads its settings only then.
configure_moto()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
