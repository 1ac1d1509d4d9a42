"""Whom a set-up adds to a mapping that others write too, and whom it may take out again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.domain_setup.documents import roles
from firehose_logging.domain_setup.request import SetupRequest

ROLE = "arn:aws:iam::123456789012:role/readers"
USER = "arn:aws:iam::123456789012:user/ann"


def request(*readers: str) -> SetupRequest:
    return SetupRequest("host", "eu-west-1", "logs", readers=tuple(readers))


def apply(patch: list[dict[str, Any]], mapping: dict[str, list[str]]) -> dict[str, list[str]]:
    """Apply the part of JSON Patch (RFC 6902) that is used here."""
    changed = {field: list(listed) for field, listed in mapping.items()}
    for step in patch:
        field, _, place = step["path"][1:].partition("/")
        if step["op"] == "add" and len(place) == 0:
            assert not changed[field], "a list that names someone is never replaced"
            changed[field] = list(step["value"])
        elif step["op"] == "add":
            assert changed[field], "the plugin adds nothing to an empty list"
            changed[field].append(step["value"])
        else:
            assert step["op"] == "remove"
            del changed[field][int(place)]
    return changed


def test_iam_roles_are_backend_roles_and_iam_users_are_users() -> None:
    assert roles.members([ROLE, USER, "saml-group"]) == {
        ("backend_roles", ROLE),
        ("users", USER),
        ("backend_roles", "saml-group"),
    }


def test_a_claim_survives_being_written_and_read() -> None:
    claims = {
        "kibana_user": frozenset({("backend_roles", ROLE), ("users", USER)}),
        "all_access": frozenset({("users", USER)}),
    }
    mapping = roles.reader_mapping(request(ROLE), claims)
    assert mapping["backend_roles"] == [ROLE]
    assert roles.claims_of(mapping) == claims


@pytest.mark.parametrize(
    "mapping",
    [
        None,
        {},
        {"description": None},
        {"description": "Made by firehose-logging"},
        {"description": "Made by firehose-logging {}"},
        {"description": "Made by firehose-logging [1]"},
        {"description": 'Made by firehose-logging {"added": 7}'},
        {"description": 'Made by firehose-logging {"added": {"kibana_user": [7]}}'},
        {"description": 'Ours {"added": {"kibana_user": [["users", "ann"]]}}'},
    ],
)
def test_a_mapping_without_a_readable_record_claims_nobody(mapping: Any) -> None:
    assert roles.claims_of(mapping) == {}


def test_who_was_mapped_by_somebody_else_is_never_claimed() -> None:
    wanted = roles.members([ROLE, USER])
    somebody_elses = frozenset({("users", USER)})
    assert roles.claim(wanted, somebody_elses, frozenset()) == {("backend_roles", ROLE)}


def test_who_was_mapped_by_another_set_up_is_claimed_too() -> None:
    wanted = roles.members([ROLE])
    assert roles.claim(wanted, wanted, wanted) == wanted


def test_claims_of_others_leave_out_ones_own() -> None:
    mine = roles.reader_mapping(request(ROLE), {"kibana_user": roles.members([ROLE])})
    others = roles.reader_mapping(request(USER), {"kibana_user": roles.members([USER])})
    mappings = {"mine": mine, "others": others, "all_access": {"backend_roles": ["admin"]}}
    assert roles.claims_of_others(mappings, "mine", "kibana_user") == roles.members([USER])
    assert roles.claims_of_others(mappings, "mine", "all_access") == frozenset()


names = st.sampled_from([f"name-{number}" for number in range(6)])
listed = st.lists(names, max_size=6)


@given(backend=listed, users=listed, unwanted=st.sets(names))
def test_removals_take_out_all_the_unwanted_and_no_one_else(
    backend: list[str], users: list[str], unwanted: set[str]
) -> None:
    mapping = {"backend_roles": backend, "users": users}
    gone = frozenset(("backend_roles", name) for name in unwanted)
    left = apply(roles.removals(mapping, gone), mapping)
    assert left == {
        "backend_roles": [name for name in backend if name not in unwanted],
        "users": users,
    }


@given(backend=listed, wanted=st.sets(names))
def test_additions_keep_everyone_and_add_each_missing_one_once(
    backend: list[str], wanted: set[str]
) -> None:
    mapping = {"backend_roles": backend, "users": []}
    members = frozenset(("backend_roles", name) for name in wanted)
    after = apply(roles.additions(mapping, members), mapping)
    assert after["backend_roles"][: len(backend)] == backend
    assert sorted(after["backend_roles"][len(backend) :]) == sorted(wanted - set(backend))


def test_a_shared_mapping_is_removed_only_where_it_was_made_here_and_is_empty() -> None:
    ours = roles.shared_mapping(frozenset())
    assert roles.is_empty_and_ours(ours)
    assert not roles.is_empty_and_ours({**ours, "hosts": ["10.0.0.1"]})
    assert not roles.is_empty_and_ours({"backend_roles": [], "users": []})
