"""Choose the engine that a setting names, or the best one that this machine can run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from firehose_logging.local.engines.base import Engine, EngineError, EngineInfo
from firehose_logging.local.engines.external import ExternalEngine
from firehose_logging.local.engines.opensearch import OpenSearchEngine
from firehose_logging.local.engines.osmem import OsmemEngine

Progress = Callable[[str], None]

ENGINES_VARIABLE = "FIREHOSE_LOGGING_ENGINES"


def choose(
    setting: str,
    home: Path,
    progress: Progress,
    environment: Mapping[str, str] = os.environ,
    *,
    data_dir: Path | None = None,
) -> Engine:
    """Return the engine to start.

    Args:
        setting: ``auto``, ``opensearch``, ``osmem``, or the URL of one that runs.
        home: the state folder.
        progress: is told what takes long.
        environment: with ``CI=true``, ``auto`` means real OpenSearch or nothing;
            ``FIREHOSE_LOGGING_ENGINES`` names a folder that state folders share to assemble
            OpenSearch in, ``<home>/engine`` by default.
        data_dir: where OpenSearch keeps its data for the next start; by default they end with
            this one.

    Raises:
        EngineError: the setting is none of those.
    """
    folder = home / "engine"
    shared = environment.get(ENGINES_VARIABLE)
    opensearch = partial(
        OpenSearchEngine,
        Path(shared).expanduser().absolute() if shared else folder,
        progress,
        node_home=(data_dir or folder) / "node",
        keep_data=data_dir is not None,
    )
    if setting == "opensearch":
        return opensearch()
    if setting == "osmem":
        return OsmemEngine(folder, progress)
    if setting != "auto":
        return ExternalEngine(setting, progress)
    if environment.get("CI", "").lower() == "true":
        return opensearch(reason="CI runs on nothing less")
    return FirstThatStarts(
        [
            lambda _: opensearch(reason="the best there is: Java and Maven are there"),
            lambda why_not: OsmemEngine(
                folder, progress, reason=f"OpenSearch can't run: {why_not}"
            ),
        ],
        progress,
    )


class FirstThatStarts:
    """The first engine of several that starts; it says why those before it did not.

    Args:
        makers: each takes the reason why the engine before it can't run, and makes the next one.
        progress: is told of each one that does not start.
    """

    def __init__(self, makers: Sequence[Callable[[str], Engine]], progress: Progress) -> None:
        self._makers = makers
        self._progress = progress
        self._engine = makers[0]("")

    @property
    def chosen(self) -> Engine:
        """The engine that runs, once ``start`` has returned."""
        return self._engine

    @property
    def info(self) -> EngineInfo:
        """What runs; complete once ``start`` has returned."""
        return self._engine.info

    @property
    def url(self) -> str:
        """Base URL without a trailing slash, valid once ``start`` has returned."""
        return self._engine.url

    @property
    def pid(self) -> int | None:
        """The engine's process id while it runs as a child."""
        return getattr(self._engine, "pid", None)

    async def start(self) -> None:
        """Return when one of them answers searches.

        Raises:
            EngineError: none of them can run; the last one's reason.
        """
        why_not = ""
        for make in self._makers:
            self._engine = make(why_not)
            try:
                await self._engine.start()
            except EngineError as error:
                why_not = str(error)
                self._progress(why_not)
            else:
                return
        raise EngineError(why_not)

    async def stop(self) -> None:
        """End what ``start`` began; a second call does nothing."""
        await self._engine.stop()

    def headers_as(self, backend_roles: tuple[str, ...]) -> Mapping[str, str]:
        """Return the headers that make a call count as made by ``backend_roles``."""
        return self._engine.headers_as(backend_roles)

    def headers_as_nobody(self) -> Mapping[str, str]:
        """Return the headers that let a call of nobody's through to the engine."""
        return self._engine.headers_as_nobody()

    def headers_as_administrator(self) -> Mapping[str, str]:
        """Return the headers that make a call count as the engine's administrator."""
        return self._engine.headers_as_administrator()
