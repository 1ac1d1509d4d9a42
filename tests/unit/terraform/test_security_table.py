"""The tables of docs/security.md say what the policies say that Terraform writes."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
DELIVERY = "module.delivery_stream.aws_iam_role_policy.this[0]"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "security_table", ROOT / "tools" / "security_table.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


security_table: Any = load()


def allow(action: str, **rest: Any) -> dict[str, Any]:
    statement = {"Sid": "S", "Effect": "Allow", "Action": action, "Resource": "*", **rest}
    return {"Statement": [statement]}


@pytest.fixture(scope="module")
def grants() -> list[Any]:
    return list(security_table.all_grants())


def test_the_tables_equal_the_policies(grants: list[Any]) -> None:
    content = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert security_table.render(content, grants) == content, "run python tools/security_table.py"


def test_every_resource_that_carries_a_policy_is_in_a_table(grants: list[Any]) -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("modules/*/*.tf"))
    statements = set(re.findall(r'^ *sid += "(\w+)"', written, re.MULTILINE))
    assert len(statements) > 20
    assert statements <= {grant.statement for grant in grants}


def test_a_policy_that_changes_changes_its_table() -> None:
    content = "<!-- who: delivery -->\n<!-- /who -->"
    pages = {
        action: security_table.render(
            content, security_table.grants(DELIVERY, allow(action, Resource=["arn:aws:s3:::b"]))
        )
        for action in ("s3:GetObject", "s3:PutObject")
    }
    assert "| `s3:PutObject` | `arn:aws:s3:::b` |" in pages["s3:PutObject"]
    assert pages["s3:PutObject"] != pages["s3:GetObject"]


def test_a_condition_and_a_denial_are_shown() -> None:
    conditions = {"Bool": {"aws:SecureTransport": "false"}}
    policy = allow("s3:*", Effect="Deny", Condition=conditions, Principal="*")
    (grant,) = security_table.grants("bucket", policy)
    assert "denied: `s3:*`" in grant.row()
    assert "Bool `aws:SecureTransport` `false`" in grant.row()


@pytest.mark.parametrize(
    ("address", "policy", "said"),
    [
        ("module.new.aws_iam_role_policy.this", allow("s3:*"), "to HOLDERS"),
        ("bucket", allow("s3:*", Principal={"AWS": "arn:aws:iam::1:role/x"}), "to PRINCIPALS"),
    ],
)
def test_who_has_no_table_yet_is_named(address: str, policy: dict[str, Any], said: str) -> None:
    with pytest.raises(security_table.SecurityTableError, match=said):
        list(security_table.grants(address, policy))


def test_a_section_that_is_missing_is_named() -> None:
    found = security_table.grants(DELIVERY, allow("s3:GetObject"))
    with pytest.raises(security_table.SecurityTableError, match=r"'delivery'.*write a section"):
        security_table.render("# Security", found)
