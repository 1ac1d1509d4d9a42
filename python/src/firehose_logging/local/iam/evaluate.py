"""Decide over one action by all policies that have a say.

Specification: IAM User Guide, "Policy evaluation logic" with "… for requests within a single
account" and "Cross-account policy evaluation logic"; AWS KMS Developer Guide, "Key policies";
texts: IAM User Guide, "Troubleshoot access denied error messages". Service and resource control
policies of AWS Organizations and KMS grants are not modelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firehose_logging.local.iam.conditions import PolicyError
from firehose_logging.local.iam.context import ANONYMOUS
from firehose_logging.local.iam.policy import AccessRequest, Policy, PolicyKind, Statement
from firehose_logging.local.iam.principals import Grant

_BOUNDARY = "permissions boundary"
_SESSION = "session policy"


@dataclass(frozen=True)
class Decision:
    """Whether an action is allowed, and why in AWS's words.

    Attributes:
        statement: the statement that decided, as ``<policy>, statement <n> (<Sid>)``; ``None``
            where no statement did.
    """

    allowed: bool
    reason: str
    statement: str | None = None


@dataclass(frozen=True)
class CallerPolicies:
    """What is attached to the caller.

    Attributes:
        identity: policies of the user with its groups, or of the role.
        boundary: the permissions boundary, if there is one.
        session: policies passed when the session began; empty when there were none.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] = ()


@dataclass(frozen=True)
class ResourceSide:
    """What hangs on the resource.

    Attributes:
        account: whose the resource is.
        policy: its policy, ``None`` when it has none.
        must_allow: whether nothing goes without that policy: KMS keys and roles to be assumed.
    """

    account: str
    policy: Policy | None = None
    must_allow: bool = False


class _Denied(Exception):  # noqa: N818 - a decision on its way up, not an error
    def __init__(self, why: str, statement: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.statement = statement


def evaluate(request: AccessRequest, caller: CallerPolicies, resource: ResourceSide) -> Decision:
    """Decide over one action; what can't be evaluated is denied and the reason says so."""
    try:
        _check_explicit_denials(request, caller, resource)
        statement = _allowing_statement(request, caller, resource)
    except _Denied as denied:
        return Decision(False, f"{_preamble(request)} {denied.why}", denied.statement)
    return Decision(True, f"{statement} allows {request.action}", statement)


def _preamble(request: AccessRequest) -> str:
    text = f"User: {request.principal.arn} is not authorized to perform: {request.action}"
    if request.resource is None or request.action.startswith("es:ESHttp"):
        return text
    quoted = f'"{request.resource}"' if request.action.startswith("s3:") else request.resource
    return f"{text} on resource: {quoted}"


def _check_explicit_denials(
    request: AccessRequest, caller: CallerPolicies, resource: ResourceSide
) -> None:
    labelled = [(policy, policy.kind.value) for policy in caller.identity]
    if resource.policy is not None:
        labelled.insert(0, (resource.policy, resource.policy.kind.value))
    if caller.boundary is not None:
        labelled.append((caller.boundary, _BOUNDARY))
    labelled += [(policy, _SESSION) for policy in caller.session]
    for policy, label in labelled:
        if policy.problem is not None:
            raise _Denied(f"because the {label} {policy.name} can't be evaluated: {policy.problem}")
        for statement in policy.statements:
            if not statement.allows and _grant(statement, policy, label, request) != Grant.NONE:
                article = "the" if policy.kind is PolicyKind.TRUST else _article(label)
                raise _Denied(
                    f"with an explicit deny in {article} {label}", _place(policy, statement)
                )


def _article(label: str) -> str:
    return "an" if label[0] in "aeiou" else "a"


def _grant(statement: Statement, policy: Policy, label: str, request: AccessRequest) -> Grant:
    try:
        return statement.grant(request)
    except PolicyError as broken:
        raise _Denied(
            f"because {statement.place} of the {label} {policy.name} can't be evaluated: {broken}",
            _place(policy, statement),
        ) from None


def _place(policy: Policy, statement: Statement) -> str:
    return f"{policy.name}, {statement.place}"


def _allowing_statement(
    request: AccessRequest, caller: CallerPolicies, resource: ResourceSide
) -> str:
    grant, granted_by = Grant.NONE, ""
    if resource.policy is not None:
        label = resource.policy.kind.value
        grant, granted_by = _best_allowance([resource.policy], label, request)
    principal = request.principal
    on_its_own = principal.is_service or principal == ANONYMOUS
    in_account = principal.account == resource.account
    if grant == Grant.DIRECT and (in_account or on_its_own):
        return granted_by
    if on_its_own and grant == Grant.LIMITED:
        return granted_by
    if on_its_own or (resource.must_allow and in_account and grant == Grant.NONE):
        raise _nothing_allows(_resource_label(resource), request)
    allowed_by = _allowed_by_identity(request, caller)
    if allowed_by is None and not (in_account and grant == Grant.LIMITED):
        raise _nothing_allows(PolicyKind.IDENTITY.value, request)
    _check_limits(request, caller)
    if not in_account and grant == Grant.NONE:
        raise _nothing_allows(_resource_label(resource), request)
    return allowed_by or granted_by


def _allowed_by_identity(request: AccessRequest, caller: CallerPolicies) -> str | None:
    if request.principal.arn.endswith(":root"):
        return "the account's root user"
    grant, place = _best_allowance(caller.identity, PolicyKind.IDENTITY.value, request)
    return None if grant == Grant.NONE else place


def _check_limits(request: AccessRequest, caller: CallerPolicies) -> None:
    if caller.boundary is not None:
        grant, _ = _best_allowance([caller.boundary], _BOUNDARY, request)
        if grant == Grant.NONE:
            raise _nothing_allows(_BOUNDARY, request)
    if caller.session:
        grant, _ = _best_allowance(caller.session, _SESSION, request)
        if grant == Grant.NONE:
            raise _nothing_allows(_SESSION, request)


def _best_allowance(
    policies: Iterable[Policy], label: str, request: AccessRequest
) -> tuple[Grant, str]:
    best, place = Grant.NONE, ""
    for policy in policies:
        for statement in policy.statements:
            if not statement.allows:
                continue
            grant = _grant(statement, policy, label, request)
            if grant > best:
                best, place = grant, _place(policy, statement)
    return best, place


def _resource_label(resource: ResourceSide) -> str:
    return resource.policy.kind.value if resource.policy else PolicyKind.RESOURCE.value


def _nothing_allows(label: str, request: AccessRequest) -> _Denied:
    return _Denied(f"because no {label} allows the {request.action} action")
