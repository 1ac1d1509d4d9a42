"""Policies as Terraform left them in IAM, and the same with something taken out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import deepcopy
from typing import Any

from .deployed import Account

Document = Mapping[str, Any]
Permission = tuple[str, str]
"""The Sid of a statement and one of its actions."""


def as_list(value: Any) -> list[Any]:
    """Return what may stand without brackets as a list."""
    return list(value) if isinstance(value, list) else [value]


def actions_of(policy: Document) -> Iterator[Permission]:
    """Return each action of each statement."""
    for statement in as_list(policy["Statement"]):
        for action in as_list(statement["Action"]):
            yield statement["Sid"], action


def without_actions(policy: Document, gone: set[Permission]) -> dict[str, Any]:
    """Return the policy without some actions; a statement that has none left goes as well."""
    changed = deepcopy(dict(policy))
    changed["Statement"] = as_list(changed["Statement"])
    for statement in changed["Statement"]:
        statement["Action"] = [
            action
            for action in as_list(statement["Action"])
            if (statement["Sid"], action) not in gone
        ]
    changed["Statement"] = [one for one in changed["Statement"] if one["Action"]]
    return changed


class _PolicyOfRole:
    """A policy that stands in a role, as it was applied, and changed for a while."""

    def __init__(self, account: Account, role: str) -> None:
        self._account = account
        self._role = role
        self.document: Document = {}

    @asynccontextmanager
    async def _changed_to(self, document: Document) -> AsyncIterator[None]:
        await self._put(document)
        try:
            yield
        finally:
            await self._put(self.document)

    async def _put(self, document: Document) -> None:
        raise NotImplementedError


class RolePolicy(_PolicyOfRole):
    """The inline policy of a role."""

    async def read(self) -> None:
        """Read the policy as it was applied."""
        call = self._account.call
        (self._name,) = (await call("iam", "list_role_policies", RoleName=self._role))[
            "PolicyNames"
        ]
        got = await call("iam", "get_role_policy", RoleName=self._role, PolicyName=self._name)
        self.document = got["PolicyDocument"]

    def lacking(self, gone: set[Permission]) -> AbstractAsyncContextManager[None]:
        """Do without some actions for a while."""
        return self._changed_to(without_actions(self.document, gone))

    async def _put(self, document: Document) -> None:
        await self._account.call(
            "iam",
            "put_role_policy",
            RoleName=self._role,
            PolicyName=self._name,
            PolicyDocument=json.dumps(document),
        )


class TrustPolicy(_PolicyOfRole):
    """Who may assume a role, and when."""

    async def read(self) -> None:
        """Read the policy as it was applied."""
        got = await self._account.call("iam", "get_role", RoleName=self._role)
        self.document = got["Role"]["AssumeRolePolicyDocument"]

    @property
    def conditions(self) -> Mapping[str, Any]:
        """The values that the one statement asks for, by condition key."""
        (statement,) = as_list(self.document["Statement"])
        return {
            key: value
            for operator in statement["Condition"].values()
            for key, value in operator.items()
        }

    def asking_for(self, key: str, value: str) -> AbstractAsyncContextManager[None]:
        """Let one condition ask for something else for a while."""
        changed = deepcopy(dict(self.document))
        (statement,) = as_list(changed["Statement"])
        for operator in statement["Condition"].values():
            if key in operator:
                operator[key] = value
        return self._changed_to(changed)

    async def _put(self, document: Document) -> None:
        await self._account.call(
            "iam",
            "update_assume_role_policy",
            RoleName=self._role,
            PolicyDocument=json.dumps(document),
        )


class ManagedPolicy:
    """A managed policy, changed by another version of it."""

    def __init__(self, account: Account, arn: str) -> None:
        self._account = account
        self._arn = arn
        self.document: Document = {}

    async def read(self) -> None:
        """Read the policy as it was applied."""
        described = await self._call("get_policy")
        self._applied = described["Policy"]["DefaultVersionId"]
        got = await self._call("get_policy_version", VersionId=self._applied)
        self.document = got["PolicyVersion"]["Document"]

    @asynccontextmanager
    async def lacking(self, gone: set[Permission]) -> AsyncIterator[None]:
        """Do without some actions for a while."""
        made = await self._call(
            "create_policy_version",
            PolicyDocument=json.dumps(without_actions(self.document, gone)),
            SetAsDefault=True,
        )
        try:
            yield
        finally:
            await self._call("set_default_policy_version", VersionId=self._applied)
            version = made["PolicyVersion"]["VersionId"]
            await self._call("delete_policy_version", VersionId=version)

    async def _call(self, operation: str, **parameters: Any) -> Any:
        return await self._account.call("iam", operation, PolicyArn=self._arn, **parameters)
