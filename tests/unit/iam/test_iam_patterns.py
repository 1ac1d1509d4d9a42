"""Wildcards and variables. IAM User Guide, "IAM JSON policy elements: Resource" and "Variables"."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firehose_logging.local.iam.patterns import (
    Glob,
    matches,
    matches_action,
    matches_arn,
    template,
)

small_texts = st.text("ab:/.+*?\n", max_size=12)
arn_parts = st.text("ab/*?-", max_size=4)
arns = st.lists(arn_parts, min_size=6, max_size=8).map(":".join)


def glob(source: str, **variables: str) -> Glob:
    made = template(source, with_variables=True).glob(variables.get)
    assert made is not None
    return made


def reference(pattern: str) -> str:
    """A plain translation, backtracking and all."""
    translated = {"*": "(.|\n)*", "?": "(.|\n)"}
    return "".join(translated.get(char, re.escape(char)) for char in pattern)


@given(pattern=small_texts, text=small_texts)
@example(pattern="a*b*a", text="abab")
@example(pattern="*aab*", text="aaab")
@example(pattern="**?", text="")
@example(pattern="a?*b*", text="a\n\nb\n")
def test_wildcards_match_as_a_plain_regular_expression_does(pattern: str, text: str) -> None:
    expected = re.fullmatch(reference(pattern), text) is not None
    assert matches(glob(pattern), text) == expected


@given(pattern=arns, arn=arns)
@example(pattern="a:*:a:b:c:d", arn="a:a:b:a:b:c:d")
@example(pattern="arn:*:s3:::*b*", arn="arn:aws:s3:::a:b:c")
def test_arns_match_part_by_part(pattern: str, arn: str) -> None:
    wanted, given_parts = pattern.split(":", 5), arn.split(":", 5)
    expected = all(
        re.fullmatch(reference(one), other) is not None
        for one, other in zip(wanted, given_parts, strict=True)
    )
    assert matches_arn(glob(pattern), arn) == expected


@given(text=st.text("abcXYZ:*", max_size=10), swap=st.booleans())
def test_the_case_of_actions_does_not_count(text: str, swap: bool) -> None:
    plain = text.replace("*", "x")
    assert matches_action(glob(text.swapcase()), plain)


@pytest.mark.parametrize(
    ("pattern", "arn"),
    [
        ("*", "arn:aws:s3:::bucket"),
        ("*", "*"),
        ("arn:aws:s3", "arn:aws:s3:::bucket/key"),
        ("arn:aws:s3:::*", "arn:aws:s3:::bucket/a/b:c"),
        ("arn:aws:s3:::bucket/a?c/*", "arn:aws:s3:::bucket/abc/d"),
        ("arn:aws:logs:*:*:log-group:/aws/*:*", "arn:aws:logs:eu-west-1:1:log-group:/aws/x:y:z"),
    ],
)
def test_a_resource_pattern_covers(pattern: str, arn: str) -> None:
    assert matches_arn(glob(pattern), arn)


@pytest.mark.parametrize(
    ("pattern", "arn"),
    [
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/key"),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket"),
        ("arn:aws:s3:::Bucket", "arn:aws:s3:::bucket"),
        ("arn:aws:s3:::b.cket", "arn:aws:s3:::bucket"),
        ("arn:aws:s3:::*", "*"),
        ("arn:aws:*:role/x", "arn:aws:iam::111122223333:role/x"),
    ],
)
def test_a_resource_pattern_does_not_cover(pattern: str, arn: str) -> None:
    assert not matches_arn(glob(pattern), arn)


def test_variables_are_replaced_and_what_they_hold_is_literal() -> None:
    pattern = "arn:aws:s3:::b/${aws:username}/*"
    assert matches_arn(glob(pattern, **{"aws:username": "ada"}), "arn:aws:s3:::b/ada/x")
    starred = glob(pattern, **{"aws:username": "*"})
    assert not matches_arn(starred, "arn:aws:s3:::b/ada/x")
    assert matches_arn(starred, "arn:aws:s3:::b/*/x")


def test_a_variable_without_value_leaves_no_pattern_unless_it_has_a_default() -> None:
    assert template("x${aws:username}", with_variables=True).glob(lambda _: None) is None
    assert glob("x${aws:username, 'nobody'}") == ("x", "nobody")


def test_special_characters_are_written_as_variables() -> None:
    special = glob("a${*}b${?}c${$}")
    assert matches(special, "a*b?c$")
    assert not matches(special, "axbxc$")


def test_the_older_version_has_no_variables() -> None:
    old = template("${aws:username}", with_variables=False)
    assert old.text(lambda _: "ada") == "${aws:username}"


def test_a_hostile_pattern_takes_no_time() -> None:
    began = time.process_time()
    assert not matches(glob("*a" * 40 + "b"), "a" * 5_000)
    assert time.process_time() - began < 2.0
