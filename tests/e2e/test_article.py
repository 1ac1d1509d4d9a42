"""The article's script, unchanged: what it logs is found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
from opensearchpy import OpenSearch

from firehose_logging.verify import search
from firehose_logging.verify.deployment import Deployment

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "article" / "logging_test.py"


@dataclass(frozen=True)
class Run:
    """One run of the article's script."""

    script: Path
    started: datetime
    ended: datetime
    console: str
    seconds: float


@pytest.fixture(scope="module")
def run(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the script in a process of its own, under a file name that tells this run's traceback."""
    folder = tmp_path_factory.mktemp("article")
    script = folder / f"logging_test_{folder.name}_{os.getpid()}_{time.time_ns()}.py"
    shutil.copyfile(SCRIPT, script)
    environment = {**os.environ, "AWS_REGION": deployment.region}
    environment["FIREHOSE_LOGGING_STREAM"] = deployment.stream_name
    started, clock = datetime.now(timezone.utc), time.monotonic()
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Run(
        script=script,
        started=started,
        ended=datetime.now(timezone.utc),
        console=done.stderr,
        seconds=time.monotonic() - clock,
    )


@pytest.fixture(scope="module")
def query(run: Run) -> Mapping[str, Any]:
    return {
        "bool": {
            "must": [
                {"match": {"message": "fake NameError"}},
                {"match_phrase": {"exc_info": run.script.name}},
            ]
        }
    }


@pytest.fixture(scope="module")
def hit(
    run: Run,
    query: Mapping[str, Any],
    deployment: Deployment,
    client: OpenSearch,
    patience: float,
) -> search.Hit:
    found: list[search.Hit] = search.wait_until(
        lambda: search.find(client, deployment.index_pattern, query),
        timeout=patience,
        what=f"the record of {run.script.name} in {deployment.index_pattern}",
    )
    assert len(found) == 1
    return found[0]


def test_the_article_is_run_to_the_letter(run: Run) -> None:
    assert run.script.read_bytes() == SCRIPT.read_bytes()


def test_the_console_shows_the_record_once_and_no_complaint(run: Run) -> None:
    lines = [json.loads(line) for line in run.console.splitlines()]
    shown = [line for line in lines if not line["name"].startswith("botocore.")]
    assert [line["message"] for line in shown] == ["fake NameError"]


def test_the_record_has_the_articles_fields(hit: search.Hit) -> None:
    assert {"asctime", "name", "levelname", "message", "exc_info"} <= set(hit.source)
    assert hit.source["name"] == "__main__"
    assert hit.source["levelname"] == "ERROR"
    assert hit.source["message"] == "fake NameError"


def test_the_traceback_is_whole(hit: search.Hit, run: Run) -> None:
    lines = hit.source["exc_info"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert str(run.script) in lines[1]
    assert lines[-1] == "NameError: fake NameError"


def test_asctime_is_the_time_of_the_call(hit: search.Hit, run: Run) -> None:
    logged = datetime.strptime(hit.source["asctime"], "%Y-%m-%dT%H:%M:%S%z")
    assert run.started - timedelta(seconds=1) <= logged <= run.ended


def test_the_index_is_the_pattern_with_the_utc_date_of_arrival(
    hit: search.Hit, run: Run, deployment: Deployment
) -> None:
    days = {run.started, run.ended, run.ended + timedelta(seconds=5)}
    assert hit.index in {f"{deployment.index_prefix}-{day:%Y-%m-%d}" for day in days}


def test_the_record_is_found_by_its_id(hit: search.Hit, client: OpenSearch) -> None:
    again = client.get(index=hit.index, id=hit.id)
    assert again["_source"] == hit.source


def test_requests_sees_the_index_under_the_pattern(hit: search.Hit, deployment: Deployment) -> None:
    answer = requests.get(
        f"https://{deployment.domain_endpoint}/_cat/indices/{deployment.index_prefix}-2*",
        params={"format": "json"},
        auth=search.signer(deployment.region),
        verify=search.ca_bundle(),
        timeout=10,
    )
    assert answer.status_code == 200
    assert hit.index in {index["index"] for index in answer.json()}


def test_requests_gets_404_for_a_document_that_is_not_there(
    hit: search.Hit, deployment: Deployment
) -> None:
    answer = requests.get(
        f"https://{deployment.domain_endpoint}/{hit.index}/_doc/no-such-document",
        auth=search.signer(deployment.region),
        verify=search.ca_bundle(),
        timeout=10,
    )
    assert answer.status_code == 404
    assert answer.json()["found"] is False


def test_the_domain_answers_nobody_without_a_signature(deployment: Deployment) -> None:
    answer = requests.get(
        f"https://{deployment.domain_endpoint}/", verify=search.ca_bundle(), timeout=10
    )
    assert answer.status_code == 403
