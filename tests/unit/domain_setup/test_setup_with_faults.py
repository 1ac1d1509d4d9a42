"""A run against a domain that settles, refuses, breaks, or is changed by others meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from firehose_logging.domain_setup.answer import Call, ConnectionFailure
from firehose_logging.domain_setup.report import SetupError
from firehose_logging.domain_setup.request import SetupRequest, TemplateOptions

if TYPE_CHECKING:
    from tests.unit.domain_setup.conftest import RecordedDomain

READER = "arn:aws:iam::123456789012:role/readers"
USER = "arn:aws:iam::123456789012:user/ann"


def states(reports: dict[str, Any]) -> dict[str, str]:
    return {step: report.state for step, report in reports.items()}


def unreachable(*, may_pass: bool = True) -> ConnectionFailure:
    return ConnectionFailure(Call("GET", "/"), "name does not resolve", may_pass=may_pass)


@pytest.mark.parametrize(
    "fault",
    [
        (503, {"error": {"reason": "OpenSearch Security not initialized."}}),
        (504, b"<html>gateway time-out</html>"),
        (429, {"message": "Too Many Requests"}),
        (500, {"error": {"reason": "node is starting"}}),
        (403, {"Message": "User: arn is not authorized to perform: es:ESHttpGet"}),
    ],
)
def test_a_domain_that_settles_is_waited_for(
    domain: RecordedDomain, request_for_logs: SetupRequest, fault: tuple[int, Any]
) -> None:
    domain.faults = [unreachable(), fault, fault, fault]
    assert domain.run(request_for_logs)["index_template"].state == "created"
    assert domain.slept[:4] == [0.5, 1.0, 2.0, 4.0]


def test_waiting_ends_and_says_step_answer_and_remedy(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.faults = [(503, b"<html>no healthy upstream</html>")] * 1000
    with pytest.raises(SetupError) as caught:
        domain.run(request_for_logs)
    assert str(caught.value) == (
        "domain: GET / answered 503 (<html>no healthy upstream</html>); "
        "wait until the domain is active and green, then run the set-up again."
    )
    assert 280 < sum(domain.slept) <= 300


def test_a_missing_permission_is_waited_for_a_minute_only(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    refusal = {"Message": "User: arn is not authorized to perform: es:ESHttpGet"}
    domain.faults = [(403, refusal)] * 1000
    with pytest.raises(SetupError, match=r"allow the caller es:ESHttp\*"):
        domain.run(request_for_logs)
    assert sum(domain.slept) <= 60


@pytest.mark.parametrize(
    ("status", "document", "remedy"),
    [
        (403, {"message": "The request signature we calculated does not match"}, "check that reg"),
        (403, {"message": "No permission to access REST API: User arn"}, "master user"),
        (400, {"error": {"reason": "unknown setting [index.x]"}}, "domain's version"),
        (418, {"error": "teapot"}, "health and error log"),
    ],
)
def test_what_waiting_cannot_mend_fails_at_once(
    domain: RecordedDomain,
    request_for_logs: SetupRequest,
    status: int,
    document: Any,
    remedy: str,
) -> None:
    domain.faults = [(status, document)]
    with pytest.raises(SetupError, match=remedy) as caught:
        domain.run(request_for_logs)
    assert domain.slept == []
    assert "\n" not in str(caught.value)


def test_a_certificate_that_does_not_hold_is_not_waited_for(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.faults = [unreachable(may_pass=False)]
    with pytest.raises(SetupError, match="domain: GET / got no answer"):
        domain.run(request_for_logs)
    assert domain.slept == []


def test_a_page_in_place_of_json_is_no_answer_of_a_domain(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.faults = [(200, b"<html>Sign in</html>")]
    with pytest.raises(SetupError, match="no JSON object; check that endpoint"):
        domain.run(request_for_logs)


def test_a_policy_that_someone_else_creates_meanwhile_is_read_and_kept(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    twin = type(domain)()
    twin.run(request_for_logs)

    def beside() -> None:
        domain.policies = twin.policies
        domain.templates = twin.templates

    domain.meanwhile = [beside]
    made = states(domain.run(request_for_logs))
    assert made["retention_policy"] == "unchanged"


def test_conflicting_writes_are_read_again_and_repeated(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    policy = domain.policies["firehose-logging-logs"]

    def beside() -> None:
        policy["_seq_no"] += 5

    domain.meanwhile = [beside, beside]
    changed = states(domain.run(replace(request_for_logs, retention_days=7)))
    assert changed["retention_policy"] == "updated"
    transitions = domain.policies["firehose-logging-logs"]["policy"]["states"][0]["transitions"]
    assert transitions[0]["conditions"] == {"min_index_age": "8d"}


def test_a_write_without_effect_is_an_error_not_a_success(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    changed = replace(request_for_logs, template=TemplateOptions(shards=3))
    before = dict(domain.templates)

    def lost() -> None:
        domain.templates = dict(before)

    real_send = domain.send

    def send(call: Call) -> Any:
        answer = real_send(call)
        lost()
        return answer

    domain.send = send  # type: ignore[method-assign]  # a write is acknowledged and lost
    with pytest.raises(SetupError, match="without effect"):
        domain.run(changed)


def test_a_shared_mapping_that_someone_made_shorter_meanwhile_loses_no_one_else(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    shared = domain.security["rolesmapping"]["kibana_user"]
    shared["backend_roles"].insert(0, "leaving")
    shared["backend_roles"].insert(1, "staying")

    def beside() -> None:
        shared["backend_roles"] = ["staying", READER]

    def nothing() -> None:
        """Let the dashboard's own removals pass."""

    deletes = len(domain.objects)
    domain.meanwhile = [nothing] * deletes + [beside]
    domain.run(request_for_logs, "delete")
    assert shared["backend_roles"] == ["staying"]


def test_who_left_and_was_then_mapped_by_hand_stays(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    fewer = replace(request_for_logs, readers=(USER,))
    domain.run(fewer)
    shared = domain.security["rolesmapping"]["kibana_user"]
    shared["backend_roles"].append(READER)
    domain.run(fewer, "delete")
    assert shared["backend_roles"] == [READER]


def test_what_another_run_takes_away_first_is_gone_as_wanted(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    without = replace(request_for_logs, dashboards=False, readers=(), retention_days=None)
    domain.run(without)

    def beside() -> None:
        domain.security["rolesmapping"].clear()

    domain.meanwhile = [beside]
    assert domain.run(without, "delete")["reader_mapping"].state == "unchanged"
