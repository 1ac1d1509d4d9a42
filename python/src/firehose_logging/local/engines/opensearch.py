"""Real OpenSearch with the real Security plugin, as a child process on loopback."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import httpx

from firehose_logging.local.engines.base import EngineError, EngineInfo
from firehose_logging.local.engines.childserver import ChildServer
from firehose_logging.local.engines.filelock import try_lock
from firehose_logging.local.engines.java import Jdk, find_jdk
from firehose_logging.local.engines.maven import Assembly, assemble
from firehose_logging.local.engines.nodefiles import (
    ADMINISTRATOR_ROLE,
    ROLE_SEPARATOR,
    SECRET_HEADER,
    write_node_files,
)
from firehose_logging.local.ownership import StrangerError, refuse_strangers

BOOT_TIMEOUT = 180.0
HEAP_MEBIBYTES = 512

LIMITS = (
    "Index State Management and Dashboards are the stack's own",
    "all domains share one engine",
)

_POLL_SECONDS = 0.25


class OpenSearchEngine:
    """A node that lives below ``home`` and no longer than this process.

    Args:
        home: the state folder's part for engines; nothing outside it is written.
        progress: is told what takes long.
        reason: why this engine was chosen.
        node_home: where the node's own files go, ``home / "node"`` unless given.
        keep_data: whether indices of an earlier start are kept.
    """

    def __init__(
        self,
        home: Path,
        progress: Callable[[str], None],
        *,
        reason: str = "asked for",
        node_home: Path | None = None,
        keep_data: bool = False,
    ) -> None:
        self._home = home
        self._node_home = node_home or home / "node"
        self._progress = progress
        self._reason = reason
        self._keep_data = keep_data
        self._info = EngineInfo("opensearch", "", True, reason, LIMITS)
        self._secret = secrets.token_urlsafe(32)
        self._url = ""
        self._child: ChildServer | None = None
        self._lock: BinaryIO | None = None

    @property
    def info(self) -> EngineInfo:
        """What runs; complete once ``start`` has returned."""
        return self._info

    @property
    def url(self) -> str:
        """Base URL without a trailing slash; another one after ``restart``."""
        return self._url

    @property
    def pid(self) -> int | None:
        """The node's process id while it runs."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Assemble the engine if need be, boot it, and return when it answers searches.

        Raises:
            EngineError: no Java, no Maven, no network, a second start in this folder, a folder
                that could be somebody else's, or the node ended by itself; one line with the
                remedy.
        """
        try:
            await asyncio.to_thread(refuse_strangers, self._home)
        except StrangerError as error:
            raise EngineError(str(error)) from None
        jdk = await asyncio.to_thread(find_jdk)
        assembly = await assemble(self._home / "assembly", jdk, self._progress)
        self._hold_lock()
        try:
            await asyncio.to_thread(self._prepare_files)
            await self._boot(jdk, assembly)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the node and leave no process; a second call does nothing."""
        child, self._child = self._child, None
        if child is not None:
            await child.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def kill(self) -> None:
        """End the node as a crash would: for tests of what the stack does without it."""
        if self._child is not None:
            await self._child.kill()

    async def restart(self) -> None:
        """Bring the node back with its data, after ``kill`` or while it runs."""
        keep, self._keep_data = self._keep_data, True
        try:
            await self.stop()
            await self.start()
        finally:
            self._keep_data = keep

    def headers_as(self, backend_roles: tuple[str, ...]) -> Mapping[str, str]:
        """Return the headers that make a call count as made by ``backend_roles``.

        The first one is the user's name, too, as Amazon's domains name an IAM caller.
        """
        return {
            **self.headers_as_nobody(),
            "x-forwarded-for": "127.0.0.1",
            "x-proxy-user": backend_roles[0],
            "x-proxy-roles": ROLE_SEPARATOR.join(backend_roles),
        }

    def headers_as_nobody(self) -> Mapping[str, str]:
        """Return the header without which the node takes no call at all."""
        return {SECRET_HEADER: self._secret}

    def headers_as_administrator(self) -> Mapping[str, str]:
        """Return the headers that make a call count as the engine's administrator."""
        return self.headers_as((ADMINISTRATOR_ROLE,))

    def _hold_lock(self) -> None:
        self._node_home.mkdir(parents=True, exist_ok=True)
        handle = (self._node_home / "in-use.lock").open("ab")
        if not try_lock(handle):
            handle.close()
            raise EngineError(
                f"another local stack runs OpenSearch in {self._node_home}: stop it, "
                "or choose another folder with FIREHOSE_LOGGING_HOME"
            )
        self._lock = handle

    def _prepare_files(self) -> None:
        if not self._keep_data:
            shutil.rmtree(self._node_home / "data", ignore_errors=True)
        write_node_files(self._node_home, self._secret)

    async def _boot(self, jdk: Jdk, assembly: Assembly) -> None:
        began = time.monotonic()
        self._progress("starting OpenSearch")
        self._child = ChildServer(
            "OpenSearch",
            _command(jdk, assembly, self._node_home),
            log=self._node_home / "logs" / "opensearch.log",
            directory=self._node_home,
            environment=_environment(),
        )
        announced = await self._child.start(BOOT_TIMEOUT)
        self._url = f"http://127.0.0.1:{announced['port']}"
        version = await self._first_answer(began + BOOT_TIMEOUT)
        self._info = EngineInfo("opensearch", version, True, self._reason, LIMITS)
        self._progress(f"OpenSearch {version} answers after {time.monotonic() - began:.0f} s")

    async def _first_answer(self, deadline: float) -> str:
        """Return the version once Security has read its configuration and searches are served."""
        headers = dict(self.headers_as_administrator())
        async with httpx.AsyncClient(
            base_url=self._url, headers=headers, trust_env=False, timeout=10
        ) as client:
            while time.monotonic() < deadline:
                if self.pid is None:
                    break
                try:
                    found = await client.get("/_search?size=0")
                    if found.status_code == httpx.codes.OK:
                        return str((await client.get("/")).json()["version"]["number"])
                except httpx.TransportError:
                    pass
                await asyncio.sleep(_POLL_SECONDS)
        raise EngineError(
            "OpenSearch started but does not answer searches "
            f"(log: {self._node_home / 'logs' / 'opensearch.log'})"
        )


def _command(jdk: Jdk, assembly: Assembly, home: Path) -> list[str]:
    return [
        str(jdk.java),
        "-Xms256m",
        f"-Xmx{HEAP_MEBIBYTES}m",
        "-XX:+UseSerialGC",
        # The optimising compiler costs more than it saves below some 500,000 documents: measured,
        # 21 s of processor time to boot with it and 9 s without.
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={home / 'logs' / 'jvm-error.log'}",
        "-XX:+AutoCreateSharedArchive",
        f"-XX:SharedArchiveFile={assembly.archive}",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        "--enable-native-access=ALL-UNNAMED",
        f"-Djava.io.tmpdir={home / 'tmp'}",
        f"-Djna.tmpdir={home / 'tmp'}",
        "-Djna.nosys=true",
        "-Dlog4j2.disable.jmx=true",
        "-Dlog4j2.formatMsgNoLookups=true",
        f"-Dlog4j2.configurationFile={home / 'config' / 'log4j2.properties'}",
        "-Dfile.encoding=UTF-8",
        "-cp",
        os.pathsep.join(map(str, assembly.class_path)),
        assembly.main_class,
        str(home),
    ]


def _environment() -> dict[str, str]:
    """Return this process's environment without the variables that add flags to any JVM."""
    ignored = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"}
    return {name: value for name, value in os.environ.items() if name not in ignored}
