"""The evaluator against a model of the documented logic, over random policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from .policies import HERE, ROLE, SESSION, THERE, USER, bucket_policy, decide, policy, statement

effects = st.sampled_from(["Allow", "Deny"])
patterns = st.sampled_from(
    ["*", "arn:aws:s3:::backup/*", "arn:aws:s3:::other/*", "arn:aws:s3:::b*"]
)
statements = st.lists(
    st.builds(lambda effect, resource: statement(effect, Resource=resource), effects, patterns),
    max_size=4,
)


def fits(one: Mapping[str, Any]) -> bool:
    return bool(one["Resource"] != "arn:aws:s3:::other/*")


@given(
    identity=statements,
    resource=statements,
    limits=st.tuples(st.none() | statements, st.none() | statements),
    principal=st.sampled_from([{"AWS": HERE}, {"AWS": ROLE}, {"AWS": SESSION}, {"AWS": USER}]),
    account=st.sampled_from([HERE, THERE]),
)
def test_deny_wins_and_the_rest_is_as_documented(
    identity: list[dict[str, Any]],
    resource: list[dict[str, Any]],
    limits: tuple[list[dict[str, Any]] | None, list[dict[str, Any]] | None],
    principal: dict[str, str],
    account: str,
) -> None:
    boundary, session = limits
    decision = decide(
        policy(*identity),
        on=bucket_policy(*({**each, "Principal": principal} for each in resource)),
        boundary=None if boundary is None else policy(*boundary),
        session=() if session is None else (policy(*session),),
        account=account,
    )
    named = principal["AWS"] != USER
    layers = [identity, boundary or [], session or [], resource if named else []]
    denied = any(each["Effect"] == "Deny" and fits(each) for layer in layers for each in layer)

    def allows(layer: list[dict[str, Any]] | None) -> bool:
        return any(each["Effect"] == "Allow" and fits(each) for each in layer or [])

    granted = named and allows(resource)
    limited = (boundary is None or allows(boundary)) and (session is None or allows(session))
    if account == THERE:
        expected = allows(identity) and limited and granted
    else:
        by_role = granted and principal["AWS"] == ROLE
        by_session = granted and principal["AWS"] == SESSION
        expected = by_session or ((allows(identity) or by_role) and limited)
    assert decision.allowed == (expected and not denied)
