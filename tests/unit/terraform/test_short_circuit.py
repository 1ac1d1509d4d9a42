"""Every expression means the same, whether or not ``&&`` and ``||`` short-circuit."""

from __future__ import annotations

from pathlib import Path

import pytest

from .short_circuit import depends_on_short_circuit

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted([*ROOT.glob("*.tf"), *ROOT.glob("*/*/*.tf"), *ROOT.glob("tests/**/*.tftest.hcl")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_expression_depends_on_what_is_evaluated(path: Path) -> None:
    assert depends_on_short_circuit(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("try(can(regex(a, b.c)) && startswith(b.d, e), b == null)", "try catches"),
        ("try(b.c >= 1 && b.c <= 9, true)", "try catches"),
        ("can(a && b.c)", "can catches"),
        ("alltrue([for x in y : try(x.a || x.b, false)])", "try catches"),
        ("try([for x in y : x if x.a && x.b], [])", "try catches"),
        ("try(a ? b.c : d.e, null)", "try catches"),
        ('"${try(a && b, "")}"', "try catches"),
        ("var.a == null || var.a.b > 1", "fails where var.a is null"),
        ("null == var.a || var.a > 1", "fails where var.a is null"),
        ('var.a != null && startswith(var.a, "b")', "fails where var.a is null"),
        ("c || var.a == null || var.a.b", "fails where var.a is null"),
        ("var.a == null || c || var.a[0]", "fails where var.a is null"),
        ("{ for k, v in a : k => v if v.x != null && v.x % 2 == 0 }", "fails where v.x is null"),
        ("length(var.a) > 0 && var.a[0].b", "fails where var.a is empty"),
    ],
)
def test_what_depends_on_it_is_found(expression: str, said: str) -> None:
    found = depends_on_short_circuit(f"x = {expression}\n")
    assert any(said in finding for finding in found), found


@pytest.mark.parametrize(
    "expression",
    [
        "a && b || !c",
        "try(a.b, c && d)",
        "var.a == null || can(regex(b, var.a))",
        "var.a == null || coalesce(var.a, 1) > 1",
        "var.a == null || var.a == 3 || var.b.a == 4",
        "alltrue([for a in var.a[*] : a.b && a.c])",
        "var.a != null && alltrue([for a in var.a[*] : a.b])",
        "length(var.a) == 0 || alltrue([for a in var.a : a.b])",
        "var.a == null ? null : var.a.b",
    ],
)
def test_what_means_the_same_everywhere_is_let_through(expression: str) -> None:
    assert depends_on_short_circuit(f"x = {expression}\n") == []
