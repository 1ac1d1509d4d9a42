"""A whole run against a domain in memory: twice, changed, and back again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from firehose_logging.domain_setup.report import SetupError
from firehose_logging.domain_setup.request import SetupRequest, TemplateOptions

if TYPE_CHECKING:
    from tests.unit.domain_setup.conftest import RecordedDomain

READER = "arn:aws:iam::123456789012:role/readers"
USER = "arn:aws:iam::123456789012:user/ann"
STEPS = [
    "domain",
    "neighbours",
    "index_template",
    "writer_role",
    "writer_mapping",
    "reader_role",
    "reader_mapping",
    "dashboards_access",
    "administrators",
    "retention_policy",
    "retention_of_indexes",
    "index_pattern",
    "dashboard",
]


def states(reports: dict[str, Any]) -> dict[str, str]:
    return {step: report.state for step, report in reports.items()}


def test_a_new_domain_gets_everything(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    made = states(domain.run(request_for_logs))
    assert list(made) == STEPS
    unchanged = {"domain", "neighbours", "retention_of_indexes", "administrators"}
    assert {step for step, state in made.items() if state == "created"} == set(STEPS) - unchanged
    assert len(domain.objects) == 6


def test_a_second_run_reads_and_writes_nothing(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    domain.calls.clear()
    again = states(domain.run(request_for_logs))
    assert set(again.values()) == {"unchanged"}
    assert domain.writes == []


def test_what_drifted_is_set_right(domain: RecordedDomain, request_for_logs: SetupRequest) -> None:
    domain.run(request_for_logs)
    domain.templates["firehose-logging-logs"]["priority"] = 1
    domain.security["roles"]["firehose-logging-logs-writer"]["cluster_permissions"] = ["*"]
    domain.security["rolesmapping"]["firehose-logging-logs-writer"]["backend_roles"].append("x")
    again = states(domain.run(request_for_logs))
    assert {step for step, state in again.items() if state == "updated"} == {
        "index_template",
        "writer_role",
        "writer_mapping",
    }
    mapping = domain.security["rolesmapping"]["firehose-logging-logs-writer"]
    assert mapping["backend_roles"] == list(request_for_logs.writers)


def test_taking_it_away_leaves_nothing_of_ours_and_every_index(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.indexes["logs-2026-01-01"] = {"policy_id": None}
    domain.run(request_for_logs)
    gone = states(domain.run(request_for_logs, "delete"))
    assert gone.pop("indexes") == "left_out"
    assert {gone.pop(step) for step in ("domain", "neighbours", "administrators")} == {"unchanged"}
    assert set(gone.values()) == {"removed"}
    assert not domain.templates
    assert not domain.policies
    assert not domain.objects
    assert domain.security == {"roles": {"kibana_user": {"reserved": True}}, "rolesmapping": {}}
    assert domain.indexes["logs-2026-01-01"]["policy_id"] is None, "a detached index is not deleted"


def test_taking_it_away_twice_is_no_error(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    domain.run(request_for_logs, "delete")
    again = states(domain.run(request_for_logs, "delete"))
    assert set(again.values()) == {"unchanged", "left_out"}


def test_only_indexes_that_firehose_made_are_deleted_and_only_when_asked_for(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    ours = ("logs-2026-01-01", "logs-2026-w01", "logs-2026-01-01-13")
    others = ("logs", "logs-web-2026-01-01", "logs-archive", ".kibana_1")
    domain.indexes = {name: {} for name in (*ours, *others)}
    report = domain.run(replace(request_for_logs, delete_indexes=True), "delete")["indexes"]
    assert report.state == "removed"
    assert set(domain.indexes) == set(others)


def test_what_bears_our_name_but_is_someone_elses_is_neither_changed_nor_removed(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    foreign: dict[str, Any] = {"index_patterns": ["logs-*"], "template": {}}
    domain.templates["firehose-logging-logs"] = foreign
    with pytest.raises(SetupError, match=r"^index_template: .* was not made by this set-up; "):
        domain.run(request_for_logs)
    domain.run(request_for_logs, "delete")
    assert domain.templates == {"firehose-logging-logs": foreign}


@pytest.mark.parametrize("kind", ["roles", "rolesmapping"])
def test_a_role_that_someone_else_made_is_left_alone(
    domain: RecordedDomain, request_for_logs: SetupRequest, kind: str
) -> None:
    foreign = {"description": "by hand"}
    domain.security[kind]["firehose-logging-logs-writer"] = foreign
    with pytest.raises(SetupError, match="was not made by this set-up"):
        domain.run(request_for_logs)
    assert domain.security[kind]["firehose-logging-logs-writer"] == foreign


def test_who_is_in_the_shared_mapping_already_stays_in_it(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    shared = {"backend_roles": ["admins", READER], "users": [], "reserved": False}
    domain.security["rolesmapping"]["kibana_user"] = shared
    domain.run(request_for_logs)
    assert shared["backend_roles"] == ["admins", READER]
    assert shared["users"] == [USER]
    domain.run(request_for_logs, "delete")
    assert shared["backend_roles"] == ["admins", READER]
    assert shared["users"] == []


def test_two_indexes_of_one_domain_share_readers_until_the_last_is_gone(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    other = replace(request_for_logs, index="shop")
    domain.run(request_for_logs)
    domain.run(other)
    shared = domain.security["rolesmapping"]["kibana_user"]
    domain.run(request_for_logs, "delete")
    assert shared["backend_roles"] == [READER]
    domain.run(other, "delete")
    assert "kibana_user" not in domain.security["rolesmapping"]


def test_a_reader_who_is_no_longer_one_leaves_the_shared_mapping(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    fewer = replace(request_for_logs, readers=(USER,))
    changed = states(domain.run(fewer))
    assert (changed["reader_mapping"], changed["dashboards_access"]) == ("updated", "updated")
    assert domain.security["rolesmapping"]["kibana_user"]["backend_roles"] == []
    assert domain.security["rolesmapping"]["kibana_user"]["users"] == [USER]
    domain.calls.clear()
    domain.run(fewer)
    assert domain.writes == []


def test_a_run_that_ended_between_record_and_shared_mapping_is_finished_by_the_next(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    del domain.security["rolesmapping"]["kibana_user"]
    domain.run(request_for_logs)
    domain.run(request_for_logs, "delete")
    assert domain.security["rolesmapping"] == {}


def test_administrators_join_all_access_beside_the_master_and_leave_it_again(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    master = "arn:aws:iam::123456789012:role/master"
    shared: dict[str, Any] = {"backend_roles": [master], "users": []}
    domain.security["rolesmapping"]["all_access"] = shared
    with_two = replace(request_for_logs, administrators=(master, USER))
    assert domain.run(with_two)["administrators"].state == "updated"
    assert shared == {"backend_roles": [master], "users": [USER]}
    domain.calls.clear()
    domain.run(with_two)
    assert domain.writes == []
    assert domain.run(with_two, "delete")["administrators"].state == "removed"
    assert shared == {"backend_roles": [master], "users": []}


def test_opensearch_dashboards_user_is_preferred_where_both_exist(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.security["roles"]["opensearch_dashboards_user"] = {"reserved": True}
    report = domain.run(request_for_logs)["dashboards_access"]
    assert report.detail.startswith("opensearch_dashboards_user for ")


def test_a_domain_without_a_role_for_dashboards_is_told_so(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.security["roles"].clear()
    report = domain.run(request_for_logs)["dashboards_access"]
    assert report.state == "left_out"
    assert "neither opensearch_dashboards_user nor kibana_user" in report.detail


def test_existing_indexes_get_the_policy_and_later_its_newer_version(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.indexes = {
        "logs-2026-01-01": {"policy_id": None},
        "logs-2026-01-02": {"policy_id": "by hand"},
        "logs-web-2026-01-01": {"policy_id": None},
    }
    assert domain.run(request_for_logs)["retention_of_indexes"].state == "updated"
    followed = {name: state["policy_id"] for name, state in domain.indexes.items()}
    assert followed == {
        "logs-2026-01-01": "firehose-logging-logs",
        "logs-2026-01-02": "by hand",
        "logs-web-2026-01-01": None,
    }
    shorter = states(domain.run(replace(request_for_logs, retention_days=7)))
    assert (shorter["retention_policy"], shorter["retention_of_indexes"]) == ("updated", "updated")
    newest = domain.policies["firehose-logging-logs"]["_seq_no"]
    assert domain.indexes["logs-2026-01-01"]["policy_seq_no"] == newest


def test_retention_that_is_no_longer_asked_for_is_detached_and_removed(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.indexes["logs-2026-01-01"] = {"policy_id": None}
    domain.run(request_for_logs)
    report = domain.run(replace(request_for_logs, retention_days=None))["retention_policy"]
    assert report.state == "removed"
    assert domain.indexes["logs-2026-01-01"]["policy_id"] is None
    again = domain.run(replace(request_for_logs, retention_days=None))["retention_policy"]
    assert (again.state, again.detail) == ("left_out", "indexes are kept for ever")


def test_retention_of_a_single_index_is_left_out_with_the_reason(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    report = domain.run(replace(request_for_logs, rotation="NoRotation"))["retention_policy"]
    assert report.state == "left_out"
    assert "choose a rotation" in report.detail
    assert not domain.policies


def test_what_the_engine_lacks_is_left_out_not_done(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.lacks = ("/_plugins/", "/_dashboards/")
    made = domain.run(request_for_logs)
    assert {step for step, report in made.items() if report.state == "left_out"} == set(STEPS) - {
        "domain",
        "neighbours",
        "index_template",
    }
    assert "no such API" in made["writer_role"].detail
    assert domain.run(request_for_logs, "delete")["index_template"].state == "removed"


@pytest.mark.parametrize(
    "vandalised",
    [{"panelsJSON": "[]"}, {"title": "nothing", "description": "not theirs any more"}],
)
def test_the_dashboard_that_a_reader_changed_is_restored(
    domain: RecordedDomain, request_for_logs: SetupRequest, vandalised: dict[str, str]
) -> None:
    domain.run(request_for_logs)
    stored = domain.objects["dashboard/firehose-logging-logs"]["attributes"]
    before = dict(stored)
    stored |= vandalised
    assert domain.run(request_for_logs)["dashboard"].state == "updated"
    assert stored == before


def test_the_index_pattern_that_a_reader_changed_or_deleted_is_restored(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    key = "index-pattern/firehose-logging-logs"
    domain.objects[key]["attributes"]["title"] = "nothing-*"
    assert domain.run(request_for_logs)["index_pattern"].state == "updated"
    assert domain.objects[key]["attributes"]["title"] == "logs-*"
    del domain.objects[key]
    assert domain.run(request_for_logs)["index_pattern"].state == "created"


def test_a_change_of_the_time_field_reaches_dashboard_and_index_pattern(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    other_time = TemplateOptions(time_field="@timestamp")
    newer = domain.run(replace(request_for_logs, template=other_time))
    assert (newer["dashboard"].state, newer["index_pattern"].state) == ("updated", "updated")


def test_field_formats_in_the_index_pattern_survive_a_change_of_the_time_field(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    stored = domain.objects["index-pattern/firehose-logging-logs"]["attributes"]
    stored["fieldFormatMap"] = "{}"
    domain.run(replace(request_for_logs, template=TemplateOptions(time_field="@timestamp")))
    assert stored["fieldFormatMap"] == "{}"
    assert stored["timeFieldName"] == "@timestamp"


def test_dashboards_that_are_not_wanted_are_taken_away(
    domain: RecordedDomain, request_for_logs: SetupRequest
) -> None:
    domain.run(request_for_logs)
    without = replace(request_for_logs, dashboards=False)
    assert states(domain.run(without))["dashboard"] == "removed"
    assert not domain.objects
    assert states(domain.run(without))["index_pattern"] == "left_out"
