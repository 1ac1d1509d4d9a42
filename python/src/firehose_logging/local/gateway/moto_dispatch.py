"""Lead calls to the service that was authorized, in the Region that was, whatever else they say."""

from __future__ import annotations

from typing import Any

from firehose_logging.local.gateway.request import Request

_NOBODY = "ANONYMOUS00000000000"
_NO_DATE = "19700101"


def authorization_of(request: Request) -> str:
    """Return the header by which moto tells service, Region and caller, also of unsigned calls.

    Without one moto would guess the service by the path, which is the caller's.
    """
    key = request.access_key_id or _NOBODY
    scope = f"{_NO_DATE}/{request.region}/{request.service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders=host, Signature=0"


def application_for(dispatcher: Any, environ: dict[str, Any]) -> Any:
    """Return moto's application for the service that ``environ`` is signed for, else ``None``.

    Moto's own choice looks at the path first: below some paths, its own state is put back.
    """
    host = dispatcher.infer_service_region_host(environ, environ["PATH_INFO"])
    with dispatcher.lock:
        backend = dispatcher.get_backend_for_host(host)
        if backend is None:
            return None
        if backend not in dispatcher.app_instances:
            dispatcher.app_instances[backend] = dispatcher.create_app(backend)
        return dispatcher.app_instances[backend]


def take_region_from_signature() -> None:
    """Keep moto from reading a Region out of hosts, paths, queries and user agents."""
    from moto.core.responses import BaseResponse
    from moto.s3 import responses as s3

    def signed(_self: Any, request: Any, _url: str) -> str:
        scope: str = request.headers["Authorization"].split("/")[2]
        return scope

    def unknown(_url: str, *, use_default_region: bool = False) -> None:
        """S3 goes on to look at the signature."""

    BaseResponse.get_region_from_url = signed
    s3.parse_region_from_url = unknown
