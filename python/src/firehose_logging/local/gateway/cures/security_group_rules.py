"""Moto keeps the description of a rule about a group, but does not show it."""

from __future__ import annotations

from typing import Any

from firehose_logging.local.api import ApiAnswer
from firehose_logging.local.gateway.request import Request
from firehose_logging.local.gateway.service import Proceed


class SecurityGroupRules:
    """Descriptions of all kinds of security group rules."""

    service = "ec2"
    operations = frozenset({"DescribeSecurityGroupRules"})

    async def answer(self, request: Request, operation: str, proceed: Proceed) -> ApiAnswer:  # noqa: ARG002 - the protocol's
        """Let moto describe its rules with their descriptions."""
        from moto.ec2.models.security_groups import SecurityGroupRule

        SecurityGroupRule.description = property(_description)
        return await proceed(request)


def _description(rule: Any) -> str | None:
    described = rule.ip_range.get("Description") or rule.source_group.get("Description")
    return None if described is None else str(described)
