"""An engine that keeps documents in a list, and refuses those that are marked as bad."""

from __future__ import annotations

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from firehose_logging.local.gateway.server import HttpServer, bind

REFUSAL = "mapper_parsing_exception"


class ListEngine:
    """What the stack takes for an OpenSearch that runs already.

    Attributes:
        url: where it answers.
        documents: those that were not refused.
    """

    def __init__(self) -> None:
        self.documents: list[Any] = []
        routes = [
            Route("/", self._about),
            Route("/_bulk", self._bulk, methods=["POST"]),
            # One that manages its indexes itself is left alone by the stack.
            Route("/_plugins/_ism/policies", self._policies),
            Route("/{rest:path}", self._nothing, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
        listener = bind("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.server = HttpServer(Starlette(routes=routes), listener)

    async def _about(self, _request: Request) -> Response:
        return JSONResponse({"version": {"distribution": "opensearch", "number": "3.5.0"}})

    async def _policies(self, _request: Request) -> Response:
        return JSONResponse({"policies": [], "total_policies": 0})

    async def _nothing(self, _request: Request) -> Response:
        return JSONResponse({}, status_code=404)

    async def _bulk(self, request: Request) -> Response:
        documents = [json.loads(line) for line in (await request.body()).splitlines()[1::2]]
        items = [self._index(document) for document in documents]
        return JSONResponse(
            {"errors": any("error" in item["index"] for item in items), "items": items}
        )

    def _index(self, document: Any) -> dict[str, Any]:
        if "bad" in document:
            return {"index": {"status": 400, "error": {"type": REFUSAL}}}
        self.documents.append(document)
        return {"index": {"status": 201}}
