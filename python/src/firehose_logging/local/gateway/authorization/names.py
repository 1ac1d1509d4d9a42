"""What goes by another name than its ARN: roles and users with a path, keys by alias."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID, PARTITION, in_region

_KEY_ID_BYTES = 36
"""Moto writes the id of the key at the beginning of what it encrypts."""


def resolver(region: str) -> Callable[[str, str], str | None]:
    """Return the function that ``iam.needs.Names.resolve`` asks for, for one Region."""

    def resolve(kind: str, name: str) -> str | None:
        if kind == "key":
            return key_arn(region, name)
        if kind == "access-key":
            return _owner_of_access_key(name)
        if kind == "ciphertext":
            return _key_of_ciphertext(region, name)
        if " of " in kind:
            return _place_in_network(region, kind, name)
        return _in_iam(kind, name)

    return resolve


def key_arn(region: str, name: str) -> str | None:
    """Return a key's ARN from its id, ARN, alias or alias's ARN; ``None`` for an unknown one."""
    key = _key(region, name)
    return None if key is None else str(key.arn)


def key_state(region: str, name: str) -> str | None:
    """Return a key's state, for example ``Disabled``; ``None`` for an unknown one."""
    key = _key(region, name)
    return None if key is None else str(key.key_state)


def _key(region: str, name: str) -> Any:
    from moto.kms.models import kms_backends

    backend = in_region(kms_backends, region)
    if backend is None:
        return None
    try:
        return backend.keys.get(backend.any_id_to_key_id(name))
    except Exception:  # noqa: BLE001 - moto raises what KMS answers for a name that is no key
        return None


def _key_of_ciphertext(region: str, blob: str) -> str | None:
    try:
        key_id = base64.b64decode(blob, validate=True)[:_KEY_ID_BYTES].decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return key_arn(region, key_id) if key_id else None


def _place_in_network(region: str, kind: str, name: str) -> str | None:
    """Return the id of the VPC or subnet that something of EC2's is in; ``None`` for no such."""
    from moto.ec2.models import ec2_backends

    ec2 = in_region(ec2_backends, region)
    place, _, what = kind.partition(" of ")
    if ec2 is None:
        return None
    if what == "network-interface":
        interface = ec2.enis.get(name)
        subnet = None if interface is None else interface.subnet
    else:
        # By zone, or by VPC, and only then by id.
        kept = {"subnet": ec2.subnets, "security-group": ec2.groups}.get(what, {})
        subnet = None
        found = next((things[name] for things in list(kept.values()) if name in things), None)
        return str(found.vpc_id) if found is not None and place == "vpc" else None
    if subnet is None:
        return None
    return str(subnet.vpc_id if place == "vpc" else subnet.id)


def _owner_of_access_key(access_key_id: str) -> str | None:
    from moto.iam.models import iam_backends

    iam = iam_backends[ACCOUNT_ID][PARTITION]
    key = iam.access_keys.get(access_key_id)
    owner = iam.users.get(key.user_name) if key is not None else None
    return None if owner is None else str(owner.arn)


def _in_iam(kind: str, name: str) -> str | None:
    from moto.iam.models import iam_backends

    iam = iam_backends[ACCOUNT_ID][PARTITION]
    kept: dict[str, Any] = {
        "role": iam.roles,
        "user": iam.users,
        "group": iam.groups,
        "instance-profile": iam.instance_profiles,
    }
    found = (each for each in list(kept.get(kind, {}).values()) if each.name == name)
    thing = next(found, None)
    return None if thing is None else str(thing.arn)
