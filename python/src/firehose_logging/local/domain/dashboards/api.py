"""The routes below ``/_dashboards/api`` that the local stack serves."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.domain import answers
from firehose_logging.local.domain.admission import DomainCall
from firehose_logging.local.domain.dashboards import importing
from firehose_logging.local.domain.dashboards.errors import DashboardsError
from firehose_logging.local.domain.dashboards.objects import TYPES, SavedObject
from firehose_logging.local.domain.dashboards.store import SavedObjects
from firehose_logging.local.domain.proxy import EngineProxy

PREFIX = "/_dashboards"
_OBJECTS = f"{PREFIX}/api/saved_objects"
_READING = frozenset({"GET", "HEAD"})


class Dashboards:
    """Dashboards as far as its saved objects go, for all callers.

    Args:
        proxy: the way to the engine.
        now: tells UTC seconds since the epoch.
    """

    def __init__(self, proxy: EngineProxy, now: Callable[[], float]) -> None:
        self._proxy = proxy
        self._now = now

    async def answer(self, call: DomainCall, headers: Mapping[str, str]) -> ApiAnswer:
        """Answer a call.

        Args:
            call: below ``/_dashboards``.
            headers: who calls, as the engine is told.

        Raises:
            EngineAwayError: the engine gave no whole answer.
        """
        try:
            _check_header(call)
            _check_tenant(call)
            return await self._routed(call, SavedObjects(self._proxy, headers, self._now))
        except DashboardsError as error:
            return error.answer()

    async def _routed(self, call: DomainCall, store: SavedObjects) -> ApiAnswer:
        if call.path == f"{PREFIX}/api/status" and call.method in _READING:
            return answers.as_json(200, {"status": {"overall": {"state": "green"}}})
        if not call.path.startswith(f"{_OBJECTS}/"):
            raise DashboardsError(
                501, f"{call.method} {call.path} is not supported by the local stack"
            )
        parts = [unquote(part) for part in call.path[len(_OBJECTS) + 1 :].strip("/").split("/")]
        if parts[0].startswith("_"):
            return await self._of_many(call, parts, store)
        return await self._of_one(call, parts, store)

    async def _of_one(self, call: DomainCall, parts: list[str], store: SavedObjects) -> ApiAnswer:
        if len(parts) > 2:
            raise DashboardsError(404, "Not Found")
        kind, identifier = parts[0], parts[1] if len(parts) == 2 else ""
        _check_type(kind)
        if call.method == "POST":
            return await self._create(call, kind, identifier, store)
        if not identifier:
            raise DashboardsError(404, "Not Found")
        if call.method in _READING:
            return answers.as_json(200, (await store.get(kind, identifier)).answer())
        if call.method == "PUT":
            body = _object_in(call)
            attributes = _attributes_in(body)
            changed = await store.update(kind, identifier, attributes, body.get("references"))
            shown = {**changed.answer(), "attributes": attributes}
            return answers.as_json(200, shown)
        if call.method == "DELETE":
            await store.delete(kind, identifier)
            return answers.as_json(200, {})
        raise DashboardsError(404, "Not Found")

    async def _create(
        self, call: DomainCall, kind: str, identifier: str, store: SavedObjects
    ) -> ApiAnswer:
        body = _object_in(call)
        made = SavedObject(
            kind, identifier or str(uuid.uuid4()), _attributes_in(body), body.get("references", [])
        )
        made = await store.create(made, overwrite=_flag(call, "overwrite"))
        return answers.as_json(200, made.answer())

    async def _of_many(self, call: DomainCall, parts: list[str], store: SavedObjects) -> ApiAnswer:
        routes = {
            ("GET", "_find"): self._find,
            ("POST", "_bulk_get"): self._bulk_get,
            ("POST", "_bulk_create"): self._bulk_create,
            ("POST", "_export"): self._export,
            ("POST", "_import"): self._import,
        }
        route = routes.get((call.method, parts[0])) if len(parts) == 1 else None
        if route is None:
            raise DashboardsError(
                501, f"{call.method} {call.path} is not supported by the local stack"
            )
        return await route(call, store)

    async def _find(self, call: DomainCall, store: SavedObjects) -> ApiAnswer:
        query = parse_qs(call.request.query)
        kinds = query.get("type", [])
        if not kinds:
            raise DashboardsError(
                400, "[request query.type]: expected at least one defined value but got [undefined]"
            )
        for kind in kinds:
            _check_type(kind)
        page, per_page = _number(query, "page", 1), _number(query, "per_page", 20)
        text, fields = query.get("search", [""])[0], query.get("search_fields", [])
        found = await store.find(
            kinds, text, [name.split("^")[0] for name in fields], page, per_page
        )
        return answers.as_json(
            200,
            {
                "page": page,
                "per_page": per_page,
                "total": found.total,
                "saved_objects": [{**each.answer(), "score": 0} for each in found.objects],
            },
        )

    async def _bulk_get(self, call: DomainCall, store: SavedObjects) -> ApiAnswer:
        shown = []
        for raw in _list_in(call):
            kind, identifier = str(raw.get("type")), str(raw.get("id"))
            try:
                shown.append((await store.get(kind, identifier)).answer())
            except DashboardsError as error:
                shown.append({"id": identifier, "type": kind, "error": _embedded(error)})
        return answers.as_json(200, {"saved_objects": shown})

    async def _bulk_create(self, call: DomainCall, store: SavedObjects) -> ApiAnswer:
        shown = []
        for raw in _list_in(call):
            wanted = _with_id(importing.parse_object(raw))
            _check_type(wanted.type)
            try:
                made = await store.create(wanted, overwrite=_flag(call, "overwrite"))
                shown.append(made.answer())
            except DashboardsError as error:
                shown.append({"id": wanted.id, "type": wanted.type, "error": _embedded(error)})
        return answers.as_json(200, {"saved_objects": shown})

    async def _export(self, call: DomainCall, store: SavedObjects) -> ApiAnswer:
        body = _object_in(call)
        if body.get("objects"):
            found = [await store.get(str(o["type"]), str(o["id"])) for o in body["objects"]]
        else:
            kinds = body.get("type", [])
            page = await store.find([kinds] if isinstance(kinds, str) else kinds, "", [], 1, 10000)
            found = list(page.objects)
        return ApiAnswer(200, importing.export(found), {"content-type": "application/ndjson"})

    async def _import(self, call: DomainCall, store: SavedObjects) -> ApiAnswer:
        upload = importing.uploaded_file(call.header("content-type") or "", call.request.body)
        wanted = [_with_id(each) for each in importing.parse_objects(upload.content)]
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        for each in wanted:
            error = await self._import_one(each, wanted, store, overwrite=_flag(call, "overwrite"))
            if error is None:
                good.append(importing.summary(each))
            else:
                bad.append({**importing.summary(each), "error": error})
        body: dict[str, Any] = {"success": not bad, "successCount": len(good)}
        if good:
            body["successResults"] = good
        if bad:
            body["errors"] = bad
        return answers.as_json(200, body)

    @staticmethod
    async def _import_one(
        each: SavedObject, together: list[SavedObject], store: SavedObjects, *, overwrite: bool
    ) -> dict[str, Any] | None:
        """Return why an object could not be imported, ``None`` where it was."""
        if each.type not in TYPES:
            return {"type": "unsupported_type"}
        imported = {other.key for other in together}
        missing = [
            {"type": reference["type"], "id": reference["id"]}
            for reference in each.references
            if reference["type"] in {"index-pattern", "search"}
            and f"{reference['type']}:{reference['id']}" not in imported
            and not await store.exists(reference["type"], reference["id"])
        ]
        if missing:
            return {"type": "missing_references", "references": missing}
        try:
            await store.create(each, overwrite=overwrite)
        except DashboardsError as error:
            if error.status == 409:
                return {"type": "conflict"}
            raise
        return None


def _check_header(call: DomainCall) -> None:
    if call.method in _READING or call.header("osd-xsrf") or call.header("osd-version"):
        return
    raise DashboardsError(400, "Request must contain a osd-xsrf header.")


def _check_tenant(call: DomainCall) -> None:
    tenant = call.header("securitytenant")
    if tenant not in {None, "", "global", "global_tenant"}:
        raise DashboardsError(501, f"tenant {tenant} is not supported by the local stack")


def _check_type(kind: str) -> None:
    if kind not in TYPES:
        raise DashboardsError(400, f"Unsupported saved object type: '{kind}': Bad Request")


def _flag(call: DomainCall, name: str) -> bool:
    return parse_qs(call.request.query).get(name, ["false"])[0] == "true"


def _number(query: Mapping[str, list[str]], name: str, default: int) -> int:
    text = query.get(name, [str(default)])[0]
    if not text.isdecimal() or (name == "page" and int(text) < 1):
        raise DashboardsError(
            400, f"[request query.{name}]: expected value of type [number] but got [string]"
        )
    return int(text)


def _document_in(call: DomainCall) -> Any:
    try:
        return json.loads(call.request.body or b"null")
    except ValueError:
        raise DashboardsError(400, "Invalid request payload JSON format") from None


def _object_in(call: DomainCall) -> dict[str, Any]:
    document = _document_in(call)
    if not isinstance(document, dict):
        raise DashboardsError(
            400, "[request body]: expected a plain object value, but found another"
        )
    return document


def _list_in(call: DomainCall) -> list[dict[str, Any]]:
    document = _document_in(call)
    if not isinstance(document, list) or not all(isinstance(each, dict) for each in document):
        raise DashboardsError(400, "[request body]: expected value of type [array]")
    return document


def _attributes_in(body: Mapping[str, Any]) -> dict[str, Any]:
    attributes = body.get("attributes")
    if not isinstance(attributes, dict):
        kind = "undefined" if attributes is None else type(attributes).__name__
        raise DashboardsError(
            400,
            f"[request body.attributes]: expected value of type [object] but got [{kind}]",
        )
    return attributes


def _with_id(each: SavedObject) -> SavedObject:
    if each.id:
        return each
    return SavedObject(each.type, str(uuid.uuid4()), each.attributes, each.references)


def _embedded(error: DashboardsError) -> dict[str, Any]:
    return {"statusCode": error.status, "error": str(error), "message": error.message}
