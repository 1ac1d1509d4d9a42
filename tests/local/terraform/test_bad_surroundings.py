"""What AWS may have against an apply: what Terraform says of it, and how one goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.local.terraform.account import Account
from tests.local.terraform.between import Answer, Between, Call, Forward, between, refuse
from tests.local.terraform.conftest import EXAMPLES, ROOT, MakeWorkspace, applied

from firehose_logging.verify.binary import TerraformError
from firehose_logging.verify.terraform import PLAN_WITHOUT_CHANGES, Workspace

pytestmark = pytest.mark.slow

DOMAIN = "/2021-01-01/opensearch/domain"
NO_SERVICE_LINKED_ROLE = (
    "Before you can proceed, you must enable a service-linked role to give Amazon OpenSearch "
    "Service permissions to access your VPC."
)


@pytest.fixture
def aws(stack: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    """Put a proxy in front of the stack."""
    with between(stack["AWS_ENDPOINT_URL"]) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy


def words(text: str) -> str:
    """Return what Terraform said as one line without its frame."""
    return re.sub(r"[\s│╷╵]+", " ", text)


def passed_on(_call: Call, forward: Forward) -> Answer:
    return forward()


def still_processing(call: Call, forward: Forward) -> Answer:
    """Answer DescribeDomain as if the domain's creation went on for ever."""
    answer = forward()
    if call.operation != f"GET {DOMAIN}/logging-test" or answer.status != 200:
        return answer
    described = json.loads(answer.body)
    described["DomainStatus"]["Processing"] = True
    described["DomainStatus"].pop("Endpoint", None)
    return Answer(answer.status, answer.headers, json.dumps(described).encode())


def test_a_domain_that_never_turns_active_fails_the_apply_and_the_next_one_goes_on(
    workspace: MakeWorkspace, account: Account, aws: Between
) -> None:
    late = workspace("local", {})
    try:
        aws.intercept = still_processing
        with pytest.raises(TerraformError) as failure:
            late.apply()
        said = words(failure.value.output)
        assert 'domain logging-test has no endpoint after domain.timeouts.create = "2s"' in said
        assert "apply again once it is active" in said

        aws.intercept = passed_on
        late.apply()
        code, planned = late.plan()
        assert code == PLAN_WITHOUT_CHANGES, planned
        assert aws.seen.count(f"POST {DOMAIN}") == 1
    finally:
        account.empty_buckets()
        late.destroy()


def test_without_the_service_linked_role_the_message_names_it_and_the_readme_the_command(
    workspace: MakeWorkspace, account: Account, aws: Between
) -> None:
    aws.intercept = refuse(f"POST {DOMAIN}", 99, "ValidationException", NO_SERVICE_LINKED_ROLE)
    before = account.inventory()
    with (
        pytest.raises(TerraformError) as failure,
        applied(workspace("vpc", {}), account),
    ):
        pass
    assert "you must enable a service-linked role" in words(failure.value.output)
    assert account.inventory() == before
    assert "iam create-service-linked-role --aws-service-name opensearchservice" in (
        EXAMPLES / "vpc" / "README.md"
    ).read_text(encoding="utf-8")


def test_a_role_that_has_not_spread_yet_is_waited_for(
    workspace: MakeWorkspace, account: Account, aws: Between
) -> None:
    refusals = [
        refuse(
            "CreateDeliveryStream",
            2,
            "InvalidArgumentException",
            "Firehose is unable to assume role made-up. Please check the role provided.",
        ),
        refuse(
            "POST /2015-03-31/functions",
            2,
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ),
    ]

    def intercept(call: Call, forward: Forward) -> Answer:
        return refusals[0](call, lambda: refusals[1](call, forward))

    aws.intercept = intercept
    with applied(workspace("local", {}), account) as spread:
        code, planned = spread.plan()
        assert code == PLAN_WITHOUT_CHANGES, planned
    assert aws.seen.count("CreateDeliveryStream") == 3
    assert aws.seen.count("POST /2015-03-31/functions") == 3


def test_a_bucket_name_that_is_taken_is_named(
    stack: dict[str, str], account: Account, tmp_path: Path
) -> None:
    s3 = account.client("s3")
    s3.create_bucket(
        Bucket="taken", CreateBucketConfiguration={"LocationConstraint": stack["AWS_REGION"]}
    )
    me = account.client("sts").get_caller_identity()["Account"]
    inputs = {
        "source": str(ROOT / "modules" / "delivery-stream"),
        "destination": {"domain_arn": f"arn:aws:es:{stack['AWS_REGION']}:{me}:domain/search"},
        "backup": {"bucket_name": "taken"},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps({"module": {"stream": inputs}}))
    taken = Workspace(tmp_path, tmp_path / "scratch")
    taken.init()
    try:
        with pytest.raises(TerraformError) as failure:
            taken.apply()
    finally:
        taken.destroy()
    assert re.search(r"creating S3 Bucket \(taken\).*BucketAlready", words(failure.value.output))
    s3.head_bucket(Bucket="taken")
    s3.delete_bucket(Bucket="taken")
