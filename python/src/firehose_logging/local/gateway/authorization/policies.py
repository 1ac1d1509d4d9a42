"""The policies that moto keeps: of callers, and of what they want to touch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from firehose_logging.local.api import Principal
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID, PARTITION, in_region
from firehose_logging.local.iam.evaluate import CallerPolicies, ResourceSide
from firehose_logging.local.iam.needs import Need
from firehose_logging.local.iam.policy import Policy, PolicyKind, read_policy


def policies_of(principal: Principal) -> CallerPolicies:
    """Return what is attached to a caller; nothing for services and for nobody.

    That of a session is what was passed when it began, as well as what its role has.
    """
    from moto.iam.models import iam_backends

    iam = iam_backends[ACCOUNT_ID][PARTITION]
    if principal.role_arn is not None:
        role = _role(iam, principal.role_arn)
        if role is None:
            return CallerPolicies()
        return CallerPolicies(
            identity=tuple(_attached(role)),
            boundary=_boundary(role.permissions_boundary_arn),
            session=tuple(_session_policies(principal.access_key_id)),
        )
    user = _user(iam, principal.arn)
    if user is None:
        return CallerPolicies()
    holders = [user, *(group for group in list(iam.groups.values()) if user in group.users)]
    return CallerPolicies(identity=tuple(_attached_to_all(holders)))


def side_of(need: Need) -> ResourceSide:
    """Return whose a need's resource is, and the policy on it."""
    if need.action.startswith("sts:AssumeRole"):
        return _trust_side(need.resource or "")
    resource = need.resource
    parts = (resource or "").split(":", 5)
    if len(parts) < 6:
        return ResourceSide(ACCOUNT_ID)
    service, region, account, name = parts[2:]
    account = account or ACCOUNT_ID
    read = _READERS.get(service)
    # What is kept here is this account's, whatever names the same in another one.
    policy = None if read is None or account != ACCOUNT_ID else read(region, name)
    # A key's policy must allow; an alias has none, and IAM alone decides.
    is_key = service == "kms" and not name.startswith("alias/")
    return ResourceSide(account, policy, must_allow=is_key)


def _trust_side(role_arn: str) -> ResourceSide:
    from moto.iam.models import iam_backends

    role = _role(iam_backends[ACCOUNT_ID][PARTITION], role_arn)
    if role is None:
        return ResourceSide(ACCOUNT_ID, must_allow=True)
    policy = read_policy(role.assume_role_policy_document, PolicyKind.TRUST, role.arn)
    return ResourceSide(ACCOUNT_ID, policy, must_allow=True)


def _role(iam: Any, role_arn: str) -> Any:
    return next((role for role in list(iam.roles.values()) if role.arn == role_arn), None)


def _user(iam: Any, user_arn: str) -> Any:
    name = user_arn.rpartition("/")[2]
    user = iam.users.get(name)
    return user if user is not None and user.arn == user_arn else None


def _attached_to_all(holders: Iterable[Any]) -> Iterator[Policy]:
    for holder in holders:
        yield from _attached(holder)


def _attached(holder: Any) -> Iterator[Policy]:
    for name, document in list(holder.policies.items()):
        yield read_policy(document, PolicyKind.IDENTITY, name)
    for arn, policy in list(holder.managed_policies.items()):
        yield read_policy(_default_version(policy), PolicyKind.IDENTITY, arn)


def _default_version(policy: Any) -> str:
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])


def managed_document(arn: str) -> str | None:
    """Return the default version of a managed policy; ``None`` for one that is not there."""
    from moto.iam.models import iam_backends

    policy = iam_backends[ACCOUNT_ID][PARTITION].managed_policies.get(arn)
    return None if policy is None else _default_version(policy)


def _boundary(boundary_arn: str | None) -> Policy | None:
    if not boundary_arn:
        return None
    return read_policy(managed_document(boundary_arn) or "{}", PolicyKind.IDENTITY, boundary_arn)


def _session_policies(access_key_id: str | None) -> Iterator[Policy]:
    from moto.sts.models import sts_backends

    sts = sts_backends[ACCOUNT_ID][PARTITION]
    session = sts.get_assumed_role_from_access_key(access_key_id or "")
    if session is not None and session.policy:
        yield read_policy(session.policy, PolicyKind.IDENTITY, "session policy")


def _bucket_policy(_region: str, name: str) -> Policy | None:
    from moto.s3.models import s3_backends

    name = name.partition("/")[0]
    bucket = s3_backends[ACCOUNT_ID][PARTITION].buckets.get(name)
    if bucket is None or bucket.policy is None:
        return None
    document = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    return read_policy(document, PolicyKind.RESOURCE, f"arn:aws:s3:::{name}")


def _domain_policy(region: str, name: str) -> Policy | None:
    from moto.opensearch.models import opensearch_backends

    backend = in_region(opensearch_backends, region)
    domain = None if backend is None else backend.domains.get(_domain_in(name))
    if domain is None or not domain.access_policies:
        return None
    return read_policy(domain.access_policies, PolicyKind.RESOURCE, domain.arn)


def _domain_in(name: str) -> str:
    """Return the domain in ``domain/<name>/<path>``."""
    return name.partition("/")[2].partition("/")[0]


def _key_policy(region: str, name: str) -> Policy | None:
    from moto.kms.models import kms_backends

    backend = in_region(kms_backends, region)
    key = None if backend is None else backend.keys.get(name.partition("/")[2])
    if key is None:
        return None
    return read_policy(key.policy, PolicyKind.RESOURCE, key.arn)


def _function_policy(region: str, name: str) -> Policy | None:
    from moto.awslambda.utils import get_backend

    try:
        answer = get_backend(ACCOUNT_ID, region).get_policy(name.split(":")[1])
    except Exception:  # noqa: BLE001 - moto raises what Lambda answers where there is none
        return None
    # As Lambda answers GetPolicy: the document is a string in it.
    return read_policy(json.loads(answer)["Policy"], PolicyKind.RESOURCE, name)


_READERS: Mapping[str, Callable[[str, str], Policy | None]] = {
    "es": _domain_policy,
    "kms": _key_policy,
    "lambda": _function_policy,
    "s3": _bucket_policy,
}
"""Take the Region and the ARN's last part; return the resource's own policy."""
