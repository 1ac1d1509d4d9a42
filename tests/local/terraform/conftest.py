"""A local stack for Terraform, and what its account holds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.local.terraform.account import Account

from firehose_logging.local import process
from firehose_logging.verify.terraform import Workspace

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
SPEED = 60.0
"""Minutes of buffering pass in seconds; Terraform and the domain keep to the real time."""

# An expiry rule takes the provider 55 s, and a domain's waits ten minutes, on any AWS.
QUICK: dict[str, Any] = {"domain_timeout": "2s", "expire_days": 0}

MakeWorkspace = Callable[[str, dict[str, Any]], Workspace]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run a stack of its own, and point boto3 and everything else at it."""
    home = tmp_path_factory.mktemp("stack")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIREHOSE_LOGGING_ENGINES", str(ROOT / ".firehose-logging" / "engine"))
        engine = "opensearch" if os.environ.get("CI") else "auto"
        running = process.start_detached(
            home, port=0, engine=engine, speed=SPEED, progress=lambda _line: None
        )
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in running.environment.items():
            patch.setenv(name, value)
        try:
            yield dict(running.environment)
        finally:
            process.stop(home)


@pytest.fixture
def account(stack: dict[str, str]) -> Iterator[Account]:
    with Account(boto3.Session(region_name=stack["AWS_REGION"])) as account:
        yield account


@pytest.fixture
def workspace(stack: dict[str, str], tmp_path: Path) -> MakeWorkspace:
    """Return a maker of initialised workspaces of an example."""

    def make(example: str, variables: dict[str, Any]) -> Workspace:
        scratch = tmp_path / f"{example}-{len(list(tmp_path.iterdir()))}"
        made = Workspace(EXAMPLES / example, scratch, variables=quick(example) | variables)
        made.init()
        return made

    return make


def quick(example: str) -> dict[str, Any]:
    """Return what makes an example quick, of what it takes."""
    declared = (EXAMPLES / example / "variables.tf").read_text(encoding="utf-8")
    return {name: value for name, value in QUICK.items() if f'variable "{name}"' in declared}


def with_new_inputs(workspace: Workspace, changed: Workspace) -> Workspace:
    """Hand the state of one workspace on to another with other inputs."""
    shutil.copy(workspace.state_file, changed.state_file)
    return changed


@contextmanager
def applied(workspace: Workspace, account: Account) -> Iterator[Workspace]:
    """Apply; at the end empty the buckets and destroy, even if the apply failed half-way."""
    try:
        workspace.apply()
        yield workspace
    finally:
        account.empty_buckets()
        workspace.destroy()
