"""What an API call needs permission for, and the names that it is worked out from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from firehose_logging.local.api import Principal
from firehose_logging.local.iam.context import ContextValue

EVERY = "*"

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One action on one resource, with the condition keys that the call itself brings.

    Attributes:
        action: for example ``firehose:PutRecordBatch``.
        resource: an ARN; ``*`` for an action without a resource; ``None`` where it isn't known
            what the call touches, so that only statements about every resource allow it.
    """

    action: str
    resource: str | None
    context: Mapping[str, ContextValue] = field(default_factory=dict)


def _unresolved(_kind: str, _name: str) -> str | None:
    return None


@dataclass(frozen=True)
class Names:
    """Where and for whom a call is made.

    Attributes:
        resolve: returns the ARN of what goes by another name, given its kind (``role``,
            ``user``, ``group``, ``instance-profile`` with a path; ``key`` by alias) and that
            name; ``None`` when it is the plain one. For an ``access-key`` it is its user's. For a
            ``ciphertext`` (base64) it names the key that made it. For ``vpc of`` or ``subnet of``
            a kind of EC2's it returns the id of the VPC or subnet that the thing is in.
    """

    account: str
    region: str
    caller: Principal
    partition: str = "aws"
    resolve: Callable[[str, str], str | None] = _unresolved

    def arn(self, service: str, resource: str) -> str:
        """Return a Region's ARN in the account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Return an ARN in the account, outside of Regions."""
        return f"arn:{self.partition}:{service}::{self.account}:{resource}"


def text(parameters: Parameters, *names: str) -> str | None:
    """Return the first of the parameters that is a string with something in it."""
    for name in names:
        value = parameters.get(name)
        if isinstance(value, str) and value:
            return value
    return None


def texts(parameters: Parameters, name: str) -> list[str]:
    """Return a parameter's strings, one or many."""
    value = parameters.get(name)
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str) and each]


def on_each(action: str, resources: Iterable[str]) -> list[Need]:
    """Return a need per resource, of the unknown resource when there is none."""
    needs = [Need(action, resource) for resource in resources]
    return needs or [Need(action, None)]


def passed_roles(
    parameters: object, key: str, service: str, resource: str | None = None
) -> list[Need]:
    """Return ``iam:PassRole`` for each role that stands under ``key``, at whatever depth.

    IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
    """
    context = {"iam:PassedToService": service}
    if resource is not None:
        context["iam:AssociatedResourceArn"] = resource
    roles = sorted(set(_under(key, parameters)))
    return [Need("iam:PassRole", role, context) for role in roles]


def _under(key: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == key and isinstance(inner, str):
                yield inner
            else:
                yield from _under(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _under(key, inner)
