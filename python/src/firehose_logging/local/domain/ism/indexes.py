"""The engine's indexes as ISM sees them, and what its actions do to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from firehose_logging.local.domain.ism.machine import Facts
from firehose_logging.local.domain.proxy import EngineProxy


class IndexRefusalError(Exception):
    """The engine's refusal of an index expression."""

    def __init__(self, status: int, document: Any) -> None:
        super().__init__(status)
        self.status = status
        self.document = document


@dataclass(frozen=True)
class Index:
    """One index.

    Attributes:
        created_at: by the machine's clock, UTC seconds since the epoch; 0 where the engine does
            not say.
    """

    name: str
    uuid: str
    created_at: float
    facts: Facts


class Indexes:
    """Read and change indexes as the administrator."""

    def __init__(self, proxy: EngineProxy) -> None:
        self._proxy = proxy

    async def matching(self, expression: str = "*") -> list[Index]:
        """Return the indexes that an expression names; closed ones as well.

        Raises:
            IndexRefusalError: a name without wild card is not there.
        """
        columns = "h=index,uuid,creation.date,docs.count,store.size"
        path = f"/_cat/indices/{quote(expression, safe=',*-<>')}"
        answer = await self._proxy.call(
            "GET", f"{path}?format=json&bytes=b&expand_wildcards=open,closed&{columns}"
        )
        if not answer.is_success:
            raise IndexRefusalError(answer.status_code, _json(answer))
        return [_index(row) for row in answer.json()]

    async def act(self, index: str, kind: str, settings: Mapping[str, Any]) -> str | None:
        """Carry out an action; return why it failed, ``None`` where it did not."""
        path = "/" + quote(index, safe="")
        simple: dict[str, tuple[str, str, Any]] = {
            "delete": ("DELETE", path, None),
            "close": ("POST", f"{path}/_close", None),
            "open": ("POST", f"{path}/_open", None),
            "force_merge": ("POST", _merge(path, settings), None),
            "read_only": ("PUT", f"{path}/_settings", {"index.blocks.write": True}),
            "read_write": ("PUT", f"{path}/_settings", {"index.blocks.write": False}),
            "replica_count": (
                *("PUT", f"{path}/_settings"),
                {"index.number_of_replicas": settings.get("number_of_replicas")},
            ),
            "index_priority": (
                *("PUT", f"{path}/_settings"),
                {"index.priority": settings.get("priority")},
            ),
        }
        if kind not in simple:
            return f"action {kind} is not supported by the local stack"
        answer = await self._proxy.call(*simple[kind])
        gone = kind == "delete" and answer.status_code == httpx.codes.NOT_FOUND
        return None if answer.is_success or gone else f"Failed to {kind} index: {answer.text}"


def _merge(path: str, settings: Mapping[str, Any]) -> str:
    return f"{path}/_forcemerge?max_num_segments={int(settings.get('max_num_segments', 1))}"


def _index(row: Mapping[str, Any]) -> Index:
    return Index(
        name=row["index"],
        uuid=row["uuid"],
        created_at=int(row.get("creation.date") or 0) / 1000,
        facts=Facts(int(row.get("docs.count") or 0), int(row.get("store.size") or 0)),
    )


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {"error": answer.text, "status": answer.status_code}
