"""Which actions a role's permissions stand for."""

from firehose_logging.local.domain.permissions import patterns_of

GROUPS = {
    "outer": {"allowed_actions": ["inner", "cluster:a/*"]},
    "inner": {"allowed_actions": ["cluster:b", "outer"]},
}


def test_groups_within_groups_are_taken_apart_even_in_a_circle() -> None:
    assert patterns_of(["outer", "cluster:c"], GROUPS) == {"cluster:a/*", "cluster:b", "cluster:c"}
