"""What no single input can tell is wrong is refused at plan, and the message says what to do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from tests.local.terraform import without_account

pytestmark = pytest.mark.slow

HERE = "arn:aws:es:eu-west-1:123456789012:domain/search"
ELSEWHERE = "arn:aws:es:eu-west-1:210987654321:domain/search"
READER = "arn:aws:iam::123456789012:role/readers"
WRITER = "arn:aws:iam::123456789012:role/writers"

COMBINATIONS: Mapping[str, Mapping[str, Any]] = {
    "domain_in_a_vpc": {
        "setup": {"enabled": False},
        "domain": {
            "zones": 2,
            "instances": {"count": 2},
            "publish_logs": ["AUDIT_LOGS"],
            "saml": {"entity_id": "https://idp.example.org", "metadata": "<metadata/>"},
        },
        "vpc": {"id": "vpc-1", "subnet_ids": ["subnet-1"]},
        "access": {"ip_ranges": ["192.0.2.0/24"]},
    },
    "no_master": {"setup": {"enabled": False}, "domain": {"fine_grained_access": True}},
    "people_by_paths": {
        "domain": {"fine_grained_access": False},
        "access": {"readers": [READER], "writers": [WRITER]},
    },
    "people_of_others_domain": {
        "existing_domain": {"arn": HERE, "endpoint": "search.example.org"},
        "access": {"readers": [READER]},
    },
    "open_to_all": {},
    "two_domains": {"domain": {"create": True}, "existing_domain": {"arn": HERE}},
    "no_domain": {"domain": {"create": False}},
    "no_endpoint": {"existing_domain": {"arn": ELSEWHERE}},
    "no_function_groups": {
        "vpc": {
            "subnet_ids": ["subnet-1"],
            "create_security_groups": False,
            "security_group_ids": {"domain": ["sg-1"], "stream": ["sg-2"]},
        },
    },
    "set_up_without_endpoint": {
        "setup": {"enabled": True},
        "existing_domain": {"arn": HERE},
    },
}

# The combination, and what is said of it: input, value and remedy.
MESSAGES = (
    (
        "domain_in_a_vpc",
        "vpc.subnet_ids names 1 subnets with domain.zones = 2",
        "name 2, each in a zone of its own",
    ),
    (
        "domain_in_a_vpc",
        'access.ip_ranges is ["192.0.2.0/24"] although the domain is in a VPC',
        "vpc.client_cidr_blocks",
    ),
    ("domain_in_a_vpc", "domain.publish_logs has AUDIT_LOGS", "leave AUDIT_LOGS out"),
    ("domain_in_a_vpc", "domain.saml is set", "set domain.fine_grained_access"),
    ("no_master", "domain.master_arn is missing", "name an IAM role"),
    (
        "people_by_paths",
        f'access.readers is ["{READER}"] and access.writers is ["{WRITER}"] although fine-grained',
        "leave setup.enabled and domain.fine_grained_access out",
    ),
    (
        "people_of_others_domain",
        f'access.readers is ["{READER}"] and access.writers is [] although the domain is not made',
        "set setup.enabled",
    ),
    (
        "open_to_all",
        "domain logging-test is public and access.ip_ranges is empty",
        "name ranges in access.ip_ranges",
    ),
    ("two_domains", f'existing_domain.arn is "{HERE}"', "leave one of them out"),
    ("no_domain", "destination.domain_arn is missing", "existing_domain.arn"),
    ("no_endpoint", f"the domain {ELSEWHERE} is another account's", "give the domain's host"),
    ("no_function_groups", "vpc.security_group_ids.function", "have them made"),
    ("set_up_without_endpoint", "target.endpoint is missing", "existing_domain.endpoint"),
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the errors that each combination meets, as one line."""
    errors: dict[str, list[str]] = defaultdict(list)
    folder = tmp_path_factory.mktemp("combinations")
    for message in without_account.messages(folder, COMBINATIONS):
        if message["type"] == "diagnostic" and message["diagnostic"]["severity"] == "error":
            errors[message["@testrun"]].append(message["diagnostic"]["detail"])
    return {run: re.sub(r"\s+", " ", " ".join(parts)) for run, parts in errors.items()}


@pytest.mark.parametrize(("combination", "wrong", "remedy"), MESSAGES)
def test_a_wrong_combination_is_refused_with_its_remedy(
    combination: str, wrong: str, remedy: str, said: Mapping[str, str]
) -> None:
    assert wrong in said[combination]
    assert remedy in said[combination]
