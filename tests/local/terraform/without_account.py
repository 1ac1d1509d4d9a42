"""The root module applied by ``terraform test`` without an account.

Who calls is made up, and every resource is overridden: nothing is made, but what the module asks
for, its policy documents included, is computed for real and told as JSON.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from firehose_logging.verify.binary import command_environment, find_terraform

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT = "123456789012"

_PROVIDER = """
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"""

SEEN_RUN = "1f"
"""The run that the set-up function names where it is asked: the domain holds what it is to hold."""

_LOOK = {"result": json.dumps({"run": SEEN_RUN, "differs": [], "unknown": None})}

# What others read of a resource that is not made; the rest of its values is made up by Terraform.
_MADE_UP: Mapping[str, Mapping[str, str]] = {
    "aws_cloudwatch_log_group": {"arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:made-up"},
    "aws_cloudwatch_log_stream": {
        "arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:made-up:log-stream:made-up"
    },
    "aws_iam_policy": {"arn": f"arn:aws:iam::{ACCOUNT}:policy/made-up"},
    "aws_iam_role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/made-up"},
    "aws_kinesis_firehose_delivery_stream": {
        "arn": f"arn:aws:firehose:eu-west-1:{ACCOUNT}:deliverystream/made-up"
    },
    "aws_kms_key": {"arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/made-up"},
    "aws_lambda_invocation": {"result": '{"steps": []}'},
    "aws_opensearch_domain": {
        "arn": f"arn:aws:es:eu-west-1:{ACCOUNT}:domain/made-up",
        "endpoint": "made-up.example.org",
        "dashboard_endpoint": "made-up.example.org/_dashboards",
    },
    "aws_s3_bucket": {"arn": "arn:aws:s3:::made-up", "id": "made-up"},
}


def messages(folder: Path, runs: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Apply the root module once for each entry of ``runs``; return what Terraform tells.

    Args:
        folder: empty; gets a copy of the module.
        runs: inputs by name. Each is a test file of its own, so that one that fails, which ends
            its file, leaves the others alone.

    Returns:
        The messages of ``terraform test -json``, in order.
    """
    copy = folder / "module"
    shutil.copytree(ROOT / "modules", copy / "modules")
    for source in ROOT.glob("*.tf"):
        shutil.copy(source, copy)
    (copy / "tests").mkdir()
    preamble = _PROVIDER + "".join(_overrides())
    for name, inputs in runs.items():
        written = "\n".join(f"    {key} = {expression(value)}" for key, value in inputs.items())
        (copy / "tests" / f"{name}.tftest.hcl").write_text(
            f'{preamble}\nrun "{name}" {{\n  variables {{\n{written}\n  }}\n}}\n', encoding="utf-8"
        )
    environment = command_environment(folder, is_alone=True)

    def terraform(*arguments: str, expected: tuple[int, ...]) -> str:
        answer = find_terraform().run(arguments, copy, environment)
        assert answer.returncode in expected, answer.stdout + answer.stderr
        return answer.stdout

    terraform("init", "-backend=false", "-input=false", expected=(0,))
    told = terraform("test", "-json", "-verbose", expected=(0, 1))
    return [json.loads(line) for line in told.splitlines()]


def expression(value: object) -> str:
    """Return a value as Terraform writes it: JSON whose templates are taken to the letter."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def _overrides() -> Iterator[str]:
    """Yield an override for each resource of the modules, for who calls, and for what is asked."""
    yield _override("data", "data.aws_caller_identity.current", {"account_id": ACCOUNT})
    for module in sorted(path for path in (ROOT / "modules").iterdir() if path.is_dir()):
        written = "\n".join(path.read_text(encoding="utf-8") for path in module.glob("*.tf"))
        call = f"module.{module.name.replace('-', '_')}"
        if 'data "aws_caller_identity" "current"' in written:
            who = f"{call}.data.aws_caller_identity.current"
            yield _override("data", who, {"account_id": ACCOUNT})
        if 'data "aws_lambda_invocation" "look"' in written:
            yield _override("data", f"{call}.data.aws_lambda_invocation.look", _LOOK)
        for kind, name in re.findall(r'^resource "(\w+)" "(\w+)"', written, re.MULTILINE):
            yield _override("resource", f"{call}.{kind}.{name}", _MADE_UP.get(kind, {}))


def _override(what: str, target: str, values: Mapping[str, str]) -> str:
    return f"override_{what} {{\n  target = {target}\n  values = {expression(dict(values))}\n}}\n"


def resources(module: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the values of each managed resource of a state's module by its address."""
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            yield resource["address"], resource["values"]
    for child in module.get("child_modules", []):
        yield from resources(child)
