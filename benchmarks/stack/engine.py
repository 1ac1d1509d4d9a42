"""The real engine behind a stack, asked directly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from benchmarks.stack.requests import Target
from benchmarks.stack.usage import listening_ports

from firehose_logging.local.engines.nodefiles import (
    ADMINISTRATOR_ROLE,
    SECRET_HEADER,
    secret_file,
)

_HOST = "127.0.0.1"
_PAGE = 50_000
_POLL = 0.1


class Seen(NamedTuple):
    """How many documents a search found, and when, by the monotonic clock."""

    at: float
    documents: int


@dataclass(frozen=True)
class Contents:
    """What an index holds.

    Attributes:
        documents: All of them.
        distinct: Different numbers of records in them.
    """

    documents: int
    distinct: int


class RealEngine:
    """Talk to the engine's own port, past the stack."""

    def __init__(self, pid: int | None, home: Path) -> None:
        """Find the port of the process ``pid``, and its secret in the stack's state folder.

        Raises:
            RuntimeError: there is no such process, or it answers on no port.
        """
        if pid is None:
            raise RuntimeError("the engine is no child of the stack")
        self._headers = {
            SECRET_HEADER: secret_file(home / "engine" / "node").read_text(),
            "x-forwarded-for": _HOST,
            "x-proxy-user": ADMINISTRATOR_ROLE,
            "x-proxy-roles": ADMINISTRATOR_ROLE,
        }
        self._port = _http_port(pid, self._headers)
        self._client = httpx.Client(
            base_url=f"http://{_HOST}:{self._port}",
            headers=self._headers,
            trust_env=False,
            timeout=60,
        )

    def bulk_target(self, index: str) -> Target:
        """Return where plain ``_bulk`` requests go."""
        return Target(_HOST, self._port, index, headers=self._headers)

    def count(self, index: str) -> Seen:
        """Return how many documents searches find now."""
        answer = self._client.get(f"/{index}/_count").json()
        return Seen(time.monotonic(), int(answer.get("count", 0)))

    def await_count(self, index: str, count: int, patience: float) -> Seen:
        """Return as soon as searches find ``count`` documents, or when the patience is over."""
        deadline = time.monotonic() + patience
        seen = self.count(index)
        while seen.documents < count and seen.at < deadline:
            time.sleep(_POLL)
            seen = self.count(index)
        return seen

    def contents(self, index: str) -> Contents:
        """Count documents and their numbers, exactly."""
        documents = distinct = 0
        for page in self._pages(index):
            distinct += len(page)
            documents += sum(bucket["doc_count"] for bucket in page)
        return Contents(documents, distinct)

    def delete(self, index: str) -> None:
        """Delete an index, if it is there."""
        self._client.delete(f"/{index}", params={"ignore_unavailable": "true"})

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _pages(self, index: str) -> Iterator[list[dict[str, Any]]]:
        composite: dict[str, Any] = {"size": _PAGE, "sources": [{"n": {"terms": {"field": "n"}}}]}
        self._client.post(f"/{index}/_refresh")
        while True:
            question = {"size": 0, "aggs": {"numbers": {"composite": composite}}}
            answer = self._client.post(f"/{index}/_search", json=question).json()
            numbers = answer["aggregations"]["numbers"]
            if not numbers["buckets"]:
                return
            yield numbers["buckets"]
            composite["after"] = numbers["after_key"]


def _http_port(pid: int, headers: dict[str, str]) -> int:
    for port in listening_ports(pid):
        try:
            answer = httpx.get(
                f"http://{_HOST}:{port}/", headers=headers, trust_env=False, timeout=5
            )
        except httpx.TransportError:
            continue  # the port for other nodes
        if answer.status_code == httpx.codes.OK:
            return port
    raise RuntimeError(f"the engine, process {pid}, answers on no port")
