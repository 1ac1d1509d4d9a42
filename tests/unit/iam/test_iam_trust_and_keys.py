"""Where a resource's own policy has to allow: services, strangers, keys, roles."""

from __future__ import annotations

from typing import Any

import pytest

from firehose_logging.local.iam.context import ANONYMOUS
from firehose_logging.local.iam.evaluate import Decision
from firehose_logging.local.iam.policy import Policy, PolicyKind

from .policies import (
    ADA,
    FIREHOSE,
    HERE,
    OBJECT,
    ROLE,
    ROOT,
    SESSION,
    THERE,
    USER,
    bucket_policy,
    decide,
    granting,
    policy,
    statement,
)


class TestServicesAndStrangers:
    def test_a_service_needs_the_resources_policy(self) -> None:
        source = {"StringEquals": {"aws:SourceAccount": HERE}}
        allowed = granting({"Service": "firehose.amazonaws.com"}, Condition=source)
        assert decide(by=FIREHOSE, on=allowed, context={"aws:SourceAccount": HERE}).allowed
        assert not decide(by=FIREHOSE, on=allowed, context={"aws:SourceAccount": THERE}).allowed
        assert not decide(by=FIREHOSE, on=granting({"Service": "sns.amazonaws.com"})).allowed
        assert not decide(by=FIREHOSE).allowed

    @pytest.mark.parametrize("everyone", ["*", {"AWS": "*"}, {"Service": "*"}])
    def test_a_service_is_part_of_everyone(self, everyone: Any) -> None:
        trusted = statement(Principal={"Service": "firehose.amazonaws.com"})
        assert decide(by=FIREHOSE, on=bucket_policy(statement(Principal=everyone))).allowed
        denial = statement("Deny", Principal=everyone)
        assert not decide(by=FIREHOSE, on=bucket_policy(trusted, denial)).allowed

    def test_a_stranger_is_allowed_by_a_policy_for_everyone_alone(self) -> None:
        block = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
        public = granting({"AWS": "*"}, Action="es:ESHttp*", Condition=block)
        path = f"arn:aws:es:eu-west-1:{HERE}:domain/logs/_search"
        ask: dict[str, Any] = {"by": ANONYMOUS, "action": "es:ESHttpGet", "resource": path}
        assert decide(on=public, context={"aws:SourceIp": "203.0.113.4"}, **ask).allowed
        denied = decide(on=public, context={"aws:SourceIp": "198.51.100.4"}, **ask)
        assert denied.reason == (
            "User: anonymous is not authorized to perform: es:ESHttpGet "
            "because no resource-based policy allows the es:ESHttpGet action"
        )
        for principal in ({"AWS": HERE}, {"AWS": USER}):
            assert not decide(on=granting(principal, Action="es:*"), **ask).allowed


class TestKeys:
    """AWS KMS Developer Guide, "Key policies": without the key policy nobody may anything."""

    key = f"arn:aws:kms:eu-west-1:{HERE}:key/1234"
    to_the_account = bucket_policy(
        statement(Principal={"AWS": f"arn:aws:iam::{HERE}:root"}, Action="kms:*")
    )

    def use(self, *identity: Policy, on: Policy | None, **more: Any) -> Decision:
        return decide(
            *identity, action="kms:Decrypt", resource=self.key, on=on, must_allow=True, **more
        )

    def test_an_identity_policy_alone_is_not_enough(self) -> None:
        silent = bucket_policy(statement(Principal={"AWS": USER}, Action="kms:*"))
        denied = self.use(policy(statement(Action="kms:*")), on=silent)
        assert denied.reason == (
            f"User: {SESSION} is not authorized to perform: kms:Decrypt on resource: {self.key} "
            "because no resource-based policy allows the kms:Decrypt action"
        )
        assert not self.use(by=ROOT, on=silent).allowed

    def test_the_key_policy_may_leave_it_to_the_account(self) -> None:
        assert self.use(policy(statement(Action="kms:*")), on=self.to_the_account).allowed
        assert self.use(by=ROOT, on=self.to_the_account).allowed
        denied = self.use(on=self.to_the_account)
        assert denied.reason.endswith(
            "because no identity-based policy allows the kms:Decrypt action"
        )

    def test_the_key_policy_may_allow_the_role_itself(self) -> None:
        direct = bucket_policy(statement(Principal={"AWS": ROLE}, Action="kms:Decrypt"))
        assert self.use(on=direct).allowed

    def test_conditions_on_the_way_and_the_encryption_context(self) -> None:
        """G3: through S3, with the context of the bucket and its objects."""
        block = {
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
            "StringLike": {
                "kms:EncryptionContext:aws:s3:arn": [
                    *("arn:aws:s3:::backup", "arn:aws:s3:::backup/*")
                ]
            },
        }
        allowed = policy(statement(Action="kms:Decrypt", Condition=block))
        via = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
        scope = "kms:EncryptionContext:aws:s3:arn"
        for arn in ("arn:aws:s3:::backup", OBJECT):
            keys = {**via, scope: arn}
            assert self.use(allowed, on=self.to_the_account, context=keys).allowed
        for keys in ({**via, scope: "arn:aws:s3:::other"}, via, {scope: OBJECT}):
            assert not self.use(allowed, on=self.to_the_account, context=keys).allowed


class TestTrust:
    """Pages: "Grant a user permissions to switch roles", "The confused deputy problem"."""

    action = "sts:AssumeRole"

    def trusting(self, principal: Any, effect: str = "Allow", **elements: Any) -> Policy:
        trust = statement(
            effect, Action=self.action, Resource=None, Principal=principal, **elements
        )
        return policy(trust, kind=PolicyKind.TRUST, name="trust")

    def assume(self, *identity: Policy, on: Policy, **more: Any) -> Decision:
        return decide(*identity, action=self.action, resource=ROLE, on=on, must_allow=True, **more)

    def test_a_service_is_trusted_with_the_external_id_alone(self) -> None:
        """G6."""
        block = {"StringEquals": {"sts:ExternalId": HERE}}
        trust = self.trusting({"Service": "firehose.amazonaws.com"}, Condition=block)
        assert self.assume(by=FIREHOSE, on=trust, context={"sts:ExternalId": HERE}).allowed
        assert not self.assume(by=FIREHOSE, on=trust, context={"sts:ExternalId": THERE}).allowed
        assert not self.assume(by=FIREHOSE, on=trust).allowed

    def test_who_is_not_trusted_may_not_whatever_its_own_policies_say(self) -> None:
        trust = self.trusting({"Service": "firehose.amazonaws.com"})
        denied = self.assume(policy(statement(Action="*")), by=ADA, on=trust)
        assert denied.reason == (
            f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {ROLE} "
            "because no role trust policy allows the sts:AssumeRole action"
        )

    def test_a_trusted_user_of_the_account_needs_no_policy(self) -> None:
        assert self.assume(by=ADA, on=self.trusting({"AWS": USER})).allowed

    def test_a_trusted_account_leaves_it_to_its_policies(self) -> None:
        trust = self.trusting({"AWS": HERE})
        assert not self.assume(by=ADA, on=trust).allowed
        assert self.assume(policy(statement(Action=self.action)), by=ADA, on=trust).allowed

    def test_another_account_needs_both(self) -> None:
        trust = self.trusting({"AWS": USER})
        assert not self.assume(by=ADA, on=trust, account=THERE).allowed
        own = policy(statement(Action=self.action))
        assert self.assume(own, by=ADA, on=trust, account=THERE).allowed

    def test_an_explicit_deny_wins(self) -> None:
        trust = self.trusting({"AWS": USER}, "Deny")
        denied = self.assume(policy(statement(Action="*")), by=ADA, on=trust)
        assert denied.reason.endswith("with an explicit deny in the role trust policy")
