"""IAM and STS.

Service Authorization Reference, ``list_awsidentityandaccessmanagementiam`` and
``list_awssecuritytokenservice``.
"""

from __future__ import annotations

from collections.abc import Mapping

from firehose_logging.local.iam.context import ContextValue
from firehose_logging.local.iam.needs import EVERY, Names, Need, Parameters, text, texts

# "No permissions are required to perform this operation", or only signing in is.
_FREE_TOKENS = frozenset({"GetCallerIdentity", "GetSessionToken"})
_ASSUMPTIONS = frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
# The first parameter that a call has says what it is about.
_SUBJECTS = (
    ("InstanceProfileName", "instance-profile"),
    ("GroupName", "group"),
    ("RoleName", "role"),
    ("UserName", "user"),
)
_LISTS = {
    "ListRoles": "role",
    "ListUsers": "user",
    "ListGroups": "group",
    "ListPolicies": "policy",
    "ListInstanceProfiles": "instance-profile",
}
_ARN_PARAMETERS = ("PolicyArn", "OpenIDConnectProviderArn", "SAMLProviderArn")
_OF_THE_CALLER = frozenset(
    {
        *("GetUser", "CreateAccessKey", "DeleteAccessKey", "ListAccessKeys", "UpdateAccessKey"),
        *("ListMFADevices", "ListSigningCertificates", "ListSSHPublicKeys"),
    }
)


def sts(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to STS needs; nothing for asking who one is."""
    if operation in _FREE_TOKENS:
        return []
    action = f"sts:{operation}"
    if operation == "GetFederationToken":
        name = text(parameters, "Name") or ""
        return [Need(action, names.global_arn("sts", f"federated-user/{name}"))]
    if operation not in _ASSUMPTIONS:
        return [Need(action, EVERY)]
    role = text(parameters, "RoleArn")
    context = _assumption_context(parameters)
    needs = [Need(action, role, context)]
    if parameters.get("Tags"):
        needs.append(Need("sts:TagSession", role, context))
    if text(parameters, "SourceIdentity"):
        needs.append(Need("sts:SetSourceIdentity", role, context))
    return needs


def _assumption_context(parameters: Parameters) -> dict[str, ContextValue]:
    pairs = {
        "sts:ExternalId": text(parameters, "ExternalId"),
        "sts:RoleSessionName": text(parameters, "RoleSessionName"),
        "sts:SourceIdentity": text(parameters, "SourceIdentity"),
    }
    context: dict[str, ContextValue] = {key: value for key, value in pairs.items() if value}
    tags = parameters.get("Tags")
    keys = [tag["Key"] for tag in tags if isinstance(tag, Mapping) and "Key" in tag] if tags else []
    if keys:
        context["aws:TagKeys"] = keys
    return context


def iam(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to IAM needs."""
    action = f"iam:{operation}"
    context = _iam_context(parameters)
    if operation == "CreateServiceLinkedRole":
        service = text(parameters, "AWSServiceName") or ""
        arn = names.global_arn("iam", f"role/aws-service-role/{service}/*")
        return [Need(action, arn, {"iam:AWSServiceName": service})]
    needs = [Need(action, _subject(operation, parameters, names), context)]
    role = text(parameters, "RoleName")
    if operation == "AddRoleToInstanceProfile" and role:
        to_ec2 = {"iam:PassedToService": "ec2.amazonaws.com"}
        needs.append(Need("iam:PassRole", _named("role", role, parameters, names), to_ec2))
    return needs


def _iam_context(parameters: Parameters) -> dict[str, ContextValue]:
    context: dict[str, ContextValue] = {}
    policies = texts(parameters, "PolicyArn")
    if policies:
        context["iam:PolicyARN"] = policies[0]
    boundary = text(parameters, "PermissionsBoundary")
    if boundary:
        context["iam:PermissionsBoundary"] = boundary
    return context


def _subject(operation: str, parameters: Parameters, names: Names) -> str:
    if operation in _LISTS:
        prefix = text(parameters, "PathPrefix") or "/"
        return names.global_arn("iam", _LISTS[operation] + prefix)
    for parameter, kind in _SUBJECTS:
        name = text(parameters, parameter)
        if name:
            return _named(kind, name, parameters, names)
    arn = text(parameters, *_ARN_PARAMETERS)
    if arn:
        return arn
    policy = text(parameters, "PolicyName")
    if policy and operation == "CreatePolicy":
        return _named("policy", policy, parameters, names)
    return _owner(parameters, names) if operation in _OF_THE_CALLER else EVERY


def _owner(parameters: Parameters, names: Names) -> str:
    """Return whom a call without a user's name is about: a key's owner, else the caller."""
    key = text(parameters, "AccessKeyId")
    return (names.resolve("access-key", key) if key else None) or names.caller.arn


def _named(kind: str, name: str, parameters: Parameters, names: Names) -> str:
    path = text(parameters, "Path") or "/"
    return names.resolve(kind, name) or names.global_arn("iam", f"{kind}{path}{name}")
