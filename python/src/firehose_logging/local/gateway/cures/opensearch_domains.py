"""Give moto's OpenSearch domains an endpoint that answers, and the settings that moto drops."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

from firehose_logging.local.api import ApiAnswer, ApiError
from firehose_logging.local.gateway.cures.json_answer import changed
from firehose_logging.local.gateway.domain_records import domain_names
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed

logger = logging.getLogger(__name__)

_CREATE = frozenset({"CreateDomain", "CreateElasticsearchDomain"})
_UPDATE = frozenset({"UpdateDomainConfig", "UpdateElasticsearchDomainConfig"})
_DELETE = frozenset({"DeleteDomain", "DeleteElasticsearchDomain"})
_DESCRIBE = frozenset(
    {
        "DescribeDomain",
        "DescribeDomains",
        "DescribeElasticsearchDomain",
        "DescribeElasticsearchDomains",
    }
)
_CONFIG = frozenset({"DescribeDomainConfig", "DescribeElasticsearchDomainConfig"})
_DROPPED_BY_MOTO = {"IPAddressType": "ipv4"}


class DomainEndpoints(Protocol):
    """The TLS endpoints behind which the engine answers, one per domain."""

    async def open(self, domain_name: str) -> str:
        """Return the endpoint's host and port, for example ``localhost:40123``."""

    async def close(self, domain_name: str) -> None:
        """Stop answering for a domain; nothing happens where none is open."""

    async def stop(self) -> None:
        """Close all of them."""


class OpenSearchDomains:
    """Domains that are ready as soon as they are made, each with a TLS endpoint on loopback."""

    service = "es"
    operations = _CREATE | _UPDATE | _DELETE | _DESCRIBE | _CONFIG

    def __init__(self, endpoints: DomainEndpoints, memory: dict[str, Any] | None = None) -> None:
        """Open ``endpoints``, and remember settings in ``memory``, under a key of its own."""
        self._endpoints = endpoints
        self._addresses: dict[str, str] = {}
        self._settings: dict[str, dict[str, str]] = (
            {} if memory is None else memory.setdefault("DomainSettings", {})
        )

    async def reopen(self) -> None:
        """Open the endpoints of the domains that were kept."""
        for name in domain_names():
            self._addresses[name] = await self._endpoints.open(name)

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:
        """Follow a domain's life, and complete every answer that shows it.

        Raises:
            ApiError: ``InternalException`` where the endpoint can't be opened; the domain is
                not made then.
        """
        answer = await proceed(request)
        if answer.status >= 300:
            return answer
        if operation in _CREATE:
            await self._open(json.loads(request.body), request, proceed)
        elif operation in _UPDATE:
            self._remember(_domain_in(request.path, "config"), json.loads(request.body or b"{}"))
        completed = changed(answer, lambda document: self._complete(request, operation, document))
        if operation in _DELETE:
            await self._close(_domain_in(request.path))
        return completed

    async def _open(self, document: dict[str, Any], request: Request, proceed: Proceed) -> None:
        name = document["DomainName"]
        try:
            self._addresses[name] = await self._endpoints.open(name)
        except Exception as failure:
            logger.exception("no endpoint for domain %s", name)
            await proceed(_deletion_of(name, request))
            message = f"The endpoint of domain {name} can't be opened: {failure}"
            raise ApiError("InternalException", message, 500) from failure
        self._remember(name, document)

    async def _close(self, name: str) -> None:
        self._addresses.pop(name, None)
        self._settings.pop(name, None)
        await self._endpoints.close(name)

    def _remember(self, name: str, document: dict[str, Any]) -> None:
        known = self._settings.setdefault(name, dict(_DROPPED_BY_MOTO))
        known.update({key: document[key] for key in _DROPPED_BY_MOTO if document.get(key)})

    def _complete(self, request: Request, operation: str, document: dict[str, Any]) -> None:
        for status in _statuses_in(document):
            self._complete_status(status)
        if operation in _CONFIG | _UPDATE:
            name = _domain_in(request.path, "config")
            self._complete_config(document["DomainConfig"], self._settings.get(name, {}))

    def _complete_status(self, status: dict[str, Any]) -> None:
        name = status["DomainName"]
        status.update(self._settings.get(name, _DROPPED_BY_MOTO))
        status.get("AdvancedSecurityOptions", {}).pop("MasterUserOptions", None)
        status.update(Created=True, Processing=False, UpgradeProcessing=False)
        address = self._addresses.get(name)
        if address is None:
            return
        if status.get("VPCOptions"):
            status["Endpoints"] = {"vpc": address}
        else:
            status["Endpoint"] = address

    @staticmethod
    def _complete_config(config: dict[str, Any], settings: dict[str, str]) -> None:
        states = [value["Status"] for value in config.values() if "Status" in value]
        state = states[0] if states else {}
        for key, value in settings.items():
            config[key] = {"Options": value, "Status": state}


def _statuses_in(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "DomainStatus" in document:
        yield document["DomainStatus"]
    yield from document.get("DomainStatusList", ())


def _domain_in(path: str, suffix: str = "") -> str:
    parts = [part for part in path.split("/") if part]
    if suffix and parts[-1] == suffix:
        parts.pop()
    return parts[-1]


def _deletion_of(name: str, request: Request) -> Request:
    path = f"{request.path.rstrip('/')}/{name}"
    return replace(request, method="DELETE", path=path, body=b"")
