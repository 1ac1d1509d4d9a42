"""The holder of a session that was bounded when it began: bounded at a domain's endpoint, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.local.firehose.running_stack import PATIENCE, RunningStack, start

from firehose_logging.local import process

READER = "reader"
ELSEWHERE = "127.0.0.9"


def document(effect: str, action: str, resource: str = "*", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    home = tmp_path_factory.mktemp("bounded") / "home"
    running = start(home)
    running.prepare()
    iam = running.client("iam")
    root = {"AWS": f"arn:aws:iam::{running.account}:root"}
    trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName=READER,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.put_role_policy(RoleName=READER, PolicyName="all", PolicyDocument=document("Allow", "es:*"))
    yield running
    process.stop(home)


def session(stack: RunningStack, **bounds: Any) -> Credentials:
    begun = stack.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{stack.account}:role/{READER}", RoleSessionName="bounded", **bounds
    )
    keys = begun["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def search(
    stack: RunningStack,
    keys: Credentials,
    path: str = "/_search",
    headers: dict[str, str] | None = None,
    source: str | None = None,
) -> requests.Response:
    described = stack.client("opensearch").describe_domain(DomainName="logging")
    url = f"https://{described['DomainStatus']['Endpoint']}{path}".replace("localhost", "127.0.0.1")
    request = AWSRequest("GET", url)
    SigV4Auth(keys, "es", stack.region).add_auth(request)
    prepared = requests.Request(
        "GET", url, headers={**dict(request.headers.items()), **(headers or {})}
    ).prepare()
    prepared.url = url
    with requests.Session() as calls:
        calls.trust_env = False
        if source is not None:
            calls.mount("https://", From(source))
        return calls.send(
            prepared, verify=stack.info.environment["AWS_CA_BUNDLE"], timeout=PATIENCE
        )


class From(requests.adapters.HTTPAdapter):
    """Call from another of this machine's addresses."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        super().init_poolmanager(*given, source_address=(self._address, 0), **more)


def test_a_session_without_bounds_reads(stack: RunningStack) -> None:
    assert search(stack, session(stack)).status_code == 200


@pytest.mark.parametrize(
    "policy",
    [document("Deny", "*"), document("Allow", "s3:*"), document("Allow", "es:ESHttpPost")],
    ids=["denies-all", "allows-other-services", "allows-other-methods"],
)
def test_who_was_given_less_for_a_session_has_no_more_at_a_domain(
    stack: RunningStack, policy: str
) -> None:
    answer = search(stack, session(stack, Policy=policy))
    assert answer.status_code == 403
    assert "session policy" in answer.text


def test_who_was_given_one_path_for_a_session_reads_that_one_alone(stack: RunningStack) -> None:
    policy = document("Allow", "es:ESHttpGet", f"{stack.domain}/_cat/*")
    keys = session(stack, Policy=policy)
    assert search(stack, keys, "/_cat/indices").status_code == 200
    assert search(stack, keys, "/_search").status_code == 403


def test_who_was_given_a_managed_policy_for_a_session_is_held_to_it_everywhere(
    stack: RunningStack,
) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    keys = session(stack, PolicyArns=[{"arn": arn}])
    assert search(stack, keys).status_code == 403
    both = session(stack, PolicyArns=[{"arn": arn}], Policy=document("Allow", "es:ESHttpGet"))
    assert search(stack, both).status_code == 200


def test_who_says_he_comes_from_elsewhere_counts_as_coming_from_where_he_is(
    stack: RunningStack,
) -> None:
    condition = {"IpAddress": {"aws:SourceIp": f"{ELSEWHERE}/32"}}
    keys = session(stack, Policy=document("Allow", "es:*", Condition=condition))
    for lie in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert search(stack, keys, headers={lie: ELSEWHERE}).status_code == 403
    assert search(stack, keys, source=ELSEWHERE).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/public/../secret/_search",
        "/public/%2E%2E/secret/_search",
        "/public//_search",
        "/./_search",
    ],
)
def test_who_writes_a_path_that_can_be_resolved_to_another_is_refused(
    stack: RunningStack, path: str
) -> None:
    answer = search(stack, session(stack), path)
    assert answer.status_code == 400, answer.text
    assert "can be read in two ways" in answer.text
