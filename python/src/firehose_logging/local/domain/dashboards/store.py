"""Saved objects in the engine's ``.kibana`` index, read and written as the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx

from firehose_logging.local.domain.dashboards.errors import DashboardsError, conflict, not_found
from firehose_logging.local.domain.dashboards.objects import (
    FIRST_INDEX,
    INDEX,
    MAPPINGS,
    SavedObject,
    from_hit,
    timestamp,
    version_of,
)
from firehose_logging.local.domain.proxy import EngineProxy


@dataclass(frozen=True)
class Found:
    """One page of a search; ``total`` counts all pages."""

    objects: Sequence[SavedObject]
    total: int


class SavedObjects:
    """What one caller sees and may change.

    Every method raises ``DashboardsError`` where the engine refuses the caller.

    Args:
        proxy: the way to the engine.
        headers: who calls, as the engine is told.
        now: tells UTC seconds since the epoch.
    """

    def __init__(
        self, proxy: EngineProxy, headers: Mapping[str, str], now: Callable[[], float]
    ) -> None:
        self._proxy = proxy
        self._headers = headers
        self._now = now

    async def get(self, kind: str, identifier: str) -> SavedObject:
        """Return an object; raise ``DashboardsError`` 404 where there is none."""
        answer = await self._call("GET", _document(kind, identifier))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise not_found(kind, identifier)
        return from_hit(_checked(answer))

    async def exists(self, kind: str, identifier: str) -> bool:
        """Return whether there is such an object."""
        answer = await self._call("HEAD", _document(kind, identifier))
        return answer.is_success

    async def create(self, made: SavedObject, *, overwrite: bool) -> SavedObject:
        """Write an object; raise ``DashboardsError`` 409 where it is there already."""
        await self._ensure_index()
        operation = "index" if overwrite else "create"
        return await self._write(made, f"op_type={operation}")

    async def update(
        self,
        kind: str,
        identifier: str,
        attributes: Mapping[str, Any],
        references: Sequence[Mapping[str, str]] | None,
    ) -> SavedObject:
        """Change some attributes of an object that is there."""
        answer = await self._call("GET", _document(kind, identifier))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise not_found(kind, identifier)
        hit = _checked(answer)
        before = from_hit(hit)
        changed = replace(
            before,
            attributes={**before.attributes, **attributes},
            references=before.references if references is None else references,
        )
        unchanged_since = f"if_seq_no={hit['_seq_no']}&if_primary_term={hit['_primary_term']}"
        return await self._write(changed, unchanged_since)

    async def delete(self, kind: str, identifier: str) -> None:
        """Remove an object; raise ``DashboardsError`` 404 where there is none."""
        answer = await self._call("DELETE", _document(kind, identifier) + "?refresh=true")
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise not_found(kind, identifier)
        _checked(answer)

    async def find(
        self, kinds: Sequence[str], text: str, fields: Sequence[str], page: int, per_page: int
    ) -> Found:
        """Return a page of the objects of some types whose ``fields`` hold ``text``."""
        conditions: list[dict[str, Any]] = [{"terms": {"type": list(kinds)}}]
        if text:
            names = [f"{kind}.{name}" for kind in kinds for name in fields or ("title",)]
            conditions.append(
                {
                    "simple_query_string": {
                        "query": text,
                        "fields": names,
                        "default_operator": "and",
                    }
                }
            )
        query = {
            "query": {"bool": {"filter": conditions}},
            "from": (page - 1) * per_page,
            "size": per_page,
            "seq_no_primary_term": True,
            "track_total_hits": True,
            "sort": [{"updated_at": "desc"}],
        }
        answer = await self._call("POST", f"/{INDEX}/_search?ignore_unavailable=true", query)
        hits = _checked(answer)["hits"]
        return Found([from_hit(hit) for hit in hits["hits"]], int(hits["total"]["value"]))

    async def _write(self, wanted: SavedObject, condition: str) -> SavedObject:
        stamped = replace(wanted, updated_at=timestamp(self._now()))
        answer = await self._call(
            "PUT",
            f"{_document(wanted.type, wanted.id)}?refresh=true&{condition}",
            stamped.document(),
        )
        if answer.status_code == httpx.codes.CONFLICT:
            raise conflict(wanted.type, wanted.id)
        return replace(stamped, version=version_of(_checked(answer)))

    async def _ensure_index(self) -> None:
        """Make the index as Dashboards' server does when it starts: on its own behalf."""
        there = await self._proxy.call("HEAD", f"/{INDEX}")
        if there.is_success:
            return
        body = {
            "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1"},
            "mappings": MAPPINGS,
            "aliases": {INDEX: {}},
        }
        made = await self._proxy.call("PUT", f"/{FIRST_INDEX}", body)
        if not made.is_success and "resource_already_exists" not in made.text:
            raise DashboardsError(503, f"{INDEX} can't be made: {made.text}")

    async def _call(self, method: str, path: str, document: Any = None) -> httpx.Response:
        return await self._proxy.call(method, path, document, headers=self._headers)


def _document(kind: str, identifier: str) -> str:
    return f"/{INDEX}/_doc/{quote(f'{kind}:{identifier}', safe='')}"


def _checked(answer: httpx.Response) -> dict[str, Any]:
    """Return the engine's document, or raise its refusal as Dashboards words it."""
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise DashboardsError(401, "Authentication Exception")
    try:
        document: dict[str, Any] = answer.json()
    except ValueError:
        raise DashboardsError(502, "the engine answered no JSON") from None
    if answer.is_success:
        return document
    error = document.get("error")
    reason = error.get("reason") if isinstance(error, dict) else str(error)
    status = answer.status_code if answer.status_code < 500 else 503
    raise DashboardsError(status, str(reason))
