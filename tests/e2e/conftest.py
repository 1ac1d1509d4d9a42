"""Where the deployment comes from: this is the only file here that knows.

Without ``--outputs`` a local stack is started and ``examples/local`` applied to it. With it, the
deployment that the file describes is used as it is, wherever it runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import boto3
import pytest
import requests
from opensearchpy import OpenSearch

from firehose_logging.verify import search
from firehose_logging.verify.deployment import Deployment
from firehose_logging.verify.terraform import Workspace

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "local"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--outputs",
        type=Path,
        metavar="FILE",
        help="test the deployment that `terraform output -json > FILE` describes",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--outputs") is None:
        return
    foreign = [item for item in items if item.get_closest_marker("owns_deployment")]
    if foreign:
        config.hook.pytest_deselected(items=foreign)
        items[:] = [item for item in items if item not in foreign]


@pytest.fixture(scope="session")
def outputs_file(request: pytest.FixtureRequest) -> Path | None:
    path: Path | None = request.config.getoption("--outputs")
    return path


@pytest.fixture(scope="session")
def local_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run a local stack in a process of its own; return the variables that lead to it."""
    home = tmp_path_factory.mktemp("stack")
    environment = {
        **os.environ,
        "FIREHOSE_LOGGING_HOME": str(home),
        "FIREHOSE_LOGGING_ENGINES": str(REPOSITORY / ".firehose-logging" / "engine"),
    }
    engine = "opensearch" if os.environ.get("CI") else "auto"
    _local(environment, "up", "--detach", "--port", "0", "--engine", engine)
    try:
        printed = _local(environment, "env")
        exports = dict(
            line.removeprefix("export ").split("=", 1)
            for line in printed.splitlines()
            if line.startswith("export ")
        )
        yield {**exports, "FIREHOSE_LOGGING_HOME": str(home)}
    finally:
        _local(environment, "down")


def _local(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "firehose_logging.cli", "local", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"local {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def aws_environment(
    outputs_file: Path | None, request: pytest.FixtureRequest
) -> Iterator[dict[str, str]]:
    """Point boto3 and everything else at the deployment through the environment alone."""
    if outputs_file is not None:
        yield {}
        return
    variables: dict[str, str] = request.getfixturevalue("local_stack")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in variables.items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        yield variables


@pytest.fixture(scope="session")
def new_workspace(
    aws_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Workspace]:
    """Return what makes a workspace of the example, given a name and other inputs."""

    def make(name: str, **inputs: str) -> Workspace:
        scratch = tmp_path_factory.mktemp("terraform")
        return Workspace(EXAMPLE, scratch, variables={"name": name, **inputs})

    return make


@pytest.fixture(scope="session")
def workspace(new_workspace: Callable[..., Workspace]) -> Iterator[Workspace]:
    """Apply the example under the article's name; destroy it at the end."""
    applied = new_workspace("logging-test")
    applied.init()
    applied.apply()
    yield applied
    applied.destroy()


@pytest.fixture(scope="session")
def deployment(
    aws_environment: dict[str, str], outputs_file: Path | None, request: pytest.FixtureRequest
) -> Deployment:
    if outputs_file is not None:
        return Deployment.from_file(outputs_file)
    workspace: Workspace = request.getfixturevalue("workspace")
    return Deployment.from_outputs(workspace.outputs())


@pytest.fixture(scope="session")
def client(deployment: Deployment) -> Iterator[OpenSearch]:
    client = search.client(deployment)
    yield client
    client.close()


@pytest.fixture(scope="session")
def patience(deployment: Deployment) -> float:
    """How long a record may take: the stream's longer buffer, and a minute for the rest."""
    firehose = boto3.client("firehose", region_name=deployment.region)
    described = firehose.describe_delivery_stream(DeliveryStreamName=deployment.stream_name)
    firehose.close()
    destination = described["DeliveryStreamDescription"]["Destinations"][0][
        "AmazonopensearchserviceDestinationDescription"
    ]
    backup = destination["S3DestinationDescription"]["BufferingHints"]["IntervalInSeconds"]
    return 60.0 + destination["BufferingHints"]["IntervalInSeconds"] + backup


@pytest.fixture
def run_id() -> str:
    """Tell this test's records from all others."""
    return uuid.uuid4().hex[:12]


@pytest.fixture
def domain_refuses_writes(
    deployment: Deployment, client: OpenSearch, outputs_file: Path | None
) -> Callable[[str], AbstractContextManager[None]]:
    """Return a context in which the domain takes no documents into an index.

    Where the engine is ours it is ended and started again; elsewhere the index is blocked.
    """

    @contextmanager
    def without_engine(_index: str) -> Iterator[None]:
        gateway = os.environ["AWS_ENDPOINT_URL"]
        requests.post(f"{gateway}/_local/engine/stop", timeout=60).raise_for_status()
        try:
            yield
        finally:
            requests.post(f"{gateway}/_local/engine/start", timeout=120).raise_for_status()

    @contextmanager
    def blocked(index: str) -> Iterator[None]:
        client.indices.put_settings(index=index, body={"index.blocks.write": True})
        try:
            yield
        finally:
            client.indices.put_settings(index=index, body={"index.blocks.write": None})

    return without_engine if outputs_file is None else blocked
