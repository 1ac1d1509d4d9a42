"""An OpenSearch that runs already, by its URL."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

import httpx

from firehose_logging.local.engines.base import EngineError, EngineInfo

INSECURE_SCHEME = "https+insecure"
"""Scheme that stands for HTTPS whose certificate nobody checks."""

_ANSWER_TIMEOUT = 15.0


class ExternalEngine:
    """A borrowed engine: used, but neither started nor stopped.

    Args:
        address: ``http(s)://[user:password@]host[:port]``; ``https+insecure://`` leaves the
            certificate unchecked.
        progress: is told how it was reached.

    Raises:
        EngineError: ``address`` is no such URL.
    """

    def __init__(self, address: str, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._url, self._headers, self._verify = _parse(address)
        self._info = self._described("")

    @property
    def info(self) -> EngineInfo:
        """What runs; complete once ``start`` has returned."""
        return self._info

    @property
    def url(self) -> str:
        """Base URL without user, password and trailing slash."""
        return self._url

    async def start(self) -> None:
        """Return when the engine has answered.

        Raises:
            EngineError: nobody is there, the user is refused, or it is no OpenSearch.
        """
        try:
            async with httpx.AsyncClient(
                verify=self._verify, trust_env=False, timeout=_ANSWER_TIMEOUT
            ) as client:
                answer = await client.get(f"{self._url}/", headers=dict(self._headers))
        except httpx.TransportError as error:
            raise EngineError(_unreachable(self._url, error)) from None
        if answer.status_code in {401, 403}:
            raise EngineError(
                f"the engine at {self._url} answers {answer.status_code}: put an administrator's "
                "name and password in the URL, http://user:password@host:port"
            )
        try:
            version = str(answer.json()["version"]["number"])
        except (ValueError, KeyError, TypeError):
            raise EngineError(
                f"what answers at {self._url} (status {answer.status_code}) is no OpenSearch: "
                "check the URL"
            ) from None
        self._info = self._described(version)
        self._progress(f"OpenSearch {version} answers at {self._url}")

    async def stop(self) -> None:
        """Do nothing: whoever started the engine stops it."""

    def headers_as(self, backend_roles: tuple[str, ...]) -> Mapping[str, str]:  # noqa: ARG002 - one user for all
        """Return the headers of the URL's user, who makes every call."""
        return self._headers

    def headers_as_nobody(self) -> Mapping[str, str]:
        """Return no headers: whoever calls brings their own."""
        return {}

    def headers_as_administrator(self) -> Mapping[str, str]:
        """Return the headers of the URL's user."""
        return self._headers

    def _described(self, version: str) -> EngineInfo:
        limits = ["fine-grained roles are not enforced: each call comes from the URL's user"]
        if not self._verify:
            limits.append("its certificate is not checked")
        return EngineInfo(
            "url", version, False, f"{self._url} was given", tuple(limits), self._verify
        )


def _parse(address: str) -> tuple[str, Mapping[str, str], bool]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise EngineError(f"the engine's URL is not valid: {error}") from None
    if parts.scheme not in {"http", "https", INSECURE_SCHEME} or not parts.hostname:
        raise EngineError(
            f"{_without_password(address)!r} is no engine: use auto, opensearch, osmem, or a URL "
            f"like https://user:password@host:9200 ({INSECURE_SCHEME}:// leaves the certificate "
            "unchecked)"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    scheme = parts.scheme.split("+")[0]
    url = f"{scheme}://{host}" + (f":{port}" if port else "") + parts.path.rstrip("/")
    headers: dict[str, str] = {}
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    return url, headers, parts.scheme != INSECURE_SCHEME


def _without_password(address: str) -> str:
    scheme, separator, rest = address.rpartition("@")
    return f"…@{rest}" if separator and scheme else rest


def _unreachable(url: str, error: httpx.TransportError) -> str:
    said = str(error) or type(error).__name__
    hint = "start it or correct the URL"
    if "CERTIFICATE" in said.upper():
        hint = f"trust its authority, or write {INSECURE_SCHEME}:// to leave it unchecked"
    return f"no engine answers at {url} ({said}): {hint}"
