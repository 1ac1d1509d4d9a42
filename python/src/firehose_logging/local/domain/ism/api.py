"""The routes below ``/_plugins/_ism``, and below ``/_opendistro/_ism`` as they once were."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.clock import Clock
from firehose_logging.local.domain import answers
from firehose_logging.local.domain.admission import DomainCall
from firehose_logging.local.domain.ism.indexes import Index, IndexRefusalError
from firehose_logging.local.domain.ism.machine import Managed
from firehose_logging.local.domain.ism.manager import IndexManager, explained
from firehose_logging.local.domain.ism.policy import PolicyError, conflict_with, read_policy
from firehose_logging.local.domain.ism.store import INDEX, ConflictError, Kept, StoreError

PREFIXES = ("/_plugins/_ism", "/_opendistro/_ism")
_POLICY = "cluster:admin/opendistro/ism/policy"
_INDEX = "cluster:admin/opendistro/ism/managedindex"
_ACTIONS = {
    "add": f"{_INDEX}/add",
    "remove": f"{_INDEX}/remove",
    "change_policy": f"{_INDEX}/change",
    "retry": f"{_INDEX}/retry",
    "explain": f"{_INDEX}/explain",
}
_POLICY_ACTIONS = {
    "GET": f"{_POLICY}/get",
    "HEAD": f"{_POLICY}/get",
    "PUT": f"{_POLICY}/write",
    "DELETE": f"{_POLICY}/delete",
}


class IsmError(Exception):
    """A refusal in the engine's own shape."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.answer = answers.engine_error(status, kind, reason)


def is_ism(path: str) -> bool:
    """Return whether a path is one of Index State Management's."""
    return path.startswith(tuple(f"{prefix}/" for prefix in PREFIXES))


def permission_for(call: DomainCall) -> str:
    """Return the cluster permission that a call needs."""
    parts = _parts(call)
    if parts[0] == "policies":
        if len(parts) == 1:
            return f"{_POLICY}/search"
        return _POLICY_ACTIONS.get(call.method, f"{_POLICY}/get")
    return _ACTIONS.get(parts[0], f"{_INDEX}/explain")


class Ism:
    """Answer Index State Management's API."""

    def __init__(self, manager: IndexManager, clock: Clock) -> None:
        self._manager = manager
        self._clock = clock

    async def answer(self, call: DomainCall) -> ApiAnswer:
        """Answer a call whose caller may make it.

        Raises:
            EngineAwayError: the engine gave no whole answer.
        """
        try:
            return await self._routed(call, _parts(call))
        except IsmError as error:
            return error.answer
        except PolicyError as error:
            return answers.engine_error(400, "illegal_argument_exception", str(error))
        except IndexRefusalError as refusal:
            return answers.as_json(refusal.status, refusal.document)
        except StoreError as error:
            return answers.engine_error(500, "status_exception", str(error))

    async def _routed(self, call: DomainCall, parts: list[str]) -> ApiAnswer:
        if parts[0] == "policies" and len(parts) <= 2:
            return await self._policies(call, parts[1] if len(parts) == 2 else None)
        expression = parts[1] if len(parts) == 2 else "*"
        if parts[0] == "explain" and call.method == "GET" and len(parts) <= 2:
            return await self._explain(expression)
        changes = {
            "add": self._add,
            "remove": self._remove,
            "change_policy": self._change,
            "retry": self._retry,
        }
        if call.method == "POST" and len(parts) == 2 and parts[0] in changes:
            return await self._change_each(call, expression, changes[parts[0]])
        raise IsmError(
            400,
            "illegal_argument_exception",
            f"{call.method} {call.path} is not supported by the local stack",
        )

    async def _policies(self, call: DomainCall, policy_id: str | None) -> ApiAnswer:
        if policy_id is None:
            if call.method != "GET":
                raise IsmError(405, "illegal_argument_exception", "use GET, or name a policy")
            kept = await self._manager.store.policies()
            shown = [{k: v for k, v in each.answer().items() if k != "_version"} for each in kept]
            return answers.as_json(200, {"policies": shown, "total_policies": len(shown)})
        if call.method in {"GET", "HEAD"}:
            return answers.as_json(200, (await self._existing(policy_id)).answer())
        if call.method == "PUT":
            return await self._put(call, policy_id)
        if call.method == "DELETE":
            deleted = await self._manager.store.delete_policy(policy_id)
            if deleted is None:
                raise _policy_not_found()
            return answers.as_json(200, deleted)
        raise IsmError(405, "illegal_argument_exception", f"{call.method} is not allowed here")

    async def _put(self, call: DomainCall, policy_id: str) -> ApiAnswer:
        policy = read_policy(policy_id, _document_in(call), self._clock.now())
        others = [kept.policy for kept in await self._manager.store.policies()]
        conflict = conflict_with(policy, others)
        if conflict is not None:
            template, rivals = conflict
            raise IsmError(
                400,
                "illegal_argument_exception",
                f"New policy {policy_id} has an ISM template with index pattern "
                f"{list(template.patterns)} matching existing policy templates {rivals}, please "
                f"use a different priority than {template.priority}",
            )
        query = {name: values[0] for name, values in parse_qs(call.request.query).items()}
        expected: dict[str, str] = {
            key: query[key] for key in ("if_seq_no", "if_primary_term") if key in query
        }
        if any(not value.isdecimal() for value in expected.values()) or len(expected) == 1:
            raise PolicyError("if_seq_no and if_primary_term are whole numbers, both or neither")
        try:
            kept = await self._manager.store.put_policy(policy, time.time(), expected or None)
        except ConflictError:
            raise IsmError(
                409,
                "version_conflict_engine_exception",
                f"[{policy_id}]: version conflict, "
                + ("the document is another by now" if expected else "document already exists"),
            ) from None
        shown = {**kept.answer(), "policy": {"policy": kept.policy}}
        return answers.as_json(200 if expected else 201, shown)

    async def _explain(self, expression: str) -> ApiAnswer:
        async with self._manager.lock:
            managed = await self._manager.attach_new()
        indexes = await self._manager.indexes.matching(expression)
        shown: dict[str, Any] = {
            index.name: explained(managed.get(index.uuid), index) for index in indexes
        }
        total = sum(index.uuid in managed for index in indexes)
        return answers.as_json(200, {**shown, "total_managed_indices": total})

    async def _change_each(self, call: DomainCall, expression: str, change: Any) -> ApiAnswer:
        body = _document_in(call) if call.request.body else {}
        failed = []
        async with self._manager.lock:
            managed = await self._manager.attach_new()
            indexes = await self._manager.indexes.matching(expression)
            for index in indexes:
                reason = await change(index, managed.get(index.uuid), body)
                if reason is not None:
                    failed.append(
                        {"index_name": index.name, "index_uuid": index.uuid, "reason": reason}
                    )
        return answers.as_json(
            200,
            {
                "updated_indices": len(indexes) - len(failed),
                "failures": bool(failed),
                "failed_indices": failed,
            },
        )

    async def _add(
        self, index: Index, managed: Managed | None, body: Mapping[str, Any]
    ) -> str | None:
        kept = await self._existing(_policy_id_in(body))
        if managed is not None:
            return (
                "This index already has a policy, use the update policy API to update index "
                "policies"
            )
        if index.name == INDEX or index.name.startswith(".opendistro"):
            return "Matches a restricted index pattern, not managed by ISM"
        await self._manager.attach(index, kept)
        return None

    async def _remove(
        self, index: Index, managed: Managed | None, _body: Mapping[str, Any]
    ) -> str | None:
        if managed is None:
            return "This index does not have a policy to remove"
        await self._manager.store.delete_managed(index.uuid)
        return None

    async def _change(
        self, _index: Index, managed: Managed | None, body: Mapping[str, Any]
    ) -> str | None:
        kept = await self._existing(_policy_id_in(body))
        state = body.get("state")
        names = [each["name"] for each in kept.policy["states"]]
        if state is not None and state not in names:
            raise IsmError(
                400,
                "illegal_argument_exception",
                f"Cannot find state=[{state}] on policy={kept.policy['policy_id']}",
            )
        if managed is None:
            return "This index is not being managed"
        included = {each.get("state") for each in body.get("include") or []}
        if included and managed.state not in included:
            return None
        await self._manager.change(managed, kept, state)
        return None

    async def _retry(
        self, _index: Index, managed: Managed | None, _body: Mapping[str, Any]
    ) -> str | None:
        if managed is None:
            return "This index is not being managed."
        if managed.failure is None:
            return "This index is not in failed state."
        retried = replace(managed, failure=None, message="Pending retry of failed managed index")
        await self._manager.store.put_managed(retried)
        return None

    async def _existing(self, policy_id: str) -> Kept:
        kept = await self._manager.store.policy(policy_id)
        if kept is None:
            raise _policy_not_found()
        return kept


def _policy_not_found() -> IsmError:
    return IsmError(404, "status_exception", "Policy not found")


def _parts(call: DomainCall) -> list[str]:
    prefix = next(prefix for prefix in PREFIXES if call.path.startswith(prefix))
    return [unquote(part) for part in call.path[len(prefix) :].strip("/").split("/")]


def _policy_id_in(body: Mapping[str, Any]) -> str:
    policy_id = body.get("policy_id")
    if not isinstance(policy_id, str) or not policy_id:
        raise IsmError(400, "illegal_argument_exception", "Missing policy_id")
    return policy_id


def _document_in(call: DomainCall) -> dict[str, Any]:
    try:
        document = json.loads(call.request.body or b"null")
    except ValueError as error:
        raise IsmError(400, "parsing_exception", f"the body is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise IsmError(400, "parsing_exception", "the body is no JSON object")
    return document
