"""What a policy document must look like. IAM User Guide, "Grammar of the IAM JSON policy language".

Whatever can't be evaluated is a problem of the whole policy, and is named with its place.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local.iam.conditions import PolicyError
from firehose_logging.local.iam.policy import Policy, PolicyKind, parse_policy, read_policy

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
EVERYONE = {"Principal": "*"}


def with_statement(**elements: Any) -> dict[str, Any]:
    statement = {**ALLOW, **elements}
    kept = {name: value for name, value in statement.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [kept]}


def parsed(document: Any, kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    return parse_policy(document, kind, "test")


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"Effect": "allow"}, "statement 1: Effect is Allow or Deny, not 'allow'"),
        ({"Effect": None}, "statement 1: Effect is Allow or Deny, not None"),
        ({"Foo": 1}, "statement 1: it has the unknown element 'Foo'"),
        ({"Action": None}, "statement 1: needs either Action or NotAction"),
        ({"NotAction": "s3:*"}, "statement 1: needs either Action or NotAction"),
        ({"Action": []}, "statement 1: Action is a string or a list of strings"),
        ({"Action": [1]}, "statement 1: Action is a string or a list of strings"),
        ({"Action": "GetObject"}, "action 'GetObject' has not the form service:Action"),
        ({"Action": "s3:a:b"}, "action 's3:a:b' has not the form service:Action"),
        ({"Resource": None}, "statement 1: needs either Resource or NotResource"),
        ({"Resource": "bucket"}, "resource 'bucket' must be in ARN format or \"*\""),
        ({"Principal": "*"}, "an identity-based policy has no Principal"),
        ({"NotPrincipal": "*"}, "an identity-based policy has no NotPrincipal"),
        ({"Condition": []}, r"Condition is an object, not \[\]"),
        ({"Condition": {"StringEquals": "x"}}, "StringEquals is an object, not 'x'"),
        ({"Condition": {"StringEquals": {"k": []}}}, "StringEquals of k has no value"),
        ({"Condition": {"StringEquals": {"k": None}}}, "StringEquals of k has the value None"),
        ({"Condition": {"Foo": {"k": "v"}}}, "Foo of k: unknown condition operator 'Foo'"),
        ({"Sid": "Writers", "Effect": "No"}, r"statement 1 \(Writers\): Effect is Allow or Deny"),
    ],
)
def test_a_statement_that_is_not_by_the_grammar(elements: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        parsed(with_statement(**elements))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "no JSON document"),
        ("[]", "a policy is a JSON object"),
        ("{}", "Statement is missing"),
        ('{"Statement": 1}', "Statement is missing, or neither an object nor a list"),
        ('{"Statement": [1]}', "statement 1 is no object"),
        ('{"Statement": [], "Statements": []}', "unknown element 'Statements'"),
        ('{"Version": "2020-01-01", "Statement": []}', "unknown version '2020-01-01'"),
        ('{"Statement": [], "Statement": []}', "'Statement' stands twice in one object"),
        ("[" * 100_000, "no JSON document"),
    ],
)
def test_a_document_that_is_not_by_the_grammar(document: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        parsed(document)


@pytest.mark.parametrize(
    ("principal", "message"),
    [
        ({}, r'a principal is "\*" or an object'),
        ("arn:aws:iam::111122223333:root", r'a principal is "\*" or an object'),
        ({"CanonicalUser": "79a5"}, "principals of type 'CanonicalUser' can't be evaluated"),
        ({"AWS": "arn:aws:iam::111122223333:user/*"}, "a wildcard can't stand for a part"),
        ({"AWS": "arn:aws:iam::111122223333:group/x"}, "invalid principal"),
        ({"AWS": 111122223333}, "a principal is a string or a list of strings"),
        ({"AWS": [1]}, "a principal is a string, not 1"),
        ({"Service": "firehose"}, "invalid service principal 'firehose'"),
        (None, "needs either Principal or NotPrincipal"),
    ],
)
def test_a_resources_policy_with_an_unreadable_principal(principal: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        parsed(with_statement(Principal=principal), PolicyKind.RESOURCE)


def test_a_trust_policy_has_no_resource() -> None:
    with pytest.raises(PolicyError, match="a role trust policy has no Resource"):
        parsed(with_statement(**EVERYONE), PolicyKind.TRUST)
    parsed(with_statement(Resource=None, **EVERYONE), PolicyKind.TRUST)


def test_lists_may_be_written_without_brackets() -> None:
    single = parsed({"Version": "2012-10-17", "Statement": ALLOW})
    listed = {**ALLOW, "Action": ["s3:GetObject"], "Resource": ["*"]}
    assert single == parsed({"Version": "2012-10-17", "Statement": [listed]})


def test_booleans_and_numbers_stand_for_their_text() -> None:
    block = {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:max-keys": 10}}
    conditions = parsed(with_statement(Condition=block)).statements[0].conditions
    assert [each.values[0].source for each in conditions] == ["false", "10"]


def test_a_broken_document_becomes_a_policy_with_a_problem() -> None:
    broken = read_policy("{", PolicyKind.IDENTITY, "inline policy x")
    assert broken.statements == ()
    assert broken.problem is not None
    assert broken.problem.startswith("no JSON document")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    element=st.sampled_from(
        [
            *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
            *("Resource", "NotResource", "Condition"),
        ]
    ),
    value=json_values,
    kind=st.sampled_from(PolicyKind),
)
def test_no_document_at_all_raises_anything_else(
    element: str, value: Any, kind: PolicyKind
) -> None:
    read_policy(json.dumps(with_statement(**{element: value})), kind, "any")
