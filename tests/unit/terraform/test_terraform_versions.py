"""The .tf files run under Terraform 1.9 and later, OpenTofu 1.9 and later, providers 5.100 and 6.x.

Provider 6.x is met by leaving out what it removed, renamed or deprecated, by its upgrade guide:
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
import pytest

from firehose_logging.verify.binary import Binary, command_environment, find_both

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = [ROOT, *sorted(path.parent for path in ROOT.glob("*/*/main.tf"))]

# Types that provider 6.x removed, or kept for the last time.
GONE_TYPES = re.compile(
    r"aws_(elastictranscoder_\w+|elasticsearch_\w+|evidently_\w+|kinesis_analytics_application"
    r"|kms_secret|media_store_\w+|opsworks_\w+|redshift_service_account|s3_bucket_object"
    r"|simpledb_domain|worklink_\w+)"
)

# By type, what 6.x removed, or gave another name or meaning. Only those are listed that have to
# do with logs and networks; `region` is an argument of every resource there.
GONE_ATTRIBUTES = {
    "aws_ami": {"most_recent"},
    "aws_eip": {"vpc"},
    "aws_flow_log": {"log_group_name"},
    "aws_instance": {"cpu_core_count", "cpu_threads_per_core"},
    "aws_opensearch_domain": {"kibana_endpoint"},
    "aws_region": {"id", "name"},
    "aws_s3_bucket": {"acl", "region"},
    "aws_vpc_endpoint_service": {"region"},
    "aws_vpc_peering_connection": {"region"},
}

# What each kind of block may hold in Terraform 1.9 and in OpenTofu 1.9.
BLOCKS = {"check", "data", "import", "locals", "module", "moved", "output", "provider", "removed"}
BLOCKS |= {"resource", "terraform", "variable"}
ARGUMENTS = {
    "variable": {"default", "description", "nullable", "sensitive", "type", "validation"},
    "output": {"depends_on", "description", "precondition", "sensitive", "value"},
}
LIFECYCLE = {"create_before_destroy", "ignore_changes", "postcondition", "precondition"}
LIFECYCLE |= {"prevent_destroy", "replace_triggered_by"}
IS_BLOCK = "__is_block__"
NOT_IN_BOTH = re.compile(
    r"\b(base64gunzip|cidrcontains|ephemeralasnull|urldecode)\(|\bephemeral\.|\bterraform\.applying"
    r"|\bprovider::|\btofu\."
)


def named(path: Path) -> str:
    return "root" if path == ROOT else str(path.relative_to(ROOT))


def files(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.glob("*.tf")):
        yield path, path.read_text(encoding="utf-8")


@cache
def parsed(content: str) -> Mapping[str, Any]:
    tree: Mapping[str, Any] = hcl2.loads(content)
    return tree


def blocks(content: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield kind, first label and body of each block; a resource's label is its type."""
    for kind, found in parsed(content).items():
        for block in found if isinstance(found, list) and not kind.startswith("__") else []:
            labels = {label.strip('"'): body for label, body in block.items() if label != IS_BLOCK}
            if kind in ("resource", "data", "ephemeral"):
                for label, names in labels.items():
                    yield from ((kind, label, body) for body in names.values())
            elif kind in ("variable", "output", "module", "provider"):
                yield from ((kind, label, body) for label, body in labels.items())
            else:
                yield kind, "", labels


def keys(value: Any) -> Iterator[str]:
    """Yield every argument and block within a block, at any depth."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key).strip('"')
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def gone_in_provider_6(content: str) -> set[str]:
    """Return what provider 6.x would refuse or warn of."""
    found = set()
    for kind, label, body in blocks(content):
        if kind not in ("resource", "data"):
            continue
        if GONE_TYPES.fullmatch(label):
            found.add(label)
        used = set(keys(body))
        found |= {f"{label}.{name}" for name in used & GONE_ATTRIBUTES.get(label, set())}
        if kind == "resource" and "region" in used:
            found.add(f"{label}.region")
    for label, names in GONE_ATTRIBUTES.items():
        for name in names:
            if re.search(rf"\b{label}\.\w+(\[[^]]*\])?\.{name}\b", content):
                found.add(f"{label}.{name}")
    return found


def not_in_both_languages(content: str) -> set[str]:
    """Return what Terraform 1.9 or OpenTofu 1.9 does not know."""
    found = {match.group() for match in NOT_IN_BOTH.finditer(content)}
    for kind, label, body in blocks(content):
        own = {name for name in body if not name.startswith("__")}
        if kind not in BLOCKS:
            found.add(kind)
        found |= {f"{kind}.{name}" for name in own - ARGUMENTS.get(kind, own)}
        if kind == "provider" and "for_each" in own:
            found.add("provider.for_each")
        if kind == "resource":
            found |= {f"{label}.{name}" for name in keys(body) if name.endswith("_wo")}
        for lifecycle in body.get("lifecycle", []) if kind in ("resource", "data") else []:
            given = {name for name in lifecycle if not name.startswith("__")}
            found |= {f"lifecycle.{name}" for name in given - LIFECYCLE}
        if kind == "variable":
            rules = json.dumps(body.get("validation", []), default=str)
            others = set(re.findall(r"\bvar\.(\w+)", rules)) - {label}
            found |= {f"{label} looks at {other}" for other in others}
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_nothing_needs_what_provider_6_took_away(folder: Path) -> None:
    found = {path.name: gone_in_provider_6(content) for path, content in files(folder)}
    assert not any(found.values()), found


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_only_language_features_are_used_that_terraform_and_opentofu_have(folder: Path) -> None:
    found = {path.name: not_in_both_languages(content) for path, content in files(folder)}
    assert not any(found.values()), found


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("tests/*.tftest.hcl")), ids=lambda path: path.name
)
def test_no_override_names_an_instance_of_a_module_which_opentofu_refuses(path: Path) -> None:
    targets = re.findall(r"^\s*target\s*=\s*(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert not [target for target in targets if "[" in target]


@pytest.mark.parametrize("binary", find_both(), ids=str)
def test_nothing_deprecated_is_found(binary: Binary, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "modules", tmp_path / "modules")
    for path, _ in files(ROOT):
        shutil.copy(path, tmp_path)
    environment = command_environment(tmp_path, is_alone=True)

    def terraform(*arguments: str) -> str:
        answer = binary.run(arguments, tmp_path, environment)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    terraform("init", "-backend=false", "-input=false")
    assert json.loads(terraform("validate", "-json"))["diagnostics"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            'data "aws_region" "this" {}\nlocals { r = data.aws_region.this.name }',
            "aws_region.name",
        ),
        ('resource "aws_eip" "this" {\n  vpc = true\n}', "aws_eip.vpc"),
        ('resource "aws_opsworks_stack" "this" {}', "aws_opsworks_stack"),
        ('resource "aws_iam_role" "this" {\n  region = "eu-west-1"\n}', "aws_iam_role.region"),
        (
            "locals { d = aws_opensearch_domain.this[0].kibana_endpoint }",
            "aws_opensearch_domain.kibana_endpoint",
        ),
    ],
)
def test_what_provider_6_took_away_is_found(content: str, said: str) -> None:
    assert said in gone_in_provider_6(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('ephemeral "aws_kms_secrets" "this" {}', "ephemeral"),
        ('variable "a" {\n  ephemeral = true\n}', "variable.ephemeral"),
        ('locals { a = ephemeralasnull("a") }', "ephemeralasnull("),
        ('resource "a" "b" {\n  lifecycle {\n    enabled = false\n  }\n}', "lifecycle.enabled"),
        ('resource "a" "b" {\n  password_wo = "c"\n}', "a.password_wo"),
        ('provider "aws" {\n  for_each = toset([])\n}', "provider.for_each"),
        (
            'variable "a" {\n  validation {\n    condition = var.b\n  }\n}',
            "a looks at b",
        ),
    ],
)
def test_what_only_one_of_the_languages_has_is_found(content: str, said: str) -> None:
    assert said in not_in_both_languages(content)
