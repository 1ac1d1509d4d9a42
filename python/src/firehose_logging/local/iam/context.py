"""The request's condition keys: global ones, and what a service adds.

Specification: IAM User Guide, "AWS global condition context keys".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from firehose_logging.local.api import Principal

ContextValue = str | Sequence[str]

# Who calls without any signature.
ANONYMOUS = Principal(arn="anonymous", account="")


class Context:
    """Condition keys and their values; the case of a key does not count."""

    def __init__(self, values: Mapping[str, ContextValue] | None = None) -> None:
        self._values = {
            key.lower(): (value,) if isinstance(value, str) else tuple(value)
            for key, value in (values or {}).items()
        }

    def __repr__(self) -> str:
        return f"Context({self._values!r})"

    def values_of(self, key: str) -> tuple[str, ...]:
        """Return a key's values, none when the request has no such key."""
        return self._values.get(key.lower(), ())

    def single(self, key: str) -> str | None:
        """Return a key's value when it has exactly one."""
        values = self.values_of(key)
        return values[0] if len(values) == 1 else None

    def with_values(self, values: Mapping[str, ContextValue]) -> Context:
        """Return a context that has these keys as well, or instead."""
        merged = Context(values)
        merged._values = {**self._values, **merged._values}
        return merged


def principal_keys(principal: Principal) -> dict[str, str]:
    """Return the keys that describe who calls."""
    if principal is ANONYMOUS or not principal.arn.startswith("arn:"):
        service = {"aws:PrincipalServiceName": principal.arn} if principal.is_service else {}
        return {
            "aws:PrincipalType": "Anonymous" if not service else "AWSService",
            "aws:PrincipalIsAWSService": "true" if service else "false",
            **service,
        }
    keys = {
        "aws:PrincipalArn": principal.role_arn or principal.arn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalIsAWSService": "false",
    }
    if principal.source_function is not None:
        # Lambda Developer Guide, "Using source function ARN to control function access behavior".
        keys["lambda:SourceFunctionArn"] = principal.source_function
    resource = principal.arn.split(":", 5)[5]
    kind, _, name = resource.partition("/")
    if resource == "root":
        keys["aws:PrincipalType"] = "Account"
        keys["aws:userid"] = principal.account
    elif kind == "user":
        keys["aws:PrincipalType"] = "User"
        keys["aws:username"] = name.rpartition("/")[2]
    elif kind == "assumed-role":
        keys["aws:PrincipalType"] = "AssumedRole"
    return keys


def request_keys(
    *, now: float, source_ip: str | None = None, secure: bool, region: str, user_agent: str = ""
) -> dict[str, str]:
    """Return the keys that describe how and when the request came.

    Args:
        now: UTC seconds since the epoch.
        source_ip: the caller's address; ``None`` when a service calls on someone's behalf.
        secure: whether it came over TLS.
        region: the Region asked.
        user_agent: as sent.
    """
    moment = datetime.fromtimestamp(now, timezone.utc)
    keys = {
        "aws:CurrentTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now)),
        "aws:SecureTransport": "true" if secure else "false",
        "aws:RequestedRegion": region,
        "aws:ViaAWSService": "false",
    }
    if source_ip is not None:
        keys["aws:SourceIp"] = source_ip
    if user_agent:
        keys["aws:UserAgent"] = user_agent
    return keys


def source_keys(*, account: str, arn: str | None = None) -> dict[str, str]:
    """Return the keys by which a calling service says for whom it acts.

    Args:
        account: the account of the resource that makes the service call.
        arn: that resource, where the service tells it.
    """
    keys = {"aws:SourceAccount": account}
    if arn is not None:
        keys["aws:SourceArn"] = arn
    return keys
