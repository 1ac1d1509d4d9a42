"""Every example that one account can hold: applied, planned again, destroyed, nothing left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from firehose_logging.local import process
from firehose_logging.verify.deployment import Deployment
from firehose_logging.verify.terraform import PLAN_WITHOUT_CHANGES, Workspace

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
REGION = "eu-west-1"
ADDED_LATER = {"retention_days": 7, "index_rotation": "OneHour", "buffering_interval_seconds": 5}

# An expiry rule takes the provider 55 s, and a domain's waits ten minutes, on any AWS.
QUICK: dict[str, Any] = {"domain_timeout": "2s", "expire_days": 0}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run a stack of its own; return the variables that lead to it."""
    home = tmp_path_factory.mktemp("stack")
    with pytest.MonkeyPatch.context() as patch:
        engines = ROOT / ".firehose-logging" / "engines"
        patch.setenv("FIREHOSE_LOGGING_ENGINES", str(engines))
        engine = "opensearch" if os.environ.get("CI") else "auto"
        stack = process.start_detached(home, port=0, engine=engine, progress=lambda _line: None)
    try:
        yield dict(stack.environment)
    finally:
        process.stop(home)


@pytest.fixture
def session(environment: dict[str, str]) -> Iterator[Callable[[str], Any]]:
    """Return a maker of clients of the stack, which are closed at the end."""
    opened: list[Any] = []
    # Which service it is, is known at run time only.
    boto_session: Any = boto3.Session()

    def client(service: str) -> Any:
        made = boto_session.client(
            service,
            region_name=REGION,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        opened.append(made)
        return made

    yield client
    for made in opened:
        made.close()


@pytest.fixture
def workspace(
    environment: dict[str, str], tmp_path: Path
) -> Callable[[str, dict[str, Any]], Workspace]:
    """Return a maker of workspaces of an example."""

    def make(example: str, variables: dict[str, Any]) -> Workspace:
        made = Workspace(
            EXAMPLES / example,
            tmp_path / f"{example}-{len(list(tmp_path.iterdir()))}",
            environment=environment,
            variables=variables,
        )
        made.init()
        return made

    return make


def inventory(session: Callable[[str], Any]) -> dict[str, set[str]]:
    """Return what an account holds of all that the modules make."""
    return {
        "streams": set(session("firehose").list_delivery_streams()["DeliveryStreamNames"]),
        "domains": {
            entry["DomainName"]
            for entry in session("opensearch").list_domain_names()["DomainNames"]
        },
        "buckets": {entry["Name"] for entry in session("s3").list_buckets()["Buckets"]},
        "roles": {entry["RoleName"] for entry in session("iam").list_roles()["Roles"]},
        "policies": {
            entry["PolicyName"] for entry in session("iam").list_policies(Scope="Local")["Policies"]
        },
        "log groups": {
            entry["logGroupName"] for entry in session("logs").describe_log_groups()["logGroups"]
        },
        "functions": {
            entry["FunctionName"] for entry in session("lambda").list_functions()["Functions"]
        },
        "alarms": {
            entry["AlarmName"] for entry in session("cloudwatch").describe_alarms()["MetricAlarms"]
        },
    }


def accepted(example: str) -> dict[str, Any]:
    """Return what makes an example quick, of what it takes."""
    declared = (EXAMPLES / example / "variables.tf").read_text(encoding="utf-8")
    return {name: value for name, value in QUICK.items() if f'variable "{name}"' in declared}


@pytest.mark.parametrize("example", ["minimal", "complete", "vpc", "transform", "several-services"])
def test_an_example_applies_plans_empty_and_leaves_nothing(
    example: str,
    workspace: Callable[[str, dict[str, Any]], Workspace],
    session: Callable[[str], Any],
) -> None:
    before = inventory(session)
    applied = workspace(example, accepted(example))
    try:
        applied.apply()
        code, text = applied.plan()
        assert code == PLAN_WITHOUT_CHANGES, text
    finally:
        applied.destroy()
    assert inventory(session) == before


def test_a_stream_delivers_to_a_domain_that_is_there_already(
    workspace: Callable[[str, dict[str, Any]], Workspace], session: Callable[[str], Any]
) -> None:
    opensearch = session("opensearch")
    created = opensearch.create_domain(DomainName="search", EngineVersion="OpenSearch_3.5")
    try:
        endpoint = endpoint_of(opensearch, "search")
        applied = workspace(
            "existing-domain",
            {
                "domain_arn": created["DomainStatus"]["ARN"],
                "domain_endpoint": endpoint,
                "expire_days": 0,
            },
        )
        try:
            applied.apply()
            code, text = applied.plan()
            assert code == PLAN_WITHOUT_CHANGES, text
            assert Deployment.from_outputs(applied.outputs()).domain_endpoint == endpoint
        finally:
            applied.destroy()
    finally:
        opensearch.delete_domain(DomainName="search")


def endpoint_of(opensearch: Any, name: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = opensearch.describe_domain(DomainName=name)["DomainStatus"]
        if status.get("Endpoint"):
            return str(status["Endpoint"])
        time.sleep(0.2)
    raise AssertionError(f"domain {name} has no endpoint after a minute")


def test_a_deployment_is_changed_in_place(
    workspace: Callable[[str, dict[str, Any]], Workspace], session: Callable[[str], Any]
) -> None:
    first = workspace("local", {})
    first.apply()
    changed = workspace("local", ADDED_LATER)
    changed.state_file.parent.mkdir(exist_ok=True)
    changed.state_file.write_bytes(first.state_file.read_bytes())
    made_at = creation_of(session("firehose"))
    try:
        changed.apply()
        code, text = changed.plan()
        assert code == PLAN_WITHOUT_CHANGES, text
        assert creation_of(session("firehose")) == made_at
        described = session("firehose").describe_delivery_stream(DeliveryStreamName="logging-test")
        destination = described["DeliveryStreamDescription"]["Destinations"][0][
            "AmazonopensearchserviceDestinationDescription"
        ]
        assert destination["IndexRotationPeriod"] == "OneHour"
        assert destination["BufferingHints"]["IntervalInSeconds"] == 5
    finally:
        changed.destroy()


def creation_of(firehose: Any) -> object:
    described = firehose.describe_delivery_stream(DeliveryStreamName="logging-test")
    return described["DeliveryStreamDescription"]["CreateTimestamp"]
