"""The master user of a domain with fine-grained access control, made known to the engine."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import quote

from firehose_logging.local.domain.proxy import EngineProxy
from firehose_logging.local.domain.settings import DomainSettings

logger = logging.getLogger(__name__)

MASTER_ROLES = ("all_access", "security_manager")
"""What the master user is mapped to (Developer Guide, "Fine-grained access control")."""

_SECURITY = "/_plugins/_security/api"
_READ_ONLY_FIELDS = ("hidden", "reserved", "static")


class MasterError(Exception):
    """Say why the engine does not take the master user."""


class Masters:
    """Map each domain's master user, and again when the domain's record names another.

    The one before stays mapped, as on Amazon's domains.
    """

    def __init__(self, proxy: EngineProxy) -> None:
        self._proxy = proxy
        self._known: set[tuple[str | None, ...]] = set()
        self._lock = asyncio.Lock()

    async def ensure(self, settings: DomainSettings) -> None:
        """Return once the engine knows the master user.

        Raises:
            MasterError: the engine refuses, for example because of a weak password.
            EngineAwayError: the engine gave no whole answer.
        """
        master = (settings.master_arn, settings.master_name, settings.master_password)
        if master in self._known or not any(master):
            return
        async with self._lock:
            if master in self._known:
                return
            if settings.master_arn:
                for role in MASTER_ROLES:
                    await self._map(role, "backend_roles", settings.master_arn)
            if settings.master_name and settings.master_password:
                await self._make_user(settings.master_name, settings.master_password)
            self._known.add(master)

    def forget(self) -> None:
        """Map everyone again at their next call: the engine has lost its memory."""
        self._known.clear()

    async def _make_user(self, name: str, password: str) -> None:
        await self._put(f"{_SECURITY}/internalusers/{quote(name, safe='')}", {"password": password})
        for role in MASTER_ROLES:
            await self._map(role, "users", name)

    async def _map(self, role: str, kind: str, member: str) -> None:
        path = f"{_SECURITY}/rolesmapping/{role}"
        answer = await self._proxy.call("GET", path)
        mapping: dict[str, Any] = answer.json().get(role, {}) if answer.is_success else {}
        members = mapping.get(kind, [])
        if member in members:
            return
        kept = {key: value for key, value in mapping.items() if key not in _READ_ONLY_FIELDS}
        await self._put(path, {**kept, kind: [*members, member]})

    async def _put(self, path: str, document: dict[str, Any]) -> None:
        answer = await self._proxy.call("PUT", path, document)
        if not answer.is_success:
            raise MasterError(f"the engine does not take the master user: {answer.text}")
