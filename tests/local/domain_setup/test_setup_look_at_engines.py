"""A look at real engines: what they answer reads as wanted after a run, and drift does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firehose_logging.domain_setup.client import ReadOnlyDomain
from firehose_logging.domain_setup.looking import Finding, look
from firehose_logging.domain_setup.request import SetupCall, SetupRequest
from firehose_logging.domain_setup.sequence import perform
from firehose_logging.domain_setup.settling import Patience
from firehose_logging.local.engines.osmem import OsmemEngine

from .wanted import STRANGER, request_for

if TYPE_CHECKING:
    from tests.local.domain_setup.conftest import Caller

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
SECURITY = "/_plugins/_security/api"


def run(by: Caller, wanted: SetupRequest, name: str, action: str = "update") -> None:
    perform(SetupCall(action, wanted, name), lambda _: by.domain, lambda _: None)


def seen(by: Caller, wanted: SetupRequest) -> Finding:
    return look(ReadOnlyDomain(by.send, Patience(0)), wanted, NOW)


def differs(by: Caller, wanted: SetupRequest) -> list[str]:
    return [one.step for one in seen(by, wanted).differs]


@pytest.fixture
def wanted(administrator: Caller) -> Iterator[SetupRequest]:
    wanted = request_for("seen", administrators=(STRANGER,))
    yield wanted
    run(administrator, wanted, "last", "delete")


def test_opensearch_reads_as_wanted_after_each_run_and_not_after_drift(
    administrator: Caller, wanted: SetupRequest
) -> None:
    for name in ("first", "second"):
        run(administrator, wanted, name)
        assert seen(administrator, wanted) == Finding(name)

    for step, path in (
        ("writer_mapping", f"{SECURITY}/rolesmapping/firehose-logging-seen-writer"),
        ("writer_role", f"{SECURITY}/roles/firehose-logging-seen-writer"),
        ("reader_role", f"{SECURITY}/roles/firehose-logging-seen-reader"),
    ):
        assert administrator.call("DELETE", path).is_success
        assert step in differs(administrator, wanted)
    assert administrator.call("DELETE", "/_index_template/firehose-logging-seen").is_success
    found = seen(administrator, wanted)
    assert {"index_template", "record_of_success"} < {one.step for one in found.differs}

    run(administrator, wanted, found.run)
    assert seen(administrator, wanted) == Finding(found.run)


def test_the_small_engine_keeps_a_run_and_forgets_it_with_the_template(
    tmp_path: Path, anyone: Callable[[str], Caller]
) -> None:
    wanted = SetupRequest("localhost", "eu-west-1", "small", retention_days=30)

    async def looked() -> list[Finding]:
        engine = OsmemEngine(tmp_path, print)
        await engine.start()
        try:
            return await asyncio.to_thread(look_before_and_after, anyone(engine.url), wanted)
        finally:
            await engine.stop()

    before, after, without = asyncio.run(looked())
    assert [one.step for one in before.differs] == ["index_template", "record_of_success"]
    assert after == Finding("first")
    assert [one.step for one in without.differs] == ["index_template", "record_of_success"]


def look_before_and_after(by: Caller, wanted: SetupRequest) -> list[Finding]:
    before = seen(by, wanted)
    run(by, wanted, "first")
    after = seen(by, wanted)
    by.call("DELETE", "/_index_template/firehose-logging-small")
    return [before, after, seen(by, wanted)]
