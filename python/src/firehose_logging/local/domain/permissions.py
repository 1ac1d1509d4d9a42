"""Ask the Security plugin whether a caller has a cluster permission.

The plugin decides over every call that reaches the engine. Over what the stack does in place of
a plugin that is not there, it is asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import httpx

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.domain import answers
from firehose_logging.local.domain.proxy import EngineProxy

_SECURITY = "/_plugins/_security"


async def refusal_of(
    proxy: EngineProxy, headers: Mapping[str, str], action: str
) -> ApiAnswer | None:
    """Return the engine's refusal of an action, ``None`` where the caller may take it.

    Args:
        proxy: the way to the engine.
        headers: who calls, as the engine is told.
        action: for example ``cluster:admin/opendistro/ism/policy/write``.

    Raises:
        EngineAwayError: the engine gave no whole answer.
    """
    who = await proxy.call("GET", f"{_SECURITY}/authinfo", headers=headers)
    if who.status_code == httpx.codes.UNAUTHORIZED:
        return ApiAnswer(401, who.content, {"content-type": "text/plain; charset=UTF-8"})
    caller = who.json()
    roles = (await proxy.call("GET", f"{_SECURITY}/api/roles")).json()
    groups = (await proxy.call("GET", f"{_SECURITY}/api/actiongroups")).json()
    granted = {
        permission
        for role in caller.get("roles", [])
        for permission in roles.get(role, {}).get("cluster_permissions", [])
    }
    if any(fnmatchcase(action, pattern) for pattern in patterns_of(granted, groups)):
        return None
    reason = f"no permissions for [{action}] and {caller.get('user')}"
    return answers.engine_error(403, "security_exception", reason)


def patterns_of(permissions: Iterable[str], groups: Mapping[str, Any]) -> set[str]:
    """Return the action patterns behind permissions, with groups within groups taken apart."""
    patterns: set[str] = set()
    pending = list(permissions)
    seen: set[str] = set()
    while pending:
        permission = pending.pop()
        if permission in seen:
            continue
        seen.add(permission)
        if permission in groups:
            pending += groups[permission].get("allowed_actions", [])
        else:
            patterns.add(permission)
    return patterns
