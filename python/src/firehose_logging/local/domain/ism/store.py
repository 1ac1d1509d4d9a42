"""ISM's policies and managed indexes, in the engine's own configuration index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from firehose_logging.local.domain.ism.machine import Managed
from firehose_logging.local.domain.proxy import EngineProxy

INDEX = ".opendistro-ism-config"
_MOST = 10_000
_MAPPINGS = {
    "dynamic": False,
    "properties": {"kind": {"type": "keyword"}, "index": {"type": "keyword"}},
}


class StoreError(Exception):
    """The engine did not take or give a document."""


class ConflictError(StoreError):
    """Someone else wrote meanwhile, or the document is there already."""


@dataclass(frozen=True)
class Kept:
    """A policy with the version of its document.

    Attributes:
        wall_time: the machine's time when it was written, which an index's creation date is
            compared with; UTC seconds since the epoch.
    """

    policy: dict[str, Any]
    version: int
    seq_no: int
    primary_term: int
    wall_time: float = 0.0

    def answer(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "_id": self.policy["policy_id"],
            "_version": self.version,
            "_seq_no": self.seq_no,
            "_primary_term": self.primary_term,
            "policy": self.policy,
        }


class IsmStore:
    """Read and write as the administrator; whether a caller may is asked before."""

    def __init__(self, proxy: EngineProxy) -> None:
        self._proxy = proxy

    async def policy(self, policy_id: str) -> Kept | None:
        """Return a policy, ``None`` where there is none."""
        answer = await self._proxy.call("GET", _path(_policy_key(policy_id)))
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return _kept(_checked(answer))

    async def policies(self) -> list[Kept]:
        """Return all policies by their names."""
        found = [_kept(hit) for hit in await self._all("policy")]
        return sorted(found, key=lambda kept: str(kept.policy["policy_id"]))

    async def put_policy(
        self, policy: dict[str, Any], wall_time: float, unless_changed: Mapping[str, str] | None
    ) -> Kept:
        """Write a policy; raise ``ConflictError`` where it is there, or is another by now.

        Args:
            policy: as ``read_policy`` returned it.
            wall_time: the machine's time in UTC seconds.
            unless_changed: ``if_seq_no`` and ``if_primary_term``; ``None`` creates only.
        """
        await self._ensure_index()
        query = urlencode(unless_changed or {"op_type": "create"})
        document = {"kind": "policy", "policy": policy, "wall_time": wall_time}
        path = f"{_path(_policy_key(policy['policy_id']))}?refresh=true&{query}"
        written = _checked(await self._proxy.call("PUT", path, document))
        return Kept(
            policy, written["_version"], written["_seq_no"], written["_primary_term"], wall_time
        )

    async def delete_policy(self, policy_id: str) -> dict[str, Any] | None:
        """Remove a policy and return the engine's answer, ``None`` where there was none."""
        path = f"{_path(_policy_key(policy_id))}?refresh=true"
        answer = await self._proxy.call("DELETE", path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return {**_checked(answer), "_id": policy_id}

    async def managed(self) -> dict[str, Managed]:
        """Return all managed indexes by their UUIDs."""
        found = [Managed(**hit["_source"]["managed"]) for hit in await self._all("managed")]
        return {each.uuid: each for each in found}

    async def put_managed(self, managed: Managed) -> None:
        """Write where a managed index stands."""
        await self._ensure_index()
        document = {"kind": "managed", "index": managed.index, "managed": asdict(managed)}
        path = f"{_path(_managed_key(managed.uuid))}?refresh=true"
        _checked(await self._proxy.call("PUT", path, document))

    async def delete_managed(self, uuid: str) -> None:
        """Forget a managed index."""
        await self._proxy.call("DELETE", f"{_path(_managed_key(uuid))}?refresh=true")

    async def _all(self, kind: str) -> list[dict[str, Any]]:
        query = {
            "query": {"term": {"kind": kind}},
            "size": _MOST,
            "version": True,
            "seq_no_primary_term": True,
        }
        answer = await self._proxy.call("POST", f"/{INDEX}/_search", query)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return []
        hits: list[dict[str, Any]] = _checked(answer)["hits"]["hits"]
        return hits

    async def _ensure_index(self) -> None:
        if (await self._proxy.call("HEAD", f"/{INDEX}")).is_success:
            return
        body = {
            "settings": {
                "number_of_shards": 1,
                "auto_expand_replicas": "0-1",
                "index": {"hidden": True},
            },
            "mappings": _MAPPINGS,
        }
        made = await self._proxy.call("PUT", f"/{INDEX}", body)
        if not made.is_success and "resource_already_exists" not in made.text:
            raise StoreError(f"{INDEX} can't be made: {made.text}")


def _policy_key(policy_id: str) -> str:
    return f"policy:{policy_id}"


def _managed_key(uuid: str) -> str:
    return f"managed:{uuid}"


def _path(key: str) -> str:
    return f"/{INDEX}/_doc/{quote(key, safe='')}"


def _kept(hit: Mapping[str, Any]) -> Kept:
    source = hit["_source"]
    return Kept(
        source["policy"],
        int(hit.get("_version", 1)),
        int(hit.get("_seq_no", 0)),
        int(hit.get("_primary_term", 1)),
        float(source.get("wall_time", 0.0)),
    )


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code == httpx.codes.CONFLICT:
        raise ConflictError(answer.text)
    if not answer.is_success:
        raise StoreError(answer.text)
    document: dict[str, Any] = answer.json()
    return document
