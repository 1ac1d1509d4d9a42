"""What a domain is to hold: template, retention, names."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.domain_setup.documents import (
    comparing,
    dashboards,
    names,
    retention,
    roles,
    template,
)
from firehose_logging.domain_setup.request import ROTATIONS, SetupRequest, TemplateOptions

REQUEST = SetupRequest("host", "eu-west-1", "logging-test", retention_days=30)


def mappings(**options: Any) -> dict[str, Any]:
    request = SetupRequest("host", "eu-west-1", "logs", template=TemplateOptions(**options))
    made: dict[str, Any] = template.index_template(request)["template"]["mappings"]
    return made


def index_settings(**options: Any) -> dict[str, Any]:
    request = SetupRequest("host", "eu-west-1", "logs", template=TemplateOptions(**options))
    made: dict[str, Any] = template.index_template(request)["template"]["settings"]["index"]
    return made


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("asctime", "date"),
        ("@timestamp", "date"),
        ("name", "keyword"),
        ("levelname", "keyword"),
        ("message", "text"),
        ("exc_info", "text"),
        ("stack_info", "text"),
        ("service", "keyword"),
        ("env", "keyword"),
        ("trace_id", "keyword"),
        ("span_id", "keyword"),
        ("host", "keyword"),
        ("process", "long"),
        ("thread", "long"),
        ("lineno", "long"),
    ],
)
def test_the_fields_of_a_log_record_are_typed(field: str, kind: str) -> None:
    assert mappings()["properties"][field]["type"] == kind


def test_stored_extras_make_no_mapping() -> None:
    made = mappings(extra_fields="stored")
    assert made["dynamic"] is False
    assert "dynamic_templates" not in made


def test_searchable_extras_are_mapped_by_template_up_to_the_limit() -> None:
    made = mappings(field_limit=1500)
    assert made["dynamic"] is True
    kinds = {
        rule["match_mapping_type"]: rule["mapping"]["type"]
        for entry in made["dynamic_templates"]
        for rule in entry.values()
    }
    assert kinds == {
        "object": "flat_object",
        "string": "keyword",
        "boolean": "keyword",
        "long": "double",
        "double": "double",
    }
    assert index_settings(field_limit=1500)["mapping"]["total_fields"]["limit"] == 1500


def test_every_keyword_leaves_out_terms_that_lucene_would_refuse() -> None:
    def keywords(node: Any) -> list[Any]:
        if isinstance(node, dict):
            here = [node] if node.get("type") == "keyword" else []
            return here + [found for child in node.values() for found in keywords(child)]
        if isinstance(node, list):
            return [found for child in node for found in keywords(child)]
        return []

    found = keywords(mappings(fields={"order": "keyword"}))
    assert len(found) > 10
    # A character of UTF-8 has up to 4 bytes; Lucene's limit is 32,766 bytes.
    assert all(mapping["ignore_above"] * 4 <= 32_766 for mapping in found)


def test_fields_of_ones_own_are_typed_and_can_override() -> None:
    made = mappings(fields={"order_id": "keyword", "process": "keyword"})
    assert made["properties"]["order_id"]["type"] == "keyword"
    assert made["properties"]["process"]["type"] == "keyword"


def test_replicas_follow_the_nodes_unless_they_are_given() -> None:
    assert index_settings()["auto_expand_replicas"] == "0-1"
    given_two = index_settings(replicas=2)
    assert given_two["number_of_replicas"] == 2
    assert "auto_expand_replicas" not in given_two


def test_a_template_read_back_with_text_for_numbers_is_as_wanted() -> None:
    wanted = template.index_template(REQUEST)
    actual = json.loads(json.dumps(wanted))
    actual["template"]["settings"] = {
        "index.number_of_shards": "1",
        "index": {
            "codec": "best_compression",
            "auto_expand_replicas": "0-1",
            "mapping": {"total_fields": {"limit": "2000"}},
        },
    }
    actual["template"]["mappings"]["dynamic"] = "true"
    assert template.is_as_wanted(actual, wanted)


@pytest.mark.parametrize("side", ["shards", "field", "pattern", "foreign setting"])
def test_a_template_that_differs_is_not_as_wanted(side: str) -> None:
    wanted = template.index_template(REQUEST)
    actual = json.loads(json.dumps(wanted))
    if side == "shards":
        actual["template"]["settings"]["index"]["number_of_shards"] = "2"
    elif side == "field":
        actual["template"]["mappings"]["properties"]["name"]["type"] = "text"
    elif side == "pattern":
        actual["index_patterns"].append("other-*")
    else:
        actual["template"]["settings"]["index"]["refresh_interval"] = "30s"
    assert not template.is_as_wanted(actual, wanted)


def test_the_more_specific_of_two_names_has_the_higher_priority() -> None:
    assert names.priority("shop-web") > names.priority("shop")


@pytest.mark.parametrize(
    "suffix", ["2016-02-25-13", "2016-02-25", "2016-w08", "2016-02", "2016-12-31-23"]
)
def test_c1_the_indexes_of_every_rotation_are_known(suffix: str) -> None:
    assert names.is_rotated(f"logs-{suffix}", "logs")


@pytest.mark.parametrize(
    "name", ["logs", "logs-web-2016-02-25", "logs-2016-02-25-copy", "logs2016-02", "logs-kept", ""]
)
def test_another_index_of_a_like_name_is_not_taken_for_ours(name: str) -> None:
    assert not names.is_rotated(name, "logs")


@pytest.mark.parametrize(
    ("rotation", "age"),
    [("OneHour", "721h"), ("OneDay", "31d"), ("OneWeek", "37d"), ("OneMonth", "61d")],
)
def test_the_last_document_of_an_index_is_kept_for_the_whole_retention(
    rotation: str, age: str
) -> None:
    assert retention.index_age(30, rotation) == age


def test_the_policy_deletes_by_age_and_nothing_else() -> None:
    policy = retention.retention_policy(REQUEST)["policy"]
    kept, deleted = policy["states"]
    assert policy["default_state"] == kept["name"]
    assert kept["actions"] == []
    assert kept["transitions"] == [
        {"state_name": deleted["name"], "conditions": {"min_index_age": "31d"}}
    ]
    assert deleted["actions"] == [{"delete": {}}]


def test_the_policy_is_not_attached_to_another_stream_of_a_like_name() -> None:
    (attached,) = retention.retention_policy(REQUEST)["policy"]["ism_template"]
    assert attached["index_patterns"] == ["logging-test-20*"]
    assert attached["priority"] == names.priority("logging-test")


def test_a_single_index_gets_no_policy() -> None:
    assert not retention.is_possible("NoRotation")
    with pytest.raises(ValueError, match="NoRotation"):
        retention.retention_policy(
            SetupRequest("host", "eu-west-1", "logs", rotation="NoRotation", retention_days=1)
        )


def test_a_policy_read_back_with_isms_additions_is_as_wanted() -> None:
    wanted = retention.retention_policy(REQUEST)
    read = json.loads(json.dumps(wanted["policy"]))
    read |= {"policy_id": "p", "schema_version": 21, "last_updated_time": 1, "user": None}
    read["states"][1]["actions"][0]["retry"] = {"count": 3, "backoff": "exponential"}
    read["ism_template"][0]["last_updated_time"] = 1
    assert retention.is_as_wanted({"_seq_no": 7, "policy": read}, wanted)
    read["states"][0]["transitions"][0]["conditions"]["min_index_age"] = "8d"
    assert not retention.is_as_wanted({"_seq_no": 7, "policy": read}, wanted)


EXPLAINED = {
    "logs-2026-01-01": {"index.plugins.index_state_management.policy_id": None, "enabled": None},
    "logs-2026-01-02": {"policy_id": "firehose-logging-logs", "policy_seq_no": 7},
    "logs-2026-01-03": {"policy_id": "firehose-logging-logs", "policy_seq_no": 9},
    "logs-2026-01-04": {"index.plugins.index_state_management.policy_id": "firehose-logging-logs"},
    "logs-2026-01-05": {"policy_id": "somebody-elses"},
    "logs-web-2026-01-01": {"policy_id": None},
    "total_managed_indices": 3,
}


def test_only_indexes_of_ours_without_a_policy_get_one() -> None:
    assert retention.unmanaged(EXPLAINED, "logs") == ["logs-2026-01-01"]


def test_only_indexes_that_follow_our_policy_are_detached() -> None:
    assert retention.managed(EXPLAINED, "logs") == [
        "logs-2026-01-02",
        "logs-2026-01-03",
        "logs-2026-01-04",
    ]


def test_an_index_that_follows_an_older_version_is_renewed() -> None:
    assert retention.outdated(EXPLAINED, "logs", 9) == ["logs-2026-01-02"]


def test_g8_the_writer_role_names_single_permissions_on_its_index_alone() -> None:
    role = roles.writer_role(REQUEST)
    (on,) = role["index_permissions"]
    assert on["index_patterns"] == ["logging-test-20*"]
    permissions = [*role["cluster_permissions"], *on["allowed_actions"]]
    assert all(":" in name and "*" not in name for name in permissions), "a group, or a wildcard"


@pytest.mark.parametrize(
    ("one", "other", "overlapping"),
    [
        ("shop-20*", "shop-web-20*", False),
        ("shop-20*", "shop-20*", True),
        ("shop-20*", "shop-20th-20*", True),
        ("shop-20*", "shop", False),
        ("shop-20*", "shop-20", True),
        ("shop-20*", "shop-2026-11-22", True),
        ("shop-20*", "shop-2", False),
        ("shop", "shop", True),
        ("shop", "shopping", False),
    ],
)
def test_patterns_overlap_where_an_index_may_match_both(
    one: str, other: str, overlapping: bool
) -> None:
    assert names.overlap(one, other) is overlapping
    assert names.overlap(other, one) is overlapping


@given(
    index=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True),
    other=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True),
    date=st.sampled_from(["2016-02-25-13", "2016-02-25", "2016-w08", "2016-02"]),
)
def test_whose_patterns_do_not_overlap_reach_none_of_each_others_indexes(
    index: str, other: str, date: str
) -> None:
    for rotation in ("NoRotation", "OneDay"):
        pattern = names.written_pattern(other, rotation)
        if not names.overlap(pattern, names.written_pattern(index, "OneDay")):
            assert not fnmatch.fnmatchcase(f"{index}-{date}", pattern)
        if not names.overlap(pattern, names.written_pattern(index, "NoRotation")):
            assert not fnmatch.fnmatchcase(index, pattern)


def test_the_reader_role_only_reads() -> None:
    (on,) = roles.reader_role(REQUEST)["index_permissions"]
    assert set(on["allowed_actions"]) == {"read", "indices:admin/resolve/index"}


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_roles_template_and_retention_reach_the_same_indexes(rotation: str) -> None:
    request = SetupRequest("host", "eu-west-1", "logs", rotation=rotation, retention_days=1)
    pattern = "logs" if rotation == "NoRotation" else "logs-20*"
    reached = [
        template.index_template(request)["index_patterns"],
        roles.writer_role(request)["index_permissions"][0]["index_patterns"],
        roles.reader_role(request)["index_permissions"][0]["index_patterns"],
    ]
    if retention.is_possible(rotation):
        policy = retention.retention_policy(request)["policy"]
        reached.append(policy["ism_template"][0]["index_patterns"])
    assert reached == [[pattern]] * len(reached)


def test_every_reference_of_the_dashboard_leads_to_a_part_that_is_made_before_it() -> None:
    made = dashboards.dashboard(REQUEST)
    known = {("index-pattern", dashboards.index_pattern(REQUEST, "logging-test-*").id)}
    for one in made:
        for reference in one.references:
            assert (reference["type"], reference["id"]) in known
        known.add((one.type, one.id))
    assert made[-1].type == "dashboard"
    panels = json.loads(made[-1].attributes["panelsJSON"])
    assert [panel["panelRefName"] for panel in panels] == [
        reference["name"] for reference in made[-1].references
    ]


def test_the_dashboard_shows_errors_over_time_by_logger_by_service_and_tracebacks() -> None:
    titles = [str(made.attributes["title"]) for made in dashboards.dashboard(REQUEST)]
    assert titles == [
        "logging-test: errors over time",
        "logging-test: errors by logger",
        "logging-test: errors by service",
        "logging-test: latest tracebacks",
        "logging-test: errors",
    ]


def test_the_panels_do_not_overlap() -> None:
    panels = json.loads(dashboards.dashboard(REQUEST)[-1].attributes["panelsJSON"])
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridData"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 48
        taken |= cells


@pytest.mark.parametrize("changed", ["panelsJSON", "title", "description"])
def test_an_object_that_somebody_changed_is_not_as_wanted(changed: str) -> None:
    made = dashboards.dashboard(REQUEST)[-1]
    body = json.loads(json.dumps(made.body()))
    assert dashboards.is_as_wanted(body, made)
    body["attributes"][changed] = "[]"
    assert not dashboards.is_as_wanted(body, made)


def test_an_object_that_leads_elsewhere_is_not_as_wanted() -> None:
    made = dashboards.dashboard(REQUEST)[-1]
    body = json.loads(json.dumps(made.body()))
    body["references"][0]["id"] = "somebody-elses"
    assert not dashboards.is_as_wanted(body, made)


def test_field_formats_that_people_keep_in_an_index_pattern_are_no_difference() -> None:
    wanted = dashboards.index_pattern(REQUEST, "logging-test-*")
    actual = {"attributes": {**wanted.attributes, "fieldFormatMap": "{}"}}
    assert dashboards.pattern_changes(actual, wanted) == {}
    actual["attributes"]["timeFieldName"] = "@timestamp"
    assert dashboards.pattern_changes(actual, wanted) == {"timeFieldName": "asctime"}


documents: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(document=documents)
def test_a_document_includes_itself(document: Any) -> None:
    assert comparing.includes(document, document)


@given(
    wanted=st.dictionaries(st.text(max_size=3), documents, max_size=3),
    added=st.dictionaries(st.text(min_size=4, max_size=6), documents, max_size=3),
)
def test_a_document_includes_less_of_itself(wanted: dict[str, Any], added: dict[str, Any]) -> None:
    assert comparing.includes({**wanted, **added}, wanted)
    assert not added or not comparing.includes(wanted, {**wanted, **added})
