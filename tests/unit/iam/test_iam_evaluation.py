"""Who may do what. IAM User Guide, "Policy evaluation logic" and the pages below it."""

from __future__ import annotations

from typing import Any

import pytest

from firehose_logging.local.api import Principal
from firehose_logging.local.iam.policy import PolicyKind, read_policy

from .policies import (
    ACTION,
    ADA,
    HERE,
    NO_IDENTITY,
    NO_RESOURCE,
    OBJECT,
    ROLE,
    ROOT,
    SESSION,
    THERE,
    USER,
    WRITER,
    bucket_policy,
    decide,
    granting,
    policy,
    statement,
)


class TestIdentityPolicies:
    """Page: "Determining whether a request is allowed or denied within an account"."""

    def test_nothing_is_allowed_by_default(self) -> None:
        decision = decide()
        assert not decision.allowed
        assert decision.reason == (
            f'User: {SESSION} is not authorized to perform: s3:PutObject on resource: "{OBJECT}" '
            + NO_IDENTITY
        )

    def test_an_allow_allows_and_names_its_statement(self) -> None:
        decision = decide(policy(statement(Sid="Writes"), name="delivery"))
        assert decision.allowed
        assert decision.statement == "delivery, statement 1 (Writes)"

    def test_an_explicit_deny_overrides_any_allow(self) -> None:
        decision = decide(policy(statement(), statement("Deny", Resource="arn:aws:s3:::backup/*")))
        assert decision.reason.endswith("with an explicit deny in an identity-based policy")
        assert decision.statement == "p, statement 2"

    def test_actions_match_by_wildcard_and_in_any_case(self) -> None:
        assert decide(policy(statement(Action="S3:put*"))).allowed
        assert decide(policy(statement(Action="*"))).allowed
        assert not decide(policy(statement(Action="s3:Put?bject?"))).allowed

    def test_not_action_is_every_other_action(self) -> None:
        assert decide(policy(statement(Action=None, NotAction="iam:*"))).allowed
        assert not decide(policy(statement(Action=None, NotAction=["iam:*", "s3:Put*"]))).allowed

    def test_not_resource_is_every_other_resource(self) -> None:
        elsewhere = statement(Resource=None, NotResource="arn:aws:s3:::other/*")
        here = statement(Resource=None, NotResource="arn:aws:s3:::backup/*")
        assert decide(policy(elsewhere)).allowed
        assert not decide(policy(here)).allowed
        assert not decide(policy(statement(), {**elsewhere, "Effect": "Deny"})).allowed

    def test_all_conditions_must_hold(self) -> None:
        block = {"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"s3:prefix": "2026/*"}}
        allowed = policy(statement(Condition=block))
        keys = {"aws:SecureTransport": "true", "s3:prefix": "2026/x"}
        assert decide(allowed, context=keys).allowed
        assert not decide(allowed, context={**keys, "s3:prefix": "2025/x"}).allowed
        assert not decide(allowed, context={"s3:prefix": "2026/x"}).allowed

    def test_a_variable_stands_for_the_callers_name(self) -> None:
        own = policy(statement(Resource="arn:aws:s3:::backup/${aws:username}/*"))
        assert decide(own, by=ADA, resource="arn:aws:s3:::backup/ada/x").allowed
        assert not decide(own, by=ADA, resource="arn:aws:s3:::backup/bob/x").allowed

    def test_in_the_older_version_a_variable_stands_for_itself(self) -> None:
        statements = [statement(Resource="arn:aws:s3:::backup/${aws:username}/*")]
        document = {"Version": "2008-10-17", "Statement": statements}
        older = read_policy(document, PolicyKind.IDENTITY, "older")
        assert not decide(older, by=ADA, resource="arn:aws:s3:::backup/ada/x").allowed
        literal = "arn:aws:s3:::backup/${aws:username}/x"
        assert decide(older, by=ADA, resource=literal).allowed

    @pytest.mark.parametrize(
        "elements",
        [
            {"Resource": "arn:aws:s3:::backup/${aws:username}*"},
            {"Resource": None, "NotResource": "arn:aws:s3:::${aws:username}"},
            {"Condition": {"StringNotEquals": {"s3:prefix": "${aws:username}"}}},
        ],
    )
    def test_an_unknown_variable_never_allows(self, elements: dict[str, Any]) -> None:
        assert not decide(policy(statement(**elements)), by=WRITER).allowed

    def test_an_unknown_variable_leaves_a_denial_in_place(self) -> None:
        block = {"StringNotEquals": {"s3:prefix": "${aws:username}"}}
        denial = statement("Deny", Condition=block)
        assert not decide(policy(statement(), denial), by=WRITER).allowed

    def test_the_root_user_needs_no_policy(self) -> None:
        assert decide(by=ROOT).allowed

    def test_an_unknown_resource_is_allowed_by_statements_about_everything_alone(self) -> None:
        assert decide(policy(statement(Resource="*")), resource=None).allowed
        for elements in (
            {"Resource": "arn:aws:s3:::*"},
            {"Resource": None, "NotResource": "arn:aws:s3:::x"},
        ):
            assert not decide(policy(statement(**elements)), resource=None).allowed
        denial = statement("Deny", Resource="arn:aws:s3:::only-this")
        assert not decide(policy(statement(), denial), resource=None).allowed


class TestWhatCannotBeEvaluated:
    @pytest.mark.parametrize("broken", ["{", '{"Statement": [{"Effect": "Allow"}]}'])
    def test_a_broken_policy_denies_and_says_so(self, broken: str) -> None:
        decision = decide(policy(statement()), read_policy(broken, PolicyKind.IDENTITY, "odd"))
        assert not decision.allowed
        assert "because the identity-based policy odd can't be evaluated: " in decision.reason

    def test_an_unknown_operator_denies_and_says_so(self) -> None:
        odd = policy(statement(Condition={"StringFoo": {"aws:SourceIp": "x"}}), name="odd")
        assert "unknown condition operator 'StringFoo'" in decide(policy(statement()), odd).reason

    def test_a_condition_that_the_request_makes_unreadable_denies_and_says_so(self) -> None:
        block = {"StringNotEquals": {"aws:TagKeys": "x"}}
        decision = decide(
            policy(statement(), statement(Condition=block)), context={"aws:TagKeys": ["a", "b"]}
        )
        assert not decision.allowed
        assert "statement 2 of the identity-based policy p can't be evaluated" in decision.reason
        assert decision.statement == "p, statement 2"


class TestResourcePoliciesInTheSameAccount:
    """Page: "Identity-based policies and resource-based policies". Their union counts."""

    @pytest.mark.parametrize(
        "principal",
        [{"AWS": SESSION}, {"AWS": ROLE}, {"AWS": [USER, ROLE]}, {"AWS": "*"}, "*"],
    )
    def test_a_resource_policy_allows_by_itself(self, principal: Any) -> None:
        assert decide(on=granting(principal)).allowed

    @pytest.mark.parametrize(
        "principal",
        [
            {"AWS": HERE},
            {"AWS": f"arn:aws:iam::{HERE}:root"},
            {"AWS": USER},
            {"AWS": THERE},
            {"AWS": f"arn:aws:sts::{HERE}:assumed-role/writer/another"},
            {"AWS": "AROAEXAMPLEEXAMPLE123"},
            {"Service": "firehose.amazonaws.com"},
            {"Federated": "cognito-identity.amazonaws.com"},
        ],
    )
    def test_naming_the_account_or_someone_else_allows_nothing(self, principal: Any) -> None:
        assert decide(on=granting(principal)).reason.endswith(NO_IDENTITY)

    def test_naming_the_account_leaves_it_to_identity_policies(self) -> None:
        assert decide(policy(statement()), on=granting({"AWS": HERE})).allowed

    def test_an_identity_policy_allows_where_the_resource_policy_is_silent(self) -> None:
        assert decide(policy(statement()), on=granting({"AWS": USER})).allowed

    @pytest.mark.parametrize("principal", ["*", {"AWS": HERE}, {"AWS": ROLE}, {"AWS": SESSION}])
    def test_an_explicit_deny_of_the_resource_wins(self, principal: Any) -> None:
        denied = decide(
            policy(statement()), on=bucket_policy(statement("Deny", Principal=principal))
        )
        assert denied.reason.endswith("with an explicit deny in a resource-based policy")

    def test_a_deny_without_tls_spares_tls(self) -> None:
        block = {"Bool": {"aws:SecureTransport": "false"}}
        plain = bucket_policy(statement("Deny", Principal="*", Condition=block))
        assert decide(
            policy(statement()), on=plain, context={"aws:SecureTransport": "true"}
        ).allowed
        assert not decide(
            policy(statement()), on=plain, context={"aws:SecureTransport": "false"}
        ).allowed

    def test_not_principal_denies_all_but_who_is_listed_in_every_form(self) -> None:
        """Page: "AWS JSON policy elements: NotPrincipal"."""
        listed = [SESSION, ROLE, f"arn:aws:iam::{HERE}:root"]
        for left_out in [None, *listed]:
            names = [name for name in listed if name != left_out]
            spared = bucket_policy(statement("Deny", Principal=None, NotPrincipal={"AWS": names}))
            assert decide(policy(statement()), on=spared).allowed is (left_out is None)

    def test_not_principal_with_allow_is_everyone_else(self) -> None:
        others = bucket_policy(statement(Principal=None, NotPrincipal={"AWS": USER}))
        assert decide(on=others).allowed
        assert not decide(on=others, by=ADA).allowed

    def test_the_principals_arn_is_the_roles(self) -> None:
        block = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HERE}:role/wri*"}}
        assert decide(on=granting("*", Condition=block)).allowed
        assert not decide(on=granting("*", Condition=block), by=ADA).allowed


class TestCrossAccount:
    """Page: "Cross-account policy evaluation logic". Both sides have to allow."""

    @pytest.mark.parametrize("principal", [{"AWS": HERE}, {"AWS": ROLE}, {"AWS": SESSION}, "*"])
    def test_both_sides_allow(self, principal: Any) -> None:
        theirs = granting(principal)
        assert decide(policy(statement()), on=theirs, account=THERE).allowed
        assert decide(on=theirs, account=THERE).reason.endswith(NO_IDENTITY)

    def test_the_resources_side_has_to_allow(self) -> None:
        assert decide(policy(statement()), account=THERE).reason.endswith(NO_RESOURCE)
        for principal in ({"AWS": THERE}, {"AWS": USER}):
            denied = decide(policy(statement()), on=granting(principal), account=THERE)
            assert denied.reason.endswith(NO_RESOURCE)

    def test_a_foreign_user_named_directly_still_needs_its_own_policy(self) -> None:
        theirs = granting({"AWS": USER})
        assert not decide(by=ADA, on=theirs, account=THERE).allowed
        assert decide(policy(statement()), by=ADA, on=theirs, account=THERE).allowed


class TestPermissionsBoundaries:
    """Page: "Permissions boundaries for IAM entities". They limit, and never allow."""

    nothing = policy(statement(Action="ec2:*"), name="boundary")
    message = f"because no permissions boundary allows the {ACTION} action"

    def test_a_boundary_limits_identity_policies(self) -> None:
        assert decide(policy(statement()), boundary=policy(statement())).allowed
        assert decide(policy(statement()), boundary=self.nothing).reason.endswith(self.message)

    def test_a_boundary_allows_nothing_by_itself(self) -> None:
        assert decide(boundary=policy(statement())).reason.endswith(NO_IDENTITY)

    @pytest.mark.parametrize("principal", [{"AWS": ROLE}, {"AWS": "*"}, "*"])
    def test_a_boundary_limits_a_grant_to_the_roles_arn_or_to_everyone(
        self, principal: Any
    ) -> None:
        denied = decide(on=granting(principal), boundary=self.nothing)
        assert denied.reason.endswith(self.message)

    @pytest.mark.parametrize(("by", "arn"), [(WRITER, SESSION), (ADA, USER)])
    def test_a_boundary_does_not_limit_a_grant_to_the_session_or_user(
        self, by: Principal, arn: str
    ) -> None:
        assert decide(by=by, on=granting({"AWS": arn}), boundary=self.nothing).allowed

    def test_an_explicit_deny_of_the_boundary_wins(self) -> None:
        denied = decide(on=granting({"AWS": SESSION}), boundary=policy(statement("Deny")))
        assert denied.reason.endswith("with an explicit deny in a permissions boundary")


class TestSessionPolicies:
    """Page: "Policies and permissions in IAM", session policies. They limit the session."""

    nothing = policy(statement(Action="ec2:*"), name="session")
    message = f"because no session policy allows the {ACTION} action"

    def test_a_session_policy_limits_identity_policies(self) -> None:
        assert decide(policy(statement()), session=(policy(statement()),)).allowed
        assert decide(policy(statement()), session=(self.nothing,)).reason.endswith(self.message)

    def test_one_of_several_session_policies_is_enough(self) -> None:
        assert decide(policy(statement()), session=(self.nothing, policy(statement()))).allowed

    def test_a_session_policy_limits_a_grant_to_the_role_but_not_to_the_session(self) -> None:
        assert not decide(on=granting({"AWS": ROLE}), session=(self.nothing,)).allowed
        assert decide(on=granting({"AWS": SESSION}), session=(self.nothing,)).allowed

    def test_an_explicit_deny_of_the_session_wins(self) -> None:
        denied = decide(policy(statement()), session=(policy(statement("Deny")),))
        assert denied.reason.endswith("with an explicit deny in a session policy")
