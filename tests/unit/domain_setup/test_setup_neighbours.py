"""Several set-ups in one domain: who overlaps is refused, and a rename leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from firehose_logging.domain_setup.client import Domain
from firehose_logging.domain_setup.report import SetupError
from firehose_logging.domain_setup.request import SetupRequest, TemplateOptions

if TYPE_CHECKING:
    from tests.unit.domain_setup.conftest import RecordedDomain

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:{}-domain-setup"
MINE, THEIRS = FUNCTION.format("mine"), FUNCTION.format("theirs")


@pytest.fixture
def mine(request_for_logs: SetupRequest) -> SetupRequest:
    return replace(request_for_logs, index="shop", function=MINE)


def theirs(mine: SetupRequest, **options: Any) -> SetupRequest:
    return replace(mine, function=THEIRS, **options)


@pytest.mark.parametrize(
    ("index", "rotation"),
    [
        ("shop", "OneDay"),
        ("shop", "NoRotation"),
        ("shop-20th", "OneDay"),
        ("shop-20", "NoRotation"),
    ],
)
@pytest.mark.parametrize("first", ["mine", "theirs"])
def test_an_index_that_overlaps_another_set_ups_is_refused_and_nothing_is_written(
    domain: RecordedDomain, mine: SetupRequest, index: str, rotation: str, first: str
) -> None:
    both = [mine, theirs(mine, index=index, rotation=rotation)]
    if first == "theirs":
        both.reverse()
    domain.run(both[0])
    domain.calls.clear()
    named = f"overlaps the set-up of index {both[0].index} .* by {both[0].function}"
    with pytest.raises(SetupError, match=named) as caught:
        domain.run(both[1])
    assert caught.value.step == "neighbours"
    assert domain.writes == []


@pytest.mark.parametrize("index", ["shop-web", "shop2", "sho", "shop-2"])
def test_an_index_whose_name_only_begins_alike_is_a_neighbour(
    domain: RecordedDomain, mine: SetupRequest, index: str
) -> None:
    domain.run(theirs(mine, index=index))
    assert domain.run(mine)["neighbours"].detail == index


def test_a_template_of_somebody_else_is_no_neighbour(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.templates["firehose-logging-by-hand"] = {"index_patterns": ["shop-20*"]}
    assert domain.run(mine)["neighbours"].detail == "none"


def test_a_set_up_that_a_person_made_is_taken_over(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.run(replace(mine, function=None))
    assert domain.run(mine)["index_template"].state == "updated"


def test_what_another_function_made_is_not_taken_away(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.run(mine)
    domain.indexes["shop-2026-01-01"] = {}
    domain.calls.clear()
    gone = domain.run(theirs(mine, delete_indexes=True), "delete")
    assert gone["neighbours"].state == "left_out"
    assert MINE in gone["neighbours"].detail
    assert domain.writes == []


@pytest.mark.parametrize("neighbour", ["shop-2026-01-01", "shop-2026", "shop-2026-w01"])
def test_taking_away_a_set_up_deletes_no_neighbours_index_that_reads_as_one_of_its_own(
    domain: RecordedDomain, mine: SetupRequest, neighbour: str
) -> None:
    domain.run(theirs(mine, index=neighbour, rotation="NoRotation"))
    domain.indexes |= {neighbour: {}, "shop-2026-01-02": {}}
    with pytest.raises(SetupError, match="overlaps"):
        domain.run(replace(mine, delete_indexes=True))
    gone = domain.run(replace(mine, delete_indexes=True), "delete")
    assert gone["indexes"].detail == "shop-2026-01-02"
    assert list(domain.indexes) == [neighbour]


def test_a_person_who_runs_a_functions_set_up_again_does_not_give_it_away(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.run(mine)
    assert domain.run(replace(mine, function=None))["index_template"].state == "unchanged"
    domain.run(replace(mine, function=None, template=TemplateOptions(shards=2)))
    with pytest.raises(SetupError, match=f"by {MINE}"):
        domain.run(theirs(mine))
    gone = domain.run(theirs(mine, delete_indexes=True), "delete")
    assert gone["neighbours"].state == "left_out"


def test_what_a_person_made_is_not_taken_away_by_a_function_that_never_set_it_up(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.run(replace(mine, function=None))
    domain.indexes["shop-2026-01-01"] = {}
    domain.calls.clear()
    gone = domain.run(replace(mine, delete_indexes=True), "delete")
    assert "by firehose-logging setup" in gone["neighbours"].detail
    assert domain.writes == []
    by_hand = replace(mine, function=None, delete_indexes=True)
    assert domain.run(by_hand, "delete")["indexes"].state == "removed"


def test_people_search_by_the_short_pattern_until_it_would_reach_a_neighbour(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.run(mine)
    stored = domain.objects["index-pattern/firehose-logging-shop"]["attributes"]
    assert stored["title"] == "shop-*"
    domain.run(theirs(mine, index="shop-web"))
    domain.run(mine)
    assert stored["title"] == "shop-20*"
    domain.run(theirs(mine, index="shop-web"), "delete")
    domain.run(mine)
    assert stored["title"] == "shop-*"


def test_a_renamed_index_is_set_up_before_the_old_one_is_taken_away(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.run(replace(mine, index="old"))
    domain.run(theirs(mine, index="other"))
    domain.calls.clear()
    domain.run(mine)
    assert sorted(domain.templates) == ["firehose-logging-other", "firehose-logging-shop"]
    writes = domain.writes
    first_removal = next(i for i, write in enumerate(writes) if write.startswith("DELETE"))
    assert not [write for write in writes[first_removal:] if "logging-shop" in write]
    assert not [write for write in writes if "logging-other" in write]


def test_a_rename_that_ended_midway_is_finished_by_the_next_run(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.run(replace(mine, index="old"))
    domain.meanwhile = [_nothing] * 15 + [_broken]
    with pytest.raises(RuntimeError):
        domain.run(mine)
    domain.run(mine)
    assert list(domain.templates) == ["firehose-logging-shop"]
    assert not [name for name in domain.security["roles"] if "-old-" in name]


def test_an_old_set_up_that_cant_be_taken_away_is_told_and_left_to_the_next_run(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.run(replace(mine, index="old"))
    open_as_usual = domain.open

    def open_domain(request: SetupRequest) -> Domain:
        if request.index == "old":
            domain.faults = [(503, b"<html>")]
        return open_as_usual(request)

    domain.open = open_domain  # type: ignore[method-assign]  # it is away for a moment
    reports = domain.run(mine)
    assert reports["previous_set_up"].state == "left_out"
    assert "answered 503" in reports["previous_set_up"].detail
    domain.open = open_as_usual  # type: ignore[method-assign]
    domain.run(mine)
    assert list(domain.templates) == ["firehose-logging-shop"]


def _nothing() -> None:
    """Happen between two calls."""


def _broken() -> None:
    raise RuntimeError("the function's time is over")


def test_a_renamed_index_keeps_its_old_documents_whatever_destroy_would_do(
    domain: RecordedDomain, mine: SetupRequest
) -> None:
    domain.indexes["old-2026-01-01"] = {}
    domain.run(replace(mine, index="old", delete_indexes=True))
    domain.run(replace(mine, delete_indexes=True))
    assert "old-2026-01-01" in domain.indexes
