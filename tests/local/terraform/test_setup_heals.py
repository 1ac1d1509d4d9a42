"""What Terraform believes of a domain's inside is what the domain holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from opensearchpy import NotFoundError, OpenSearch
from tests.local.terraform.account import Account
from tests.local.terraform.conftest import MakeWorkspace, with_new_inputs

from firehose_logging.verify import search
from firehose_logging.verify.binary import TerraformError
from firehose_logging.verify.deployment import Deployment
from firehose_logging.verify.terraform import PLAN_WITH_CHANGES, PLAN_WITHOUT_CHANGES, Workspace

pytestmark = pytest.mark.slow

NAME = "firehose-logging-logging-test"
WRITER = f"{NAME}-writer"
WRITER_ROLE = f"/_plugins/_security/api/roles/{WRITER}"
ROLE = "logging-test-eu-west-1-domain-setup"
INVOCATION = "module.logging.module.domain_setup.aws_lambda_invocation.this[0]"


@contextmanager
def denied(account: Account, action: str) -> Iterator[None]:
    """Deny the set-up function's role an action for as long as the context lasts."""
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = account.client("iam")
    iam.put_role_policy(RoleName=ROLE, PolicyName="denied", PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=ROLE, PolicyName="denied")


def planned_run(workspace: Workspace) -> str:
    """Return a plan's text, which is a run of the set-up and nothing else."""
    code, text = workspace.plan()
    assert code == PLAN_WITH_CHANGES, text
    assert f"# {INVOCATION} will be updated in-place" in text, text
    assert "Plan: 0 to add, 1 to change, 0 to destroy" in text, text
    return text


def assert_nothing_is_planned(workspace: Workspace) -> None:
    code, text = workspace.plan()
    assert code == PLAN_WITHOUT_CHANGES, text


def steps(workspace: Workspace) -> dict[str, str]:
    return {one["step"]: one["state"] for one in workspace.outputs()["setup_steps"]["value"]}


def has_writer_role(domain: OpenSearch) -> bool:
    try:
        return WRITER in domain.transport.perform_request("GET", WRITER_ROLE)
    except NotFoundError:
        return False


def age_of_deletion(domain: OpenSearch) -> str:
    found = domain.transport.perform_request("GET", f"/_plugins/_ism/policies/{NAME}")
    (transition,) = found["policy"]["states"][0]["transitions"]
    return str(transition["conditions"]["min_index_age"])


def test_drift_and_a_run_that_failed_stay_in_the_plan_until_a_run_succeeds(
    workspace: MakeWorkspace, account: Account
) -> None:
    first = workspace("local", {"retention_days": 30})
    latest = first
    try:
        first.apply()
        assert_nothing_is_planned(first)
        deployment = Deployment.from_outputs(first.outputs())
        with closing(search.client(deployment)) as domain:
            domain.transport.perform_request("DELETE", WRITER_ROLE)
            assert "writer_role" in planned_run(first)

            latest = with_new_inputs(first, workspace("local", {"retention_days": 7}))
            with denied(account, "es:ESHttpPut"):
                with pytest.raises(TerraformError, match=r"writer_role: PUT .* answered 403"):
                    latest.apply()
                assert age_of_deletion(domain) == "31d"
                assert "writer_role, retention_policy" in planned_run(latest)
            with denied(account, "es:*"):
                assert "not seen: domain: GET / answered 403" in planned_run(latest)

            latest.apply()
            assert has_writer_role(domain)
            assert age_of_deletion(domain) == "8d"
            made = steps(latest)
            assert (made["writer_role"], made["retention_policy"]) == ("created", "updated")
            assert_nothing_is_planned(latest)
    finally:
        account.empty_buckets()
        latest.destroy()
