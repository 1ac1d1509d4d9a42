"""Whoever publishes a package that is built in the project's own jobs, against the repository.

A job that runs what was fetched holds nothing that could change the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it comes with moto, without types

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
SECRET = re.compile(r"secrets\.|github\.token|GITHUB_TOKEN|GH_TOKEN")


def jobs() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, job in workflow["jobs"].items():
            yield f"{path.name}: {name}", workflow, job


JOBS = {name: (workflow, job) for name, workflow, job in jobs()}


def runs_what_is_fetched(job: dict[str, Any]) -> bool:
    commands = re.compile(r"^\s*(\S+/)?(make|pip|python3?|uv)\b", re.MULTILINE)
    return any(commands.search(step.get("run", "")) for step in job["steps"])


def test_there_are_jobs_of_both_kinds() -> None:
    assert {runs_what_is_fetched(job) for _, job in JOBS.values()} == {True, False}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_that_runs_what_it_fetched_may_only_read_and_holds_no_token(name: str) -> None:
    workflow, job = JOBS[name]
    allowed = job.get("permissions", workflow.get("permissions"))
    assert isinstance(allowed, dict), "permissions are named one by one, never left to a default"
    if not runs_what_is_fetched(job):
        return
    assert set(allowed.values()) <= {"read"}
    assert not SECRET.search(yaml.safe_dump([workflow.get("env"), job]))
    checkouts = [step for step in job["steps"] if "actions/checkout@" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("name", JOBS)
def test_each_action_is_named_by_the_commit_that_was_looked_at(name: str) -> None:
    _, job = JOBS[name]
    for step in job["steps"]:
        assert "uses" not in step or re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"])
