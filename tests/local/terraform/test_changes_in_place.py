"""A deployment is changed by another apply: nothing is replaced, and the change is in force."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from tests.local.terraform.account import Account, find_documents
from tests.local.terraform.conftest import MakeWorkspace, with_new_inputs

from firehose_logging.verify import search
from firehose_logging.verify.deployment import Deployment
from firehose_logging.verify.terraform import PLAN_WITH_CHANGES, PLAN_WITHOUT_CHANGES, Workspace

pytestmark = pytest.mark.slow

STREAM = "logging-test"
READER = "arn:aws:iam::123456789012:role/on-call"
CHANGES: dict[str, Any] = {
    "buffering_interval_seconds": 30,
    "index_rotation": "OneHour",
    "readers": [READER],
    "retention_days": 7,
    "retry_seconds": 600,
}
UPDATED = {
    "module.logging.module.delivery_stream.aws_kinesis_firehose_delivery_stream.this[0]",
    "module.logging.module.domain.aws_opensearch_domain.this[0]",
    "module.logging.module.domain_setup.aws_lambda_function.this[0]",
    "module.logging.module.domain_setup.aws_lambda_invocation.this[0]",
    'module.logging.module.monitoring.aws_cloudwatch_metric_alarm.this["logging-test-delivery_freshness"]',
}


class Domain:
    """The inside of the deployment's domain, as its master sees it."""

    def __init__(self, deployment: Deployment) -> None:
        self._client = search.client(deployment)

    def get(self, path: str) -> Any:
        return self._client.transport.perform_request("GET", path)

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def changed(workspace: MakeWorkspace, account: Account) -> Iterator[tuple[str, Workspace]]:
    """Apply the example, then again with other inputs; yield what was planned in between."""
    first = workspace("local", {})
    latest = first
    try:
        first.apply()
        created = creation_of(account)
        latest = with_new_inputs(first, workspace("local", CHANGES))
        code, text = latest.plan()
        assert code == PLAN_WITH_CHANGES, text
        latest.apply()
        assert creation_of(account) == created
        yield text, latest
    finally:
        account.empty_buckets()
        latest.destroy()


def creation_of(account: Account) -> object:
    described = account.client("firehose").describe_delivery_stream(DeliveryStreamName=STREAM)
    return described["DeliveryStreamDescription"]["CreateTimestamp"]


def test_buffering_rotation_retention_and_readers_change_in_place(
    changed: tuple[str, Workspace], account: Account
) -> None:
    planned, workspace = changed
    assert re.search(r"Plan: 0 to add, \d+ to change, 0 to destroy", planned), planned
    assert set(re.findall(r"# (\S+) will be updated in-place", planned)) == UPDATED, planned

    destination = account.destination(STREAM)
    assert destination["BufferingHints"]["IntervalInSeconds"] == 30
    assert destination["IndexRotationPeriod"] == "OneHour"
    assert destination["RetryOptions"]["DurationInSeconds"] == 600

    alarms = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    thresholds = {alarm["AlarmName"]: alarm["Threshold"] for alarm in alarms}
    assert thresholds["logging-test-delivery-freshness"] == 30 + 300

    deployment = Deployment.from_outputs(workspace.outputs())
    account.put(STREAM, {"message": "after the change"})
    (found,) = find_documents(deployment, {"match": {"message": "change"}}, 1)
    assert re.fullmatch(rf"{STREAM}-\d{{4}}-\d\d-\d\d-\d\d", found.index)

    with closing(Domain(deployment)) as domain:
        policy = domain.get(f"/_plugins/_ism/policies/firehose-logging-{STREAM}")["policy"]
        ages = re.findall(r"'min_index_age': '(\w+)'", str(policy))
        assert ages == [f"{7 * 24 + 1}h"]  # from the index's first record, which is an hour older
        reader = f"firehose-logging-{STREAM}-reader"
        mapping = domain.get(f"/_plugins/_security/api/rolesmapping/{reader}")[reader]
        assert mapping["backend_roles"] == [READER]

    code, text = workspace.plan()
    assert code == PLAN_WITHOUT_CHANGES, text
