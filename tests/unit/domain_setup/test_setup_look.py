"""A look at a domain: what differs is told, nothing is written, and a failed run stays due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from firehose_logging.domain_setup import function
from firehose_logging.domain_setup.answer import Call, ConnectionFailure
from firehose_logging.domain_setup.client import ReadOnlyDomain, WouldWriteError
from firehose_logging.domain_setup.configuration import VARIABLE
from firehose_logging.domain_setup.event import EventError, parse_event
from firehose_logging.domain_setup.looking import Finding, look
from firehose_logging.domain_setup.report import SetupError
from firehose_logging.domain_setup.request import SetupCall, SetupRequest, TemplateOptions
from firehose_logging.domain_setup.sequence import perform
from firehose_logging.domain_setup.settling import Patience

if TYPE_CHECKING:
    from tests.unit.domain_setup.conftest import RecordedDomain

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
MINE = "firehose-logging-logs"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:logging-test-domain-setup"

Look = Callable[..., Finding]


@pytest.fixture
def looked(domain: RecordedDomain) -> Iterator[Look]:
    """Return what looks at the domain; at the end nothing was written by any look."""
    written: list[str] = []

    def at(request: SetupRequest, now: datetime = NOW) -> Finding:
        before = len(domain.writes)
        found = look(ReadOnlyDomain(domain.send, domain.patience(20)), request, now)
        written.extend(domain.writes[before:])
        return found

    yield at
    assert written == []


def run(domain: RecordedDomain, request: SetupRequest, name: str) -> None:
    perform(SetupCall("update", request, name), domain.open, lambda _: None)


def steps(found: Finding) -> list[str]:
    return [one.step for one in found.differs]


def test_right_after_a_run_nothing_differs_and_the_run_is_known_again(
    domain: RecordedDomain, request_for_logs: SetupRequest, looked: Look
) -> None:
    run(domain, request_for_logs, "first")
    assert looked(request_for_logs) == Finding("first")
    run(domain, request_for_logs, "second")
    assert looked(request_for_logs) == Finding("second")


def test_an_empty_domain_lacks_every_step(
    domain: RecordedDomain, request_for_logs: SetupRequest, looked: Look
) -> None:
    found = looked(request_for_logs)
    assert steps(found) == [
        "index_template",
        "writer_role",
        "writer_mapping",
        "reader_role",
        "reader_mapping",
        "dashboards_access",
        "retention_policy",
        "index_pattern",
        "dashboard",
        "record_of_success",
    ]
    assert found.differs[0].why == f"a run would PUT /_index_template/{MINE}"
    assert found.unknown is None


def forget(store: str, name: str) -> Callable[[RecordedDomain], None]:
    def change(domain: RecordedDomain) -> None:
        kept = domain.security[store] if store in domain.security else getattr(domain, store)
        del kept[name]

    return change


def widen_writer(domain: RecordedDomain) -> None:
    domain.security["roles"][f"{MINE}-writer"]["cluster_permissions"] = ["*"]


def map_a_stranger(domain: RecordedDomain) -> None:
    domain.security["rolesmapping"][f"{MINE}-writer"]["backend_roles"].append("stranger")


def forget_readers_of_dashboards(domain: RecordedDomain) -> None:
    domain.security["rolesmapping"]["kibana_user"]["backend_roles"].clear()


def keep_longer(domain: RecordedDomain) -> None:
    policy: Any = domain.policies[MINE]["policy"]
    policy["states"][0]["transitions"][0]["conditions"]["min_index_age"] = "90d"


def change_the_template(domain: RecordedDomain) -> None:
    domain.templates[MINE]["priority"] = 1


def change_the_time_field(domain: RecordedDomain) -> None:
    domain.objects[f"index-pattern/{MINE}"]["attributes"]["timeFieldName"] = "other"


def detach_an_index(domain: RecordedDomain) -> None:
    domain.indexes["logs-2026-11-28"] = {"policy_id": None}


def make_a_foreign_role(domain: RecordedDomain) -> None:
    domain.security["roles"][f"{MINE}-writer"]["description"] = "mine"


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (forget("templates", MINE), ["index_template", "record_of_success"]),
        (forget("roles", f"{MINE}-writer"), ["writer_role"]),
        (forget("rolesmapping", f"{MINE}-writer"), ["writer_mapping"]),
        (forget("roles", f"{MINE}-reader"), ["reader_role"]),
        (forget("rolesmapping", f"{MINE}-reader"), ["reader_mapping"]),
        (forget("policies", MINE), ["retention_policy"]),
        (forget("objects", f"index-pattern/{MINE}"), ["index_pattern"]),
        (forget("objects", f"dashboard/{MINE}"), ["dashboard"]),
        (change_the_template, ["index_template"]),
        (widen_writer, ["writer_role"]),
        (map_a_stranger, ["writer_mapping"]),
        (forget_readers_of_dashboards, ["dashboards_access"]),
        (keep_longer, ["retention_policy"]),
        (change_the_time_field, ["index_pattern"]),
        (detach_an_index, ["retention_of_indexes"]),
        (make_a_foreign_role, ["writer_role"]),
    ],
)
def test_drift_is_told_by_its_step_until_a_run_has_set_it_right(
    domain: RecordedDomain,
    request_for_logs: SetupRequest,
    looked: Look,
    drift: Callable[[RecordedDomain], None],
    told: list[str],
) -> None:
    run(domain, request_for_logs, "first")
    drift(domain)
    found = looked(request_for_logs)
    assert steps(found) == told
    assert found.run != "first"
    assert found.run.endswith(", ".join(told))
    if drift is not make_a_foreign_role:
        run(domain, request_for_logs, found.run)
        assert looked(request_for_logs) == Finding(found.run)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"retention_days": 7}, ["retention_policy"]),
        ({"retention_days": None}, ["retention_policy"]),
        ({"template": TemplateOptions(shards=3)}, ["index_template"]),
        ({"dashboards": False}, ["index_pattern", "dashboard"]),
        ({"settle_seconds": 1.0}, []),
    ],
)
def test_a_configuration_that_has_changed_differs_from_what_was_made(
    domain: RecordedDomain,
    request_for_logs: SetupRequest,
    looked: Look,
    changes: dict[str, Any],
    told: list[str],
) -> None:
    run(domain, request_for_logs, "first")
    assert steps(looked(replace(request_for_logs, **changes))) == told


def test_a_set_up_left_under_another_name_differs_until_it_is_taken_away(
    domain: RecordedDomain, request_for_logs: SetupRequest, looked: Look
) -> None:
    before = replace(request_for_logs, function=ARN)
    renamed = replace(before, index="orders")
    run(domain, before, "first")
    kept = dict(domain.templates)
    run(domain, renamed, "second")
    assert looked(renamed) == Finding("second")
    domain.templates |= kept
    assert steps(looked(renamed)) == ["previous_set_up"]


def test_a_run_that_fails_at_any_call_stays_due_under_a_text_that_is_new_each_time(
    domain: RecordedDomain, request_for_logs: SetupRequest, looked: Look
) -> None:
    changed = replace(
        request_for_logs, retention_days=7, template=TemplateOptions(shards=3), readers=()
    )
    run(domain, request_for_logs, "first")
    domain.calls.clear()
    run(domain, changed, "second")
    writes = [number for number, call in enumerate(domain.calls) if call.method != "GET"]
    assert len(writes) > 3
    for due in writes:
        run(domain, request_for_logs, "first")
        fail_at(domain, len(domain.calls) + due)
        with pytest.raises(SetupError):
            run(domain, changed, "second")
        seen = {looked(changed, NOW + timedelta(seconds=second)).run for second in range(3)}
        assert len(seen) == 3
        assert not seen & {"first", "second"}


def fail_at(domain: RecordedDomain, number: int) -> None:
    """Have the call of that number refused, which is a write, and all after it as they are."""

    def refuse() -> None:
        if len(domain.calls) == number + 1:
            raise ConnectionFailure(domain.calls[-1], "reset", may_pass=False)

    domain.meanwhile = [refuse] * 100


def test_a_domain_that_is_away_is_unknown_and_a_run_is_due(
    domain: RecordedDomain, request_for_logs: SetupRequest, looked: Look
) -> None:
    run(domain, request_for_logs, "first")
    domain.faults = [ConnectionFailure(Call("GET", "/"), "no route", may_pass=True)] * 100
    found = looked(request_for_logs)
    assert found.run != "first"
    assert found.differs == ()
    assert found.unknown is not None
    assert "no route" in found.unknown
    assert domain.now <= 25


def test_a_domain_that_refuses_the_function_is_unknown(
    domain: RecordedDomain, request_for_logs: SetupRequest, looked: Look
) -> None:
    domain.faults = [(403, {"message": "no permissions for [indices:x]"})]
    found = looked(request_for_logs)
    assert found.unknown is not None
    assert "answered 403" in found.unknown
    assert found.run.endswith(f"not seen: {found.unknown}")
    assert "all_access" in found.unknown


def test_what_a_domain_does_not_have_does_not_differ(
    domain: RecordedDomain, request_for_logs: SetupRequest, looked: Look
) -> None:
    domain.lacks = ("/_plugins/_ism", "/_plugins/_security")
    run(domain, request_for_logs, "first")
    assert looked(request_for_logs) == Finding("first")


def test_a_domain_that_answers_slowly_is_given_up_in_time(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    def slow(call: Call) -> Any:
        domain.now += 6
        return domain.send(call)

    patience = Patience(20, deadline=20, now=lambda: domain.now, sleep=lambda _: None)
    found = look(ReadOnlyDomain(slow, patience), request_for_logs, NOW)
    assert found.unknown is not None
    assert "took all the time" in found.unknown
    assert domain.now < 30


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE", "HEAD", "get"])
def test_no_method_but_get_leaves_for_a_domain_that_is_looked_at(
    domain: RecordedDomain, method: str
) -> None:
    with pytest.raises(WouldWriteError, match=f"{method} /logs"):
        ReadOnlyDomain(domain.send, domain.patience()).call(method, "/logs")
    assert domain.calls == []


def test_a_run_of_someone_else_who_keeps_all_as_it_is_does_not_make_one_due(
    domain: RecordedDomain, request_for_logs: SetupRequest, looked: Look
) -> None:
    run(domain, request_for_logs, "first")
    domain.run(request_for_logs)
    assert looked(request_for_logs) == Finding("first")


def test_the_function_answers_a_look_it_cannot_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "{}")
    answer = function.handler({"look": True}, None)
    assert "endpoint is missing" in answer["unknown"]
    assert answer["differs"] == []


def test_a_fault_of_looking_itself_fails_no_plan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_environment: object) -> SetupRequest:
        raise KeyError("surprise")

    monkeypatch.setattr(function, "from_environment", broken)
    assert "surprise" in function.handler({"look": True}, None)["unknown"]
    assert "Traceback" in capsys.readouterr().err


def test_looking_is_an_action_of_its_own() -> None:
    assert parse_event({"look": True}) == "look"


@pytest.mark.parametrize(
    "event",
    [
        {"look": False},
        {"look": 1},
        {"look": True, "run": "1f"},
        {"look": True, "tf": {"action": "delete"}},
    ],
)
def test_a_look_goes_with_nothing_else(event: dict[str, Any]) -> None:
    with pytest.raises(EventError, match="look stands in"):
        parse_event(event)


def test_a_run_too_long_to_be_kept_in_the_domain_is_refused() -> None:
    with pytest.raises(EventError, match="at most 500 characters"):
        parse_event({"run": "x" * 501})
