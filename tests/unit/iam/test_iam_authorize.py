"""A whole call: every need against the policies of its own resource, refused in AWS's shape."""

from __future__ import annotations

import pytest

from firehose_logging.local.api import Principal
from firehose_logging.local.iam.authorize import authorize, denial
from firehose_logging.local.iam.context import ANONYMOUS, request_keys, source_keys
from firehose_logging.local.iam.evaluate import CallerPolicies, Decision, ResourceSide
from firehose_logging.local.iam.needs import Need

from .policies import FIREHOSE, HERE, ROLE, SESSION, THERE, WRITER, granting, policy, statement

KEYS = request_keys(
    now=1_767_225_600.0,
    source_ip="203.0.113.9",
    secure=False,
    region="eu-west-1",
    user_agent="Boto3/1.44",
)
PUT = Need("s3:PutObject", "arn:aws:s3:::backup/a", {"s3:x-amz-acl": "private"})
PASS = Need("iam:PassRole", ROLE, {"iam:PassedToService": "firehose.amazonaws.com"})
EVERYTHING = CallerPolicies((policy(statement(Action="*")),))


def here(_need: Need) -> ResourceSide:
    return ResourceSide(HERE)


def allowed_if(operator: str, key: str, value: str) -> bool:
    conditional = policy(statement(Condition={operator: {key: value}}))
    return authorize(WRITER, [PUT], CallerPolicies((conditional,)), here, KEYS).allowed


@pytest.mark.parametrize(
    ("operator", "key", "right", "wrong"),
    [
        ("ArnEquals", "aws:PrincipalArn", ROLE, SESSION),
        ("StringEquals", "aws:PrincipalAccount", HERE, THERE),
        ("StringEquals", "aws:PrincipalType", "AssumedRole", "User"),
        ("StringEquals", "aws:ResourceAccount", HERE, THERE),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", "us-east-1"),
        ("StringEquals", "s3:x-amz-acl", "private", "public-read"),
        ("StringLike", "aws:UserAgent", "Boto3/*", "curl/*"),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", "10.0.0.0/8"),
        ("Bool", "aws:SecureTransport", "false", "true"),
        ("Bool", "aws:ViaAWSService", "false", "true"),
        ("Bool", "aws:PrincipalIsAWSService", "false", "true"),
        ("DateEquals", "aws:CurrentTime", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("NumericEquals", "aws:EpochTime", "1767225600", "0"),
    ],
)
def test_the_requests_keys_are_known(operator: str, key: str, right: str, wrong: str) -> None:
    assert allowed_if(operator, key, right)
    assert not allowed_if(operator, key, wrong)


def test_every_need_has_to_be_allowed_and_the_first_refusal_is_told() -> None:
    only_put = CallerPolicies((policy(statement(), name="writes"),))
    assert authorize(WRITER, [PUT], only_put, here, KEYS).statement == "writes, statement 1"
    assert authorize(WRITER, [PUT, PASS], EVERYTHING, here, KEYS).allowed
    refused = authorize(WRITER, [PUT, PASS], only_put, here, KEYS)
    assert refused.reason == (
        f"User: {SESSION} is not authorized to perform: iam:PassRole on resource: {ROLE} "
        "because no identity-based policy allows the iam:PassRole action"
    )


def test_each_need_meets_the_policy_of_its_own_resource() -> None:
    bucket = granting({"AWS": ROLE})
    sides = {PUT.resource: ResourceSide(THERE, bucket), PASS.resource: ResourceSide(HERE)}
    asked: list[Need] = []

    def side_of(need: Need) -> ResourceSide:
        asked.append(need)
        return sides[need.resource]

    assert authorize(WRITER, [PUT, PASS], EVERYTHING, side_of, KEYS).allowed
    assert asked == [PUT, PASS]
    sides[PUT.resource] = ResourceSide(THERE)
    assert not authorize(WRITER, [PUT, PASS], EVERYTHING, side_of, KEYS).allowed


def test_a_call_without_needs_is_allowed() -> None:
    assert authorize(WRITER, [], CallerPolicies(), here, KEYS).allowed


def test_what_a_need_brings_outweighs_what_the_request_brings() -> None:
    forwarded = Need("s3:PutObject", PUT.resource, {"aws:SecureTransport": "true"})
    over_tls = CallerPolicies(
        (policy(statement(Condition={"Bool": {"aws:SecureTransport": "true"}})),)
    )
    assert authorize(WRITER, [forwarded], over_tls, here, KEYS).allowed
    assert not authorize(WRITER, [PUT], over_tls, here, KEYS).allowed


def test_a_service_says_for_whom_it_acts() -> None:
    """Page "The confused deputy problem": aws:SourceAccount and aws:SourceArn."""
    stream = f"arn:aws:firehose:eu-west-1:{HERE}:deliverystream/logs"
    block = {
        "StringEquals": {"aws:SourceAccount": HERE},
        "ArnLike": {"aws:SourceArn": f"arn:aws:firehose:*:{HERE}:deliverystream/*"},
    }
    side = ResourceSide(HERE, granting({"Service": FIREHOSE.arn}, Condition=block))
    for keys, expected in (
        (source_keys(account=HERE, arn=stream), True),
        (source_keys(account=THERE, arn=stream), False),
        (source_keys(account=HERE), False),
    ):
        decision = authorize(FIREHOSE, [PUT], CallerPolicies(), lambda _: side, {**KEYS, **keys})
        assert decision.allowed is expected


def test_the_caller_cannot_bring_its_own_principal_keys() -> None:
    block = {"StringEquals": {"aws:PrincipalAccount": THERE}}
    conditional = CallerPolicies((policy(statement(Condition=block)),))
    forged = {**KEYS, "aws:principalaccount": THERE}
    assert not authorize(WRITER, [PUT], conditional, here, forged).allowed


@pytest.mark.parametrize("key", ["aws:PrincipalArn", "aws:PrincipalAccount", "aws:username"])
def test_a_stranger_has_no_principal_keys(key: str) -> None:
    side = ResourceSide(HERE, granting("*", Condition={"Null": {key: "true"}}))
    assert authorize(ANONYMOUS, [PUT], CallerPolicies(), lambda _: side, KEYS).allowed


def test_a_users_name_is_the_last_part_of_its_arn() -> None:
    ada = Principal(f"arn:aws:iam::{HERE}:user/team/ada", HERE)
    own = policy(statement(Resource="arn:aws:s3:::backup/${aws:username}"))
    need = Need("s3:PutObject", "arn:aws:s3:::backup/ada")
    assert authorize(ada, [need], CallerPolicies((own,)), here, KEYS).allowed


@pytest.mark.parametrize(
    ("service", "headers", "code", "status"),
    [
        ("firehose", {"x-amz-target": "Firehose_20150804.PutRecord"}, "AccessDeniedException", 400),
        ("kms", {}, "AccessDeniedException", 400),
        ("lambda", {}, "AccessDeniedException", 403),
        ("es", {}, "AccessDeniedException", 403),
        ("sts", {}, "AccessDenied", 403),
        ("iam", {}, "AccessDenied", 403),
        ("s3", {}, "AccessDenied", 403),
        ("sns", {}, "AuthorizationError", 403),
        ("ec2", {}, "UnauthorizedOperation", 403),
        ("monitoring", {}, "AccessDenied", 403),
        ("monitoring", {"x-amz-target": "X.PutMetricData"}, "AccessDeniedException", 400),
        ("monitoring", {"smithy-protocol": "rpc-v2-cbor"}, "AccessDeniedException", 400),
    ],
)
def test_a_refusal_has_the_services_own_code(
    service: str, headers: dict[str, str], code: str, status: int
) -> None:
    error = denial(Decision(False, "User: x is not authorized"), service, headers)
    assert (error.code, error.status) == (code, status)
    assert error.message.endswith("User: x is not authorized")
