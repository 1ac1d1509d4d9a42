"""The in-memory server from PyPI, for machines that have nothing but Python."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from firehose_logging.local.engines.base import EngineError, EngineInfo
from firehose_logging.local.engines.childserver import ChildServer

BOOT_TIMEOUT = 30.0

LIMITS = (
    "fine-grained roles are not enforced",
    "no ISM and no SQL of its own",
    "nothing survives its end",
)


class OsmemEngine:
    """``osmem-server`` as a child process on loopback.

    Args:
        home: the state folder's part for engines; its log goes there.
        progress: is told what takes long.
        reason: why this engine was chosen.
    """

    def __init__(
        self, home: Path, progress: Callable[[str], None], *, reason: str = "asked for"
    ) -> None:
        self._home = home
        self._progress = progress
        self._reason = reason
        self._info = EngineInfo("osmem", "", False, reason, LIMITS)
        self._url = ""
        self._child: ChildServer | None = None

    @property
    def info(self) -> EngineInfo:
        """What runs; complete once ``start`` has returned."""
        return self._info

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        return self._url

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Return when it answers.

        Raises:
            EngineError: it is not installed, or ended by itself.
        """
        began = time.monotonic()
        self._home.mkdir(parents=True, exist_ok=True)
        self._child = ChildServer(
            "osmem-server",
            [_binary(), "--addr", "127.0.0.1:0", "--no-ja"],
            log=self._home / "osmem.log",
            directory=self._home,
        )
        announced = await self._child.start(BOOT_TIMEOUT)
        self._url = str(announced["url"]).rstrip("/")
        version = str(announced.get("version", "unknown"))
        self._info = EngineInfo("osmem", version, False, self._reason, LIMITS)
        self._progress(f"osmem-server {version} answers after {time.monotonic() - began:.1f} s")

    async def stop(self) -> None:
        """End the server; a second call does nothing."""
        child, self._child = self._child, None
        if child is not None:
            await child.stop()

    async def kill(self) -> None:
        """End the server as a crash would: for tests of what the stack does without it."""
        if self._child is not None:
            await self._child.kill()

    async def restart(self) -> None:
        """Bring the server back, empty."""
        await self.stop()
        await self.start()

    def headers_as(self, backend_roles: tuple[str, ...]) -> Mapping[str, str]:  # noqa: ARG002 - it has no roles
        """Return no headers: this engine has no security of its own."""
        return {}

    def headers_as_nobody(self) -> Mapping[str, str]:
        """Return no headers: this engine has no security of its own."""
        return {}

    def headers_as_administrator(self) -> Mapping[str, str]:
        """Return no headers: this engine has no security of its own."""
        return {}


def _binary() -> str:
    try:
        from osmem_server import OsmemError, resolve_binary
    except ImportError:
        raise EngineError(
            "osmem-server is not installed: pip install 'firehose-logging[local]'"
        ) from None
    try:
        return str(resolve_binary())
    except OsmemError as error:
        raise EngineError(f"{error}; or use --engine opensearch or a URL") from None
