"""The domain set-up on the small engine, which has neither roles nor ISM nor Dashboards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firehose_logging.domain_setup.report import StepReport
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.local.engines.osmem import OsmemEngine

if TYPE_CHECKING:
    from tests.local.domain_setup.conftest import Caller

REQUEST = SetupRequest("localhost", "eu-west-1", "small", retention_days=30)


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[OsmemEngine]:
    engine = OsmemEngine(tmp_path, print)
    await engine.start()
    yield engine
    await engine.stop()


async def test_the_template_is_made_and_what_is_lacking_is_left_out(
    small: OsmemEngine, anyone: Callable[[str], Caller]
) -> None:
    caller = anyone(small.url)

    def run() -> list[dict[str, StepReport]]:
        return [caller.run(REQUEST), caller.run(REQUEST), caller.run(REQUEST, "delete")]

    first, second, last = await asyncio.to_thread(run)
    assert first["index_template"].state == "created"
    assert second["index_template"].state == "unchanged"
    assert last["index_template"].state == "removed"
    for reports in (first, second):
        others = {name: report.state for name, report in reports.items()}
        assert others.pop("domain") == others.pop("neighbours") == "unchanged"
        del others["index_template"]
        assert set(others.values()) == {"left_out"}, others
