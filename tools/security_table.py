"""Keep the tables of docs/security.md equal to the policies that Terraform writes.

``python tools/security_table.py`` rewrites them; with ``--check`` it changes nothing and ends
with 1 where they differ. The policies are those of ``tests/every_policy.tftest.hcl``: the root
module with every input that brings a permission, applied by ``terraform test`` without an account.
The roles within the domain are those that ``firehose_logging.domain_setup`` writes. A table stands
between ``<!-- who: NAME -->`` and ``<!-- /who -->``.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firehose_logging.domain_setup.documents import names, roles
from firehose_logging.domain_setup.request import SetupRequest
from firehose_logging.verify.binary import command_environment, find_terraform

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "security.md"
TEST = Path("tests") / "every_policy.tftest.hcl"
INDEX = "records"
HEADER = "| Who | Action | Resource | Condition | Statement |\n|---|---|---|---|---|"

# What the made-up names of the test stand for; the first that fits replaces.
STANDS_FOR = (
    ("arn:aws:es:eu-west-1:123456789012:domain/logging-test", "<domain>"),
    ("arn:aws:s3:::logging-test-backup", "<bucket>"),
    ("arn:aws:kms:eu-west-1:123456789012:key/logging", "<key>"),
    ("arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test", "<stream>"),
    ("arn:aws:lambda:eu-west-1:123456789012:function:transform:1", "<transform function>"),
    ("subnet-1", "<subnet>"),
    ("sg-stream", "<stream's group>"),
    ("sg-function", "<function's group>"),
    ("said-by-them", "<producers.external_id>"),
    (INDEX, "<index>"),
    ("logging-test", "<name>"),
    ("eu-west-1", "<region>"),
    ("123456789012", "<account>"),
)

# By principal of a policy: the table it stands in, and how it is called there.
PRINCIPALS = {
    "arn:aws:iam::123456789012:role/delivery": ("delivery", "delivery role"),
    "arn:aws:iam::123456789012:role/domain-setup": ("setup", "set-up role"),
    "arn:aws:iam::123456789012:role/masters": ("masters", "`access.masters`"),
    "arn:aws:iam::123456789012:role/writers": ("writers", "`access.writers`"),
    "arn:aws:iam::123456789012:role/readers": ("readers", "`access.readers`"),
    "arn:aws:iam::210987654321:root": ("accounts", "`producers.accounts`"),
    "arn:aws:iam::123456789012:root": ("owner", "IAM of `<account>`"),
    "*": ("anyone", "anyone"),
    "firehose.amazonaws.com": ("services", "Data Firehose"),
    "lambda.amazonaws.com": ("services", "Lambda"),
    "es.amazonaws.com": ("services", "OpenSearch Service"),
    "logs.eu-west-1.amazonaws.com": ("services", "CloudWatch Logs"),
}

# By resource that carries a policy: whose it is, or what it is about where it names principals.
HOLDERS = {
    "module.delivery_stream.aws_iam_role_policy.this[0]": ("delivery", "delivery role"),
    "module.domain_setup.aws_iam_role_policy.this[0]": ("setup", "set-up role"),
    "module.producer_access.aws_iam_policy.this[0]": ("producers", "bearers of the policy"),
}
TRUSTING = {
    "module.delivery_stream.aws_iam_role.this[0]": "delivery role",
    "module.domain_setup.aws_iam_role.this[0]": "set-up role",
    "module.producer_access.aws_iam_role.this[0]": "producer role",
}
OWN_RESOURCE = {"module.encryption_key.aws_kms_key.this[0]": "<key>"}
POLICY_ATTRIBUTES = {
    "aws_cloudwatch_log_resource_policy": "policy_document",
    "aws_iam_policy": "policy",
    "aws_iam_role": "assume_role_policy",
    "aws_iam_role_policy": "policy",
    "aws_kms_key": "policy",
    "aws_opensearch_domain": "access_policies",
    "aws_s3_bucket_policy": "policy",
}


class SecurityTableError(ValueError):
    """Say which policy can't be put into a table, and what to do."""


@dataclass(frozen=True)
class Grant:
    """One row: who may do what to which resource under which condition.

    Attributes:
        table: name of the table that it stands in.
        who, actions, resources, conditions: as shown.
        statement: the policy's ``Sid``, or the role within the domain.
    """

    table: str
    who: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[str, ...]
    statement: str

    def row(self) -> str:
        """Return the row in Markdown."""
        columns = (
            self.who,
            *("<br>".join(part) for part in (self.actions, self.resources, self.conditions)),
            self.statement,
        )
        return f"| {' | '.join(columns)} |"


def state() -> dict[str, Any]:
    """Return the state of the test's only run.

    Raises:
        SecurityTableError: Terraform failed; its own words are in the message.
    """
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "module"
        shutil.copytree(ROOT / "modules", copy / "modules")
        (copy / TEST).parent.mkdir()
        for source in (*ROOT.glob("*.tf"), ROOT / TEST):
            shutil.copy(source, copy / source.relative_to(ROOT))
        environment = command_environment(Path(scratch), is_alone=True)
        _terraform(["init", "-backend=false", "-input=false"], copy, environment)
        told = _terraform(["test", "-json", "-verbose"], copy, environment)
    for line in told.splitlines():
        message = json.loads(line)
        if message["type"] == "test_state":
            return dict(message["test_state"])
    raise SecurityTableError(f"terraform test told no state:\n{told}")


def _terraform(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    answer = find_terraform().run(arguments, folder, environment)
    if answer.returncode != 0:
        raise SecurityTableError(
            f"terraform {arguments[0]} failed:\n{answer.stdout}{answer.stderr}"
        )
    return answer.stdout


def policies(module: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every policy of a state's module by the address of what carries it."""
    for resource in module.get("resources", []):
        attribute = POLICY_ATTRIBUTES.get(resource["type"])
        if attribute and resource["mode"] == "managed":
            yield resource["address"], json.loads(resource["values"][attribute])
    for child in module.get("child_modules", []):
        yield from policies(child)


def grants(address: str, policy: Mapping[str, Any]) -> Iterator[Grant]:
    """Yield a row for each statement and principal.

    Raises:
        SecurityTableError: a policy or a principal that has no table yet.
    """
    for statement in policy["Statement"]:
        denied = statement["Effect"] == "Deny"
        for table, who in _principals(address, statement):
            yield Grant(
                table=table,
                who=who,
                actions=tuple(
                    f"{'denied: ' if denied else ''}`{action}`"
                    for action in sorted(listed(statement["Action"]))
                ),
                resources=tuple(sorted(map(shown, _resources(address, statement)))),
                conditions=tuple(_conditions(statement.get("Condition", {}))),
                statement=statement["Sid"],
            )


def _principals(address: str, statement: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "Principal" not in statement:
        if address not in HOLDERS:
            raise SecurityTableError(f"{address}: add whose policy it is to HOLDERS")
        return [HOLDERS[address]]
    principal = statement["Principal"]
    named = [principal] if isinstance(principal, str) else principal.values()
    found = sorted(name for value in named for name in listed(value))
    unknown = [name for name in found if name not in PRINCIPALS]
    if unknown:
        raise SecurityTableError(f"{address}: add {unknown} to PRINCIPALS")
    return [PRINCIPALS[name] for name in found]


def _resources(address: str, statement: Mapping[str, Any]) -> list[str]:
    if address in TRUSTING:
        return [TRUSTING[address]]
    if address in OWN_RESOURCE and statement["Resource"] == "*":
        return [OWN_RESOURCE[address]]
    return listed(statement["Resource"])


def _conditions(conditions: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for test, keys in conditions.items():
        for key, values in keys.items():
            wanted = ", ".join(shown(value) for value in sorted(listed(values)))
            yield f"{test} `{key}` {wanted}"


def listed(value: str | list[str]) -> list[str]:
    """Return what a policy writes as a string or as a list, as a list."""
    return [value] if isinstance(value, str) else list(value)


def shown(name: str) -> str:
    """Return a name of the test as what it stands for."""
    if name in TRUSTING.values():
        return name
    for made_up, meaning in STANDS_FOR:
        name = name.replace(made_up, meaning)
    return f"`{name}`"


def grants_within_the_domain() -> Iterator[Grant]:
    """Yield what the roles within the domain allow."""
    request = SetupRequest(endpoint="https://localhost", region="eu-west-1", index=INDEX)
    writer = names.writer_role(INDEX)
    reader = names.reader_role(INDEX)
    for table, who, role, body in (
        ("delivery", "delivery role", writer, roles.writer_role(request)),
        ("writers", "`access.writers`", writer, roles.writer_role(request)),
        ("readers", "`access.readers`", reader, roles.reader_role(request)),
    ):
        title = f"role {shown(role)}"
        yield _within(table, who, title, body["cluster_permissions"], ["the cluster"])
        for permission in body["index_permissions"]:
            on = [f"index {shown(pattern)}" for pattern in permission["index_patterns"]]
            yield _within(table, who, title, permission["allowed_actions"], on)
    for table, who, role in (
        ("setup", "set-up role", "master user"),
        ("masters", "`access.masters`", f"role `{roles.ADMINISTRATOR_ROLE}`"),
        ("readers", "`access.readers`", " or ".join(f"`{r}`" for r in roles.DASHBOARDS_ROLES)),
    ):
        yield Grant(table, who, ("what AWS gives that role",), ("the domain",), (), role)


def _within(
    table: str, who: str, title: str, actions: Iterable[str], resources: list[str]
) -> Grant:
    shown_actions = tuple(f"`{action}`" for action in sorted(actions))
    return Grant(table, who, shown_actions, tuple(resources), (), title)


def all_grants() -> list[Grant]:
    """Return every row, first those of IAM and of resources, then those within the domain."""
    of_aws = (
        grant
        for address, policy in policies(state()["root_module"])
        for grant in grants(address, policy)
    )
    return [*of_aws, *grants_within_the_domain()]


def render(content: str, rows: Iterable[Grant]) -> str:
    """Return the document with its tables as they should be.

    Raises:
        SecurityTableError: a principal without a table, or a table without a principal.
    """
    by_table: dict[str, list[str]] = {}
    for grant in rows:
        by_table.setdefault(grant.table, []).append(grant.row())
    marked = set(re.findall(r"<!-- who: (\w+) -->", content))
    if marked != by_table.keys():
        raise SecurityTableError(
            f"{sorted(marked ^ by_table.keys())}: a table without a principal, or a principal "
            f"without a table; write a section with '<!-- who: NAME -->' and '<!-- /who -->'"
        )
    for name, found in by_table.items():
        table = "\n".join((HEADER, *found))
        content = re.sub(
            rf"(<!-- who: {name} -->\n).*?(<!-- /who -->)",
            lambda mark, table=table: f"{mark[1]}{table}\n{mark[2]}",  # type: ignore[misc]
            content,
            flags=re.DOTALL,
        )
    return content


def main(arguments: list[str]) -> int:
    """Rewrite the tables, or say that they differ."""
    before = DOCUMENT.read_text(encoding="utf-8")
    try:
        wanted = render(before, all_grants())
    except SecurityTableError as error:
        sys.exit(str(error))
    if wanted == before:
        return 0
    if arguments == ["--check"]:
        sys.stdout.write(f"{DOCUMENT} differs from the policies; run {Path(__file__).name}\n")
        return 1
    DOCUMENT.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
