"""A domain in memory: state as the real one keeps it, and faults that the real one has rarely."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable
from typing import Any

import pytest

from firehose_logging.domain_setup.answer import Answer, Call, ConnectionFailure
from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.report import StepReport
from firehose_logging.domain_setup.request import SetupCall, SetupRequest
from firehose_logging.domain_setup.sequence import perform
from firehose_logging.domain_setup.settling import Patience

Fault = tuple[int, Any] | ConnectionFailure


class RecordedDomain:
    """Answers as a domain does; ``faults`` come first, and ``meanwhile`` happens before a write."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.meanwhile: list[Callable[[], None]] = []
        self.lacks: tuple[str, ...] = ()
        self.templates: dict[str, Any] = {}
        self.security: dict[str, dict[str, Any]] = {
            "roles": {"kibana_user": {"reserved": True}},
            "rolesmapping": {},
        }
        self.policies: dict[str, dict[str, Any]] = {}
        self.indexes: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, dict[str, Any]] = {}

    @property
    def writes(self) -> list[str]:
        """The calls that write, as ``METHOD path``."""
        return [f"{call.method} {call.path}" for call in self.calls if call.method != "GET"]

    def patience(self, settle_seconds: float = 300.0) -> Patience:
        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.now += seconds

        return Patience(settle_seconds, now=lambda: self.now, sleep=sleep, fraction=lambda: 1.0)

    def open(self, request: SetupRequest) -> Domain:
        return Domain(self.send, self.patience(request.settle_seconds))

    def run(self, request: SetupRequest, action: str = "create") -> dict[str, StepReport]:
        reports = perform(SetupCall(action, request), self.open, lambda _: None)
        return {report.step: report for report in reports}

    def send(self, call: Call) -> Answer:
        self.calls.append(call)
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, ConnectionFailure):
                raise fault
            return self._answer(call, *fault)
        if call.method != "GET" and self.meanwhile:
            self.meanwhile.pop(0)()
        if any(call.path.startswith(prefix) for prefix in self.lacks):
            error = f"no handler found for uri [{call.path}] and method [{call.method}]"
            return self._answer(call, 400, {"error": error, "status": 400})
        return self._answer(call, *self._handle(call))

    @staticmethod
    def _answer(call: Call, status: int, document: Any) -> Answer:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return Answer(call, status, body)

    def _handle(self, call: Call) -> tuple[int, Any]:
        if call.path == "/":
            return 200, {"version": {"distribution": "opensearch", "number": "3.5.0"}}
        for prefix, handle in (
            ("/_index_template/", self._template),
            ("/_plugins/_security/api/", self._security),
            ("/_plugins/_ism/", self._ism),
            ("/_dashboards/api/saved_objects/", self._saved_object),
        ):
            if call.path.startswith(prefix):
                return handle(call, call.path.removeprefix(prefix))
        if call.path.startswith("/_cat/indices/"):
            pattern = call.path.removeprefix("/_cat/indices/")
            return 200, [{"index": name} for name in fnmatch.filter(self.indexes, pattern)]
        if call.method == "DELETE":
            return (200, {}) if self.indexes.pop(call.path[1:], None) is not None else (404, {})
        raise AssertionError(f"{call.method} {call.path} is not known here")

    def _template(self, call: Call, name: str) -> tuple[int, Any]:
        if call.method == "PUT":
            self.templates[name] = call.document
            return 200, {"acknowledged": True}
        if name.endswith("*"):
            found = fnmatch.filter(self.templates, name)
            return 200, {
                "index_templates": [
                    {"name": one, "index_template": self.templates[one]} for one in found
                ]
            }
        if name not in self.templates:
            return 404, {"error": {"reason": f"index template matching [{name}] not found"}}
        if call.method == "DELETE":
            del self.templates[name]
            return 200, {"acknowledged": True}
        entry = {"name": name, "index_template": self.templates[name]}
        return 200, {"index_templates": [entry]}

    def _security(self, call: Call, path: str) -> tuple[int, Any]:
        kind, _, name = path.partition("/")
        store = self.security[kind]
        if call.method == "PUT":
            assert set(call.document) <= {
                "description", "backend_roles", "users", "cluster_permissions",
                "index_permissions", "tenant_permissions",
            }  # fmt: skip
            store[name] = {**call.document, "reserved": False, "hidden": False}
            return 200, {"status": "OK"}
        if not name:
            return 200, store
        if name not in store:
            return 404, {"status": "NOT_FOUND", "message": f"{name} not found."}
        if call.method == "DELETE":
            del store[name]
            return 200, {"status": "OK"}
        if call.method == "PATCH":
            return self._patch(store[name], call.document)
        return 200, {name: store[name]}

    @staticmethod
    def _patch(entry: dict[str, Any], patch: list[dict[str, Any]]) -> tuple[int, Any]:
        changed = {field: list(entry.get(field, ())) for field in ("backend_roles", "users")}
        for step in patch:
            field, _, place = step["path"][1:].partition("/")
            if step["op"] == "add" and not place:
                changed[field] = list(step["value"])
            elif step["op"] == "add" and not changed[field]:
                return 400, {"status": "BAD_REQUEST", "message": f'Missing field "{field}"'}
            elif step["op"] == "add":
                changed[field].append(step["value"])
            elif int(place) < len(changed[field]):
                del changed[field][int(place)]
            else:
                return 400, {"status": "BAD_REQUEST", "message": "Array index out of bounds"}
        entry.update(changed)
        return 200, {"status": "OK"}

    def _ism(self, call: Call, path: str) -> tuple[int, Any]:
        verb, _, name = path.partition("/")
        if verb == "policies":
            return self._policy(call, name)
        if verb == "explain":
            states = {one: self.indexes[one] for one in fnmatch.filter(self.indexes, name)}
            return 200, {**states, "total_managed_indices": len(states)}
        state = self.indexes[name]
        if verb == "add" and state.get("policy_id"):
            failed = [{"index_name": name, "reason": "This index already has a policy"}]
            return 200, {"updated_indices": 0, "failures": True, "failed_indices": failed}
        state["policy_id"] = None if verb == "remove" else call.document["policy_id"]
        if verb != "remove":
            state["policy_seq_no"] = self.policies[state["policy_id"]]["_seq_no"]
        return 200, {"updated_indices": 1, "failures": False, "failed_indices": []}

    def _policy(self, call: Call, name: str) -> tuple[int, Any]:
        current = self.policies.get(name)
        if call.method == "GET":
            return (200, current) if current else (404, {"error": {"reason": "Policy not found"}})
        if call.method == "DELETE":
            return (200, {}) if self.policies.pop(name, None) else (404, {})
        expected = call.query.get("if_seq_no")
        if (expected is None) != (current is None):
            return 409, {"error": {"reason": "version conflict"}}
        if current is not None and str(current["_seq_no"]) != expected:
            return 409, {"error": {"reason": "version conflict"}}
        number = (current or {"_seq_no": 6})["_seq_no"] + 1
        self.policies[name] = {"_seq_no": number, "_primary_term": 1, **call.document}
        return (200 if current else 201), self.policies[name]

    def _saved_object(self, call: Call, key: str) -> tuple[int, Any]:
        assert call.headers == {"osd-xsrf": "true", "securitytenant": "global"}
        if call.method == "POST":
            if key in self.objects:
                return 409, {"statusCode": 409, "error": "Conflict", "message": "exists"}
            self.objects[key] = {"type": key.split("/", maxsplit=1)[0], **call.document}
            return 200, self.objects[key]
        if key not in self.objects:
            message = f"Saved object [{key}] not found"
            return 404, {"statusCode": 404, "error": "Not Found", "message": message}
        if call.method == "DELETE":
            del self.objects[key]
            return 200, {}
        if call.method == "PUT":
            self.objects[key]["attributes"] |= call.document["attributes"]
            if "references" in call.document:
                self.objects[key]["references"] = call.document["references"]
        return 200, self.objects[key]


@pytest.fixture
def domain() -> RecordedDomain:
    return RecordedDomain()


@pytest.fixture
def request_for_logs() -> SetupRequest:
    return SetupRequest(
        "search.example.com",
        "eu-west-1",
        "logs",
        retention_days=30,
        writers=("arn:aws:iam::123456789012:role/stream",),
        readers=(
            "arn:aws:iam::123456789012:role/readers",
            "arn:aws:iam::123456789012:user/ann",
        ),
    )
