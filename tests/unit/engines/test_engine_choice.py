"""Which engine a setting means."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from firehose_logging.local.engines.base import Engine, EngineError, EngineInfo
from firehose_logging.local.engines.choice import FirstThatStarts, choose
from firehose_logging.local.engines.external import ExternalEngine
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.engines.osmem import OsmemEngine


def ignore(_: str) -> None: ...


class Scripted:
    url = "http://127.0.0.1:1"

    def __init__(self, kind: str, failure: str = "", reason: str = "") -> None:
        self.info = EngineInfo(kind, "1", True, reason)
        self.failure = failure
        self.stopped = 0

    async def start(self) -> None:
        if self.failure:
            raise EngineError(self.failure)

    async def stop(self) -> None:
        self.stopped += 1

    def headers_as(self, backend_roles: tuple[str, ...]) -> Mapping[str, str]:
        return {"roles": ",".join(backend_roles)}

    def headers_as_nobody(self) -> Mapping[str, str]:
        return {}

    def headers_as_administrator(self) -> Mapping[str, str]:
        return {"roles": "administrator"}


def test_each_setting_means_its_engine(tmp_path: Path) -> None:
    assert isinstance(choose("opensearch", tmp_path, ignore), OpenSearchEngine)
    assert isinstance(choose("osmem", tmp_path, ignore), OsmemEngine)
    assert isinstance(choose("http://127.0.0.1:9200", tmp_path, ignore), ExternalEngine)


def test_auto_in_ci_is_real_opensearch_or_nothing(tmp_path: Path) -> None:
    assert isinstance(choose("auto", tmp_path, ignore, {"CI": "true"}), OpenSearchEngine)
    assert isinstance(choose("auto", tmp_path, ignore, {}), FirstThatStarts)


@pytest.mark.parametrize("setting", ["elastic", "", "ftp://x", "http://", "localhost:9200"])
def test_a_setting_that_is_no_engine_is_refused_with_what_is_allowed(
    tmp_path: Path, setting: str
) -> None:
    with pytest.raises(EngineError, match="use auto, opensearch, osmem, or a URL"):
        choose(setting, tmp_path, ignore)


def test_a_refused_url_does_not_show_its_password(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refusal:
        choose("ftp://admin:secret@host", tmp_path, ignore)
    assert "secret" not in str(refusal.value)


def test_a_url_with_a_wrong_port_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not valid"):
        choose("http://host:99999", tmp_path, ignore)


def test_user_and_password_of_a_url_become_a_header() -> None:
    engine = ExternalEngine("https+insecure://admin:p%40ss@host:9200/", ignore)
    assert engine.url == "https://host:9200"
    assert engine.headers_as(("a",)) == {"authorization": "Basic YWRtaW46cEBzcw=="}
    assert engine.info.verify_certificate is False
    assert "its certificate is not checked" in engine.info.limits


async def test_the_next_engine_starts_and_says_why_the_first_did_not() -> None:
    told: list[str] = []
    makers: list[Callable[[str], Engine]] = [
        lambda _: Scripted("opensearch", failure="no Java"),
        lambda why: Scripted("osmem", reason=f"OpenSearch can't run: {why}"),
    ]
    engine = FirstThatStarts(makers, told.append)
    await engine.start()
    assert (engine.info.kind, engine.info.reason) == ("osmem", "OpenSearch can't run: no Java")
    assert told == ["no Java"]
    assert engine.headers_as(("a", "b")) == {"roles": "a,b"}


async def test_when_none_starts_the_last_reason_is_raised() -> None:
    makers: list[Callable[[str], Engine]] = [
        lambda _: Scripted("opensearch", failure="no Java"),
        lambda _: Scripted("osmem", failure="not installed"),
    ]
    with pytest.raises(EngineError, match="not installed"):
        await FirstThatStarts(makers, ignore).start()
