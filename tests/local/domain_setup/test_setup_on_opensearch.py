"""The domain set-up on real OpenSearch with the Security plugin: readers, template, repeats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from firehose_logging.domain_setup.request import SetupRequest, TemplateOptions

from .wanted import DAY, READER, STRANGER, Prepare, request_for

if TYPE_CHECKING:
    from tests.local.domain_setup.conftest import Caller

WithTemplate = Callable[[SetupRequest], str]
MakeCaller = Callable[..., "Caller"]


def count(someone: Caller, index: str, query: dict[str, Any]) -> int:
    someone.call("POST", f"/{index}/_refresh")
    found = someone.call("POST", f"/{index}/_count", {"query": query})
    assert found.is_success, found
    return int(found.mapping["count"])


def test_a_second_run_changes_nothing_and_the_last_leaves_nothing(administrator: Caller) -> None:
    wanted = request_for("twice", administrators=(STRANGER,))
    before = security(administrator)
    made = {step: report.state for step, report in administrator.run(wanted).items()}
    again = {step: report.state for step, report in administrator.run(wanted).items()}
    written = {step for step, state in made.items() if state in {"created", "updated"}}
    assert written >= {"index_template", "writer_role", "writer_mapping", "reader_role"}
    assert {again[step] for step in written} == {"unchanged"}

    gone = administrator.run(wanted, "delete")
    assert {gone[step].state for step in written} == {"removed"}
    assert administrator.call("GET", "/_index_template/firehose-logging-twice").status == 404
    assert security(administrator) == before


def security(administrator: Caller) -> dict[str, Any]:
    """Return all roles and role mappings; the order of names in a mapping does not matter."""
    found = {
        kind: administrator.call("GET", f"/_plugins/_security/api/{kind}").document
        for kind in ("roles", "rolesmapping")
    }
    for mapping in found["rolesmapping"].values():
        mapping["backend_roles"].sort()
    return found


def test_the_reader_searches_its_index_and_no_other(
    prepared: Prepare, administrator: Caller, caller: MakeCaller
) -> None:
    prepared(request_for("mine"))
    for index in (f"mine-{DAY}", f"other-{DAY}"):
        assert administrator.bulk(index, {"message": "found"}, _id="1")[0] in {200, 201}
    reader = caller(READER)
    query = {"query": {"match": {"message": "found"}}}
    for method, path, document in (
        ("POST", "/mine-*/_search", query),
        ("POST", "/mine-*/_count", query),
        ("GET", f"/mine-{DAY}/_doc/1", None),
        ("GET", "/_resolve/index/mine-*", None),
        ("GET", "/mine-*/_mapping/field/message", None),
    ):
        answer = reader.call(method, path, document)
        assert answer.is_success, answer
    assert reader.domain.call("GET", "/mine-*/_field_caps", query={"fields": "*"}).is_success
    assert reader.call("POST", f"/other-{DAY}/_search", query).status == 403
    assert reader.call("DELETE", f"/mine-{DAY}").status == 403
    assert reader.call("PUT", f"/mine-{DAY}/_doc/2", {"message": "no"}).status == 403
    administrator.call("DELETE", f"/other-{DAY}")


def test_the_reader_is_let_into_dashboards(prepared: Prepare, caller: MakeCaller) -> None:
    prepared(request_for("mine"))
    account = caller(READER).call("GET", "/_plugins/_security/authinfo").mapping
    assert set(account["roles"]) >= {"firehose-logging-mine-reader", "opensearch_dashboards_user"}


def test_an_administrator_may_do_everything(prepared: Prepare, caller: MakeCaller) -> None:
    prepared(request_for("mine", administrators=(STRANGER,)))
    assert caller(STRANGER).call("GET", "/_plugins/_security/api/roles").is_success


ASCTIMES = [
    "2020-05-11T14:44:44+0200",  # the article's datefmt
    "2020-05-11 14:44:44,123",  # no datefmt at all
    "2020-05-11T14:44:44",  # the article's datefmt with a formatter that has no time zone
    "2020-05-11 14:44:44",
    "2020-05-11 14:44:44+0200",
    "2020-05-11T14:44:44.123Z",
    "2020-05-11T14:44:44.123+0200",
    "2020-05-11T14:44:44.123456+02:00",  # datetime.isoformat()
    "2020-05-11 14:44:44.123456+02:00",  # str(datetime)
    "2020-05-11 14:44:44.123456",
    1589201084123,
]


def test_every_form_of_time_that_python_writes_is_found_by_time(
    with_template: WithTemplate, administrator: Caller
) -> None:
    index = with_template(request_for("typed"))
    for number, asctime in enumerate(ASCTIMES, start=1):
        document = {"asctime": asctime, "@timestamp": asctime}
        assert administrator.bulk(index, document) == (201, ""), asctime
        for field in document:
            on_that_day = {"range": {field: {"gte": "2020-05-11T12:00:00Z", "lt": "2020-05-12"}}}
            assert count(administrator, index, on_that_day) == number, asctime


def test_a_record_without_a_readable_time_is_refused_with_the_reason(
    with_template: WithTemplate, administrator: Caller
) -> None:
    index = with_template(request_for("typed"))
    status, reason = administrator.bulk(index, {"asctime": {"not": "a date"}})
    assert status == 400
    assert "asctime" in reason


def test_values_that_fit_no_field_cost_no_record(
    with_template: WithTemplate, administrator: Caller
) -> None:
    index = with_template(request_for("typed"))
    for document in (
        {"message": "kept", "process": "MainProcess", "lineno": "?", "thread": 2**70},
        {"message": "kept", "name": "x" * 100_000, "exc_info": "y" * 1_000_000},
        {"message": "kept", "truncated": {"message": 7}},
        {"message": "kept", "truncated": 7},
        {"message": "kept", "levelname": None, "service": 7, "trace_id": True},
    ):
        assert administrator.bulk(index, document) == (201, "")
    assert count(administrator, index, {"match": {"message": "kept"}}) == 5
    assert count(administrator, index, {"term": {"_ignored": "lineno"}}) == 1


def test_extra_fields_are_found_and_contradict_each_other_as_little_as_can_be(
    with_template: WithTemplate, administrator: Caller
) -> None:
    index = with_template(request_for("extras"))
    first = {"order": 7, "paid": True, "customer": {"id": {"deep": "a"}}, "coupon": "XMAS"}
    then = {"order": "seven", "paid": "later", "customer": {"id": 7}, "coupon": 24.12}
    assert administrator.bulk(index, first) == (201, "")
    assert administrator.bulk(index, then) == (201, "")
    for term in ({"order": 7}, {"coupon": "XMAS"}, {"customer.id.deep": "a"}, {"paid": "later"}):
        assert count(administrator, index, {"term": term}) == 1, term


def field_count(administrator: Caller, index: str) -> int:
    def fields(properties: dict[str, Any]) -> int:
        return sum(1 + fields(one.get("properties", {})) for one in properties.values())

    mapping = administrator.call("GET", f"/{index}/_mapping").mapping[index]["mappings"]
    return fields(mapping["properties"])


def test_a_wild_extra_makes_one_field_however_large_it_is(
    with_template: WithTemplate, administrator: Caller
) -> None:
    index = with_template(request_for("extras"))
    administrator.bulk(index, {"message": "tame"})
    before = field_count(administrator, index)
    wild = {"message": "wild", "headers": {f"key-{n}": {"value": n} for n in range(5000)}}
    assert administrator.bulk(index, wild) == (201, "")
    assert field_count(administrator, index) == before + 1
    assert count(administrator, index, {"match": {"message": "wild"}}) == 1


def test_wild_keys_beyond_the_limit_are_refused_and_the_others_still_come_in(
    with_template: WithTemplate, administrator: Caller
) -> None:
    limit = 300
    index = with_template(request_for("extras", template=TemplateOptions(field_limit=limit)))
    status, reason = administrator.bulk(index, {f"key{n}": n for n in range(limit)})
    assert status == 400
    assert f"Limit of total fields [{limit}] has been exceeded" in reason
    assert administrator.bulk(index, {"message": "tame"}) == (201, "")
    assert field_count(administrator, index) < limit


def test_stored_extras_are_kept_whole_and_make_no_field_at_all(
    with_template: WithTemplate, administrator: Caller
) -> None:
    index = with_template(request_for("stored", template=TemplateOptions(extra_fields="stored")))
    administrator.bulk(index, {"message": "tame"})
    before = field_count(administrator, index)
    wild = {"message": "wild", **{f"key{n}": n for n in range(5000)}}
    assert administrator.bulk(index, wild, _id="1") == (201, "")
    assert field_count(administrator, index) == before
    assert administrator.call("GET", f"/{index}/_doc/1").mapping["_source"] == wild


def test_fields_of_ones_own_have_their_type(
    with_template: WithTemplate, administrator: Caller
) -> None:
    fields = {"client": "ip", "took_ms": "double", "note": "text"}
    index = with_template(request_for("own", template=TemplateOptions(fields=fields)))
    assert administrator.bulk(index, {"client": "10.1.2.3", "note": "two words"}) == (201, "")
    assert count(administrator, index, {"term": {"client": "10.0.0.0/8"}}) == 1
    assert count(administrator, index, {"match": {"note": "words"}}) == 1


def test_one_node_holds_all_copies_so_that_the_index_is_green(
    with_template: WithTemplate, administrator: Caller
) -> None:
    index = with_template(request_for("copies"))
    administrator.bulk(index, {"message": "x"})
    assert administrator.call("GET", f"/_cluster/health/{index}").mapping["status"] == "green"


def test_the_template_of_the_longer_name_wins_where_both_match(
    with_template: WithTemplate, administrator: Caller
) -> None:
    shorter = with_template(request_for("shop"))
    longer = with_template(request_for("shop-web", template=TemplateOptions(shards=2)))
    for index, shards in ((longer, "2"), (shorter, "1")):
        administrator.bulk(index, {"message": "x"})
        settings = administrator.call("GET", f"/{index}/_settings").mapping[index]["settings"]
        assert settings["index"]["number_of_shards"] == shards


def test_what_the_engine_has_not_is_left_out(prepared: Prepare, administrator: Caller) -> None:
    wanted = prepared(request_for("bare", retention_days=30))
    again = administrator.run(wanted)
    for step in ("retention_policy", "retention_of_indexes", "index_pattern", "dashboard"):
        assert again[step].state == "left_out"
        assert "no such API" in again[step].detail


def test_set_ups_of_several_indexes_at_once_lose_nothing_of_each_other(
    caller: MakeCaller,
    administrator: Caller,
    side_by_side: Callable[[list[Callable[[], Any]]], list[Any]],
) -> None:
    wanted = [replace(request_for(f"many{n}"), readers=(f"{READER}-{n}",)) for n in range(4)]
    callers = [caller() for _ in wanted]
    side_by_side([partial(by.run, one) for one, by in zip(wanted, callers, strict=True)])
    for one in wanted:
        again = administrator.run(one)
        assert {again[step].state for step in again} <= {"unchanged", "left_out"}
    mapping = administrator.call(
        "GET", "/_plugins/_security/api/rolesmapping/opensearch_dashboards_user"
    )
    assert set(mapping.mapping["opensearch_dashboards_user"]["backend_roles"]) >= {
        reader for one in wanted for reader in one.readers
    }
    side_by_side([partial(by.run, one, "delete") for one, by in zip(wanted, callers, strict=True)])
    left = administrator.call("GET", "/_plugins/_security/api/rolesmapping").mapping
    assert not [name for name in left if name.startswith("firehose-logging-many")]


def test_the_same_set_up_twice_at_once_is_made_once(
    caller: MakeCaller,
    administrator: Caller,
    side_by_side: Callable[[list[Callable[[], Any]]], list[Any]],
) -> None:
    wanted = request_for("same")
    callers = [caller() for _ in range(3)]
    side_by_side([partial(by.run, wanted) for by in callers])
    again = administrator.run(wanted)
    assert {report.state for report in again.values()} <= {"unchanged", "left_out"}
    side_by_side([partial(by.run, wanted, "delete") for by in callers])
    gone = administrator.run(wanted, "delete")
    assert {report.state for report in gone.values()} <= {"unchanged", "left_out"}
