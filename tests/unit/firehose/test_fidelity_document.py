"""Every statement of the delivery specification is accounted for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def fidelity() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fidelity", ROOT / "tools" / "fidelity.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fidelity"] = module
    spec.loader.exec_module(module)
    return module


def test_every_statement_has_a_test_or_a_reason(fidelity: ModuleType) -> None:
    statements = list(fidelity.read_statements(fidelity.SPECIFICATION.read_text("utf-8")))
    assert len(statements) > 50
    assert fidelity.unaccounted(statements, list(fidelity.find_tests(ROOT))) == []


def test_no_test_names_a_statement_that_is_not_there(fidelity: ModuleType) -> None:
    text = fidelity.SPECIFICATION.read_text("utf-8")
    known = {statement.name for statement in fidelity.read_statements(text)}
    named = {name for test in fidelity.find_tests(ROOT) for name in test.statements}
    assert named <= known


def test_the_document_is_what_the_tool_writes(fidelity: ModuleType) -> None:
    statements = list(fidelity.read_statements(fidelity.SPECIFICATION.read_text("utf-8")))
    expected = fidelity.write_document(statements, list(fidelity.find_tests(ROOT)))
    assert fidelity.DOCUMENT.read_text("utf-8") == expected, "run python tools/fidelity.py"


def test_a_statement_without_test_and_reason_is_named(fidelity: ModuleType) -> None:
    statements = list(fidelity.read_statements("## Z. Title\n1. One.\n2. Two.\n"))
    tests = [fidelity.Test("test_z1_works", "tests/x.py", ("Z1",))]
    assert fidelity.unaccounted(statements, tests) == ["Z2"]
    document = fidelity.write_document(statements, tests)
    assert "1 of 2 statements are shown by tests." in document
    assert "- [`test_z1_works`](../tests/x.py)" in document
