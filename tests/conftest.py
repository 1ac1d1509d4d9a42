"""What every test shares."""

from pathlib import Path

import pytest

from firehose_logging.local.gateway.moto_settings import configure_moto

# Before any test module imports moto, which reads its settings only then.
configure_moto()

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what is costly to start be started once, whichever process runs its tests."""
    with_engine = {item.path for item in items if "engine" in getattr(item, "fixturenames", ())}
    groups = {item: _group(item.path, with_engine) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    # The longest come first, so that none of them runs alone at the end.
    items.sort(key=lambda item: LONGEST_FIRST.index(groups[item].partition("/")[0]))


LONGEST_FIRST = ("e2e", "engine", "chaos", "local", "unit")


def _group(path: Path, with_engine: set[Path]) -> str:
    """Name the group whose tests run in one process: a deployment, an engine, or a file."""
    relative = path.relative_to(HERE)
    if relative.parts[0] == "e2e":
        return "e2e"
    return "engine" if path in with_engine else str(relative)
