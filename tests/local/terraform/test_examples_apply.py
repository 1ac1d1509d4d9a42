"""Every example applied, planned again, logged to, destroyed, and nothing left.

Two accounts are more than the local stack has: it knows keys, roles and resources of one account
only. So the example ``cross-account`` is applied with both of its providers in the same account,
and the endpoint by which Firehose reaches another account's domain is shown apart.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.local.terraform.account import PATIENCE, Account, find_documents
from tests.local.terraform.conftest import MakeWorkspace, applied

from firehose_logging.verify import search
from firehose_logging.verify.deployment import Deployment
from firehose_logging.verify.terraform import PLAN_WITHOUT_CHANGES, Workspace

pytestmark = pytest.mark.slow

FAILED = "AmazonOpenSearchService-failed/"


@pytest.fixture(autouse=True)
def nothing_left(account: Account) -> Iterator[None]:
    """Compare what the account holds before and after a test."""
    before = account.inventory()
    yield
    assert account.inventory() == before


def expect_no_change(workspace: Workspace) -> None:
    code, text = workspace.plan()
    assert code == PLAN_WITHOUT_CHANGES, text


def deployment_of(workspace: Workspace) -> Deployment:
    return Deployment.from_outputs(workspace.outputs())


def log_and_find(account: Account, deployment: Deployment, **fields: Any) -> dict[str, Any]:
    """Put a document into the stream, and return it as it is found in the domain."""
    run = uuid.uuid4().hex
    account.put(deployment.stream_name, {"message": f"run {run}", "levelname": "ERROR", **fields})
    (found,) = find_documents(deployment, {"match": {"message": run}}, 1)
    return dict(found.source)


def wait_for(look: Callable[[], Any], what: str) -> Any:
    return search.wait_until(look, timeout=PATIENCE, what=what)


def test_minimal(workspace: MakeWorkspace, account: Account) -> None:
    with applied(workspace("minimal", {}), account) as minimal:
        expect_no_change(minimal)
        log_and_find(account, deployment_of(minimal))


def test_complete_backs_up_all_documents(workspace: MakeWorkspace, account: Account) -> None:
    with applied(workspace("complete", {}), account) as complete:
        expect_no_change(complete)
        deployment = deployment_of(complete)
        found = log_and_find(account, deployment)
        (kept,) = wait_for(
            lambda: account.backed_up(deployment.backup_bucket, "orders/"), "an object of all"
        )
        assert kept == found
        assert account.backed_up(deployment.backup_bucket, "failed/") == []


def test_vpc(workspace: MakeWorkspace, account: Account) -> None:
    with applied(workspace("vpc", {}), account) as vpc:
        expect_no_change(vpc)
        log_and_find(account, deployment_of(vpc))


def test_transform_runs_its_function_on_each_record(
    workspace: MakeWorkspace, account: Account
) -> None:
    with applied(workspace("transform", {}), account) as transform:
        expect_no_change(transform)
        deployment = deployment_of(transform)
        account.put(deployment.stream_name, {"message": "dropped", "levelname": "DEBUG"})
        found = log_and_find(account, deployment, password="hunter2")
        assert found["password"] == "[redacted]"
        with pytest.raises(search.NotFoundInTimeError):
            find_documents(deployment, {"match": {"message": "dropped"}}, 1)


def test_several_services_share_a_domain(workspace: MakeWorkspace, account: Account) -> None:
    with applied(workspace("several-services", {}), account) as several:
        expect_no_change(several)
        outputs = several.outputs()
        for service in ("orders", "payments"):
            of_service = {
                name: {"value": output["value"][service]}
                for name, output in outputs.items()
                if name != "domain"
            }
            deployment = Deployment.from_outputs({**of_service, "domain": outputs["domain"]})
            log_and_find(account, deployment)


@pytest.fixture
def existing_domain(account: Account) -> Iterator[dict[str, str]]:
    """Make a domain as its owners would, outside Terraform; return its ARN and its endpoint."""
    opensearch = account.client("opensearch")
    created = opensearch.create_domain(DomainName="search", EngineVersion="OpenSearch_3.5")

    def endpoint() -> str | None:
        status = opensearch.describe_domain(DomainName="search")["DomainStatus"]
        found: str | None = status.get("Endpoint")
        return found

    yield {
        "domain_arn": created["DomainStatus"]["ARN"],
        "domain_endpoint": wait_for(endpoint, "the endpoint of the domain"),
    }
    opensearch.delete_domain(DomainName="search")


def test_existing_domain_backs_up_what_was_refused(
    workspace: MakeWorkspace, account: Account, existing_domain: dict[str, str]
) -> None:
    with applied(workspace("existing-domain", existing_domain), account) as existing:
        expect_no_change(existing)
        deployment = deployment_of(existing)
        assert deployment.domain_endpoint == existing_domain["domain_endpoint"]
        log_and_find(account, deployment, size=1)
        account.put(deployment.stream_name, {"message": "refused", "size": "large"})
        (failed,) = wait_for(
            lambda: account.backed_up(deployment.backup_bucket, FAILED), "the refused document"
        )
        assert "mapper_parsing_exception" in json.dumps(failed)


def test_cross_account_with_both_providers_in_one_account(
    workspace: MakeWorkspace, account: Account
) -> None:
    me = account.client("sts").get_caller_identity()
    iam = account.client("iam")
    trust = statement(Principal={"AWS": me["Arn"]}, Action="sts:AssumeRole")
    central = iam.create_role(RoleName="central", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    everything = statement(Action="*", Resource="*")
    iam.put_role_policy(RoleName="central", PolicyName="all", PolicyDocument=everything)
    try:
        inputs = {"central_role_arn": central}
        with applied(workspace("cross-account", inputs), account) as cross:
            expect_no_change(cross)
    finally:
        iam.delete_role_policy(RoleName="central", PolicyName="all")
        iam.delete_role(RoleName="central")


def test_a_domain_of_another_account_is_delivered_to_by_its_endpoint(
    workspace: MakeWorkspace, account: Account, existing_domain: dict[str, str]
) -> None:
    inputs = {
        # The account is another one by name only, so that the module takes it for foreign; it is
        # the domain's policy that lets the stream's role in.
        "domain_arn": existing_domain["domain_arn"].replace(
            account.client("sts").get_caller_identity()["Account"], "210987654321"
        ),
        "domain_endpoint": existing_domain["domain_endpoint"],
    }
    with applied(workspace("existing-domain", inputs), account) as foreign:
        expect_no_change(foreign)
        deployment = deployment_of(foreign)
        destination = account.destination(deployment.stream_name)
        assert destination["ClusterEndpoint"] == f"https://{existing_domain['domain_endpoint']}"
        assert "DomainARN" not in destination
        account.client("opensearch").update_domain_config(
            DomainName="search",
            AccessPolicies=statement(
                Principal={"AWS": destination["RoleARN"]},
                Action="es:*",
                Resource=f"{existing_domain['domain_arn']}/*",
            ),
        )
        log_and_find(account, deployment)


def statement(**members: Any) -> str:
    """Return a policy of one statement that allows."""
    whole = {"Effect": "Allow", **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})
