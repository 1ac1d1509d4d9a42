"""Take everything out of the engine that a domain had put in: a deleted domain keeps nothing."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from firehose_logging.local.domain.master import MASTER_ROLES
from firehose_logging.local.domain.proxy import EngineProxy
from firehose_logging.local.engines.nodefiles import ADMINISTRATOR_ROLE

logger = logging.getLogger(__name__)

_SECURITY = "/_plugins/_security/api"
_SECURITY_INDEX = ".opendistro_security"
_NAMED_LISTS = {
    "/_data_stream": "data_streams",
    "/_index_template": "index_templates",
    "/_component_template": "component_templates",
}


async def clear(proxy: EngineProxy, *, with_roles: bool) -> None:
    """Remove indexes, templates and pipelines, and what was written to the security index.

    Args:
        proxy: the way to the engine, which is the stack's own.
        with_roles: whether the engine has the Security plugin.

    Raises:
        EngineAwayError: the engine gave no whole answer.
    """
    for path, key in _NAMED_LISTS.items():
        listed = await _document(proxy, path)
        await _remove(proxy, path, [each["name"] for each in listed.get(key, [])])
    for path in ("/_template", "/_ingest/pipeline"):
        await _remove(proxy, path, list(await _document(proxy, path)))
    rows = await _document(proxy, "/_cat/indices?format=json&h=index&expand_wildcards=all")
    names = [row["index"] for row in rows] if isinstance(rows, list) else []
    await _remove(proxy, "", [name for name in names if name != _SECURITY_INDEX])
    if with_roles:
        await _clear_security(proxy)


async def _clear_security(proxy: EngineProxy) -> None:
    for kind in ("rolesmapping", "roles", "internalusers", "tenants", "actiongroups"):
        path = f"{_SECURITY}/{kind}"
        listed = await _document(proxy, path)
        made_later = [
            name
            for name, entry in listed.items()
            if isinstance(entry, dict)
            and not (entry.get("reserved") or entry.get("hidden") or entry.get("static"))
            and not (kind == "rolesmapping" and name in MASTER_ROLES)
        ]
        await _remove(proxy, path, made_later)
    for role in MASTER_ROLES:
        mapping = {"backend_roles": [ADMINISTRATOR_ROLE]}
        await proxy.call("PUT", f"{_SECURITY}/rolesmapping/{role}", mapping)


async def _document(proxy: EngineProxy, path: str) -> Any:
    answer = await proxy.call("GET", path)
    return answer.json() if answer.is_success else {}


async def _remove(proxy: EngineProxy, path: str, names: list[str]) -> None:
    for name in names:
        answer = await proxy.call("DELETE", f"{path}/{quote(name, safe='')}")
        if not answer.is_success:
            logger.info("%s/%s stays: %s", path, name, answer.text)
