"""What every test shares."""

from collections.abc import AsyncIterator
from pathlib import Path, PurePath

import hypothesis
import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from firehose_logging.local.engines.base import EngineError
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.gateway.moto_settings import configure_moto
from firehose_logging.local.home import find_home
from firehose_logging.verify.binary import TerraformError, find_both

from .local.programs import leave_out

# Before any test module imports moto, which reads its settings only then.
configure_moto()

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

HERE = Path(__file__).parent

ONE_DEPLOYMENT = "e2e"
ONE_ENGINE = {
    ("local", "domain"),
    ("local", "domain_setup"),
    ("local", "engines"),
    ("security",),
    ("security", "engine"),
}
LONGEST_FIRST = (ONE_DEPLOYMENT, "engine", "chaos", "security", "local", "unit")


def pytest_report_header() -> str:
    try:
        return "infrastructure: " + ", ".join(f"{binary} ({binary.path})" for binary in find_both())
    except TerraformError as error:
        return f"infrastructure: {error}"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def engine_home() -> Path:
    """Where OpenSearch is assembled: in the working copy's own state folder, once."""
    return find_home(directory=HERE) / "engine"


@pytest.fixture(scope="session")
async def engine(
    anyio_backend: str, engine_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenSearchEngine]:
    """Real OpenSearch with the Security plugin; CI fails without it."""
    node = OpenSearchEngine(engine_home, print, node_home=tmp_path_factory.mktemp("node"))
    try:
        await node.start()
    except EngineError as error:
        leave_out(f"no real OpenSearch: {error}")
    yield node
    await node.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest come first, so that none of them runs alone at the end."""
    items.sort(key=lambda item: LONGEST_FIRST.index(PurePath(_group(item.nodeid)).parts[0]))


class SharedPartsScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types for it
    """Hand whole groups of tests to the processes that run them."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_xdist_make_scheduler(
    config: pytest.Config,
    log: object,
) -> SharedPartsScheduling:
    """Let what is costly to start be started once, whichever process runs its tests."""
    return SharedPartsScheduling(config, log)


def _group(nodeid: str) -> str:
    """Name the group whose tests run in one process: a deployment, an engine, or a file."""
    room, *rest = PurePath(nodeid.partition("::")[0]).parts[1:]
    if room == ONE_DEPLOYMENT:
        return ONE_DEPLOYMENT
    return "engine" if (room, *rest[:-1]) in ONE_ENGINE else str(PurePath(room, *rest))
