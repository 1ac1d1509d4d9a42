"""IAM User Guide, "… Condition operators" and "Multivalued context keys"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firehose_logging.local.iam.conditions import Condition, PolicyError, condition
from firehose_logging.local.iam.context import Context, ContextValue
from firehose_logging.local.iam.patterns import template

KEY = "aws:Key"
OWN_ARN = "arn:aws:iam::111122223333:role/writer"


def made(operator: str, *values: str) -> Condition:
    return condition(operator, KEY, [template(value, with_variables=True) for value in values])


def holds(operator: str, wanted: str | list[str], sent: ContextValue | None) -> bool:
    values = [wanted] if isinstance(wanted, str) else wanted
    context = Context({} if sent is None else {"aws:KEY": sent})
    return made(operator, *values).holds(context)


@pytest.mark.parametrize(
    ("operator", "wanted", "sent", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "aB", "Ab", True),
        ("StringNotEqualsIgnoreCase", "aB", "Ab", False),
        ("StringLike", "a*c?", "abbcd", True),
        ("StringLike", "a*c?", "abbc", False),
        ("StringNotLike", "a*", "b", True),
        ("StringNotLike", "a*", "ab", False),
        ("ArnLike", "arn:aws:iam::*:role/w*", OWN_ARN, True),
        ("ArnEquals", "arn:aws:iam::*:role/w*", OWN_ARN, True),
        ("ArnLike", "arn:aws:*:role/writer", OWN_ARN, False),
        ("ArnNotLike", "arn:aws:iam::*:role/w*", OWN_ARN, False),
        ("ArnNotEquals", "arn:aws:iam::*:user/*", OWN_ARN, True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "10.0", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "11", True),
        ("NumericGreaterThan", "10", "9", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("DateNotEquals", "2026-01-01", "2026-01-02", True),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
        ("DateLessThanEquals", "0", "1970-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("DateGreaterThanEquals", "1767225600", "2026-01-01T00:00:00Z", True),
        ("Bool", "true", "TRUE", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "Qmlu", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.7", "203.0.113.9", False),
        ("IpAddress", "203.0.113.7/24", "203.0.113.9", True),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
        ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
    ],
)
def test_operator(operator: str, wanted: str | list[str], sent: str, expected: bool) -> None:
    assert holds(operator, wanted, sent) is expected


POSITIVE = {
    "StringEquals": "a",
    "StringLike": "*",
    "ArnLike": "*",
    "NumericLessThan": "1",
    "DateLessThan": "0",
    "Bool": "true",
    "IpAddress": "0.0.0.0/0",
    "BinaryEquals": "QQ==",
}
NEGATED = {
    "StringNotEquals": "a",
    "StringNotLike": "*",
    "ArnNotLike": "*",
    "NumericNotEquals": "1",
    "DateNotEquals": "0",
    "NotIpAddress": "0.0.0.0/0",
}


@pytest.mark.parametrize(("operator", "wanted"), POSITIVE.items())
def test_without_its_key_a_condition_is_false(operator: str, wanted: str) -> None:
    assert not holds(operator, wanted, None)
    assert holds(f"{operator}IfExists", wanted, None)


@pytest.mark.parametrize(("operator", "wanted"), NEGATED.items())
def test_without_its_key_a_negated_condition_is_true(operator: str, wanted: str) -> None:
    assert holds(operator, wanted, None)
    assert holds(f"{operator}IfExists", wanted, None)


def test_if_exists_compares_where_the_key_exists() -> None:
    assert not holds("StringEqualsIfExists", "a", "b")
    assert holds("StringNotLikeIfExists", "a*", "b")


@pytest.mark.parametrize(
    ("wanted", "sent", "expected"),
    [("true", None, True), ("true", "x", False), ("false", None, False), ("false", "x", True)],
)
def test_null_asks_for_the_keys_absence(wanted: str, sent: str | None, expected: bool) -> None:
    assert holds("Null", wanted, sent) is expected


@pytest.mark.parametrize(
    ("operator", "sent", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAllValues:StringEquals", None, True),
        ("ForAnyValue:StringEquals", ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["c", "d"], False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAllValues:StringNotEquals", ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["c", "a"], False),
        ("ForAnyValue:StringNotEquals", ["c", "a"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("ForAnyValue:StringNotEquals", None, False),
        ("ForAnyValue:StringEqualsIfExists", None, True),
    ],
)
def test_set_operators(operator: str, sent: list[str] | None, expected: bool) -> None:
    assert holds(operator, ["a", "b"], sent) is expected


@given(
    wanted=st.lists(st.sampled_from("abc"), min_size=1),
    sent=st.lists(st.sampled_from("abc"), min_size=1),
)
def test_set_operators_are_set_arithmetic(wanted: list[str], sent: list[str]) -> None:
    assert holds("ForAllValues:StringEquals", wanted, sent) == (set(sent) <= set(wanted))
    assert holds("ForAnyValue:StringEquals", wanted, sent) == bool(set(sent) & set(wanted))


def test_several_values_without_a_set_operator_cannot_be_evaluated() -> None:
    with pytest.raises(PolicyError, match="needs ForAllValues: or ForAnyValue:"):
        holds("StringEquals", "a", ["a", "b"])


@pytest.mark.parametrize(
    "operator", ["StringFoo", "stringequals", "ForSomeValues:Bool", "IfExists"]
)
def test_an_unknown_operator_is_an_error(operator: str) -> None:
    with pytest.raises(PolicyError, match="unknown condition operator"):
        made(operator, "a")


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("NumericEquals", "ten"),
        ("NumericEquals", "NaN"),
        ("DateLessThan", "yesterday"),
        ("DateLessThan", "9" * 30),
        ("Bool", "yes"),
        ("Null", "perhaps"),
        ("IpAddress", "300.1.1.1"),
        ("BinaryEquals", "%%"),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_error(operator: str, wanted: str) -> None:
    with pytest.raises(PolicyError):
        made(operator, wanted)


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [("NumericNotEquals", "1"), ("DateNotEquals", "0"), ("NotIpAddress", "10.0.0.0/8")],
)
def test_what_the_request_sends_in_the_wrong_kind_cannot_be_evaluated(
    operator: str, wanted: str
) -> None:
    with pytest.raises(PolicyError):
        holds(operator, wanted, "what?")


def test_values_may_hold_variables() -> None:
    one = condition("StringLike", "s3:prefix", [template("${aws:username}/*", with_variables=True)])
    assert one.holds(Context({"s3:prefix": "ada/x", "aws:username": "ada"}))
    assert not one.holds(Context({"s3:prefix": "bob/x", "aws:username": "ada"}))
    assert not one.holds(Context({"s3:prefix": "ada/x"}))
    assert one.lacks_variable(Context({"s3:prefix": "ada/x"}))
