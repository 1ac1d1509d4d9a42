"""What Firehose looks at before it takes a destination (statement A6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from firehose_logging.local.firehose.destination import invalid
from firehose_logging.local.firehose.ports import AccessError, Aws, DomainRecord, RoleAccess

_VERSION = re.compile(r"(?P<engine>OpenSearch|Elasticsearch)_(?P<major>\d+)\.(?P<minor>\d+)")


async def check_destination(aws: Aws, stream_arn: str, description: Mapping[str, Any]) -> None:
    """Raise ``InvalidArgumentException`` with AWS's text when the destination can't work."""
    bucket = description["S3DestinationDescription"]
    role = await _assume(aws, stream_arn, description["RoleARN"])
    if bucket["RoleARN"] != description["RoleARN"]:
        await _assume(aws, stream_arn, bucket["RoleARN"])
    arn = description.get("DomainARN")
    if arn is not None:
        _check_type_name(await _describe(role, arn), description.get("TypeName"))


async def _assume(aws: Aws, stream_arn: str, role_arn: str) -> RoleAccess:
    try:
        return await aws.assume_anew(role_arn, stream_arn)
    except AccessError as failure:
        raise invalid(
            f"Firehose is unable to assume role {role_arn}. Please check the role provided."
        ) from failure


async def _describe(role: RoleAccess, arn: str) -> DomainRecord:
    try:
        return await role.describe_domain(arn)
    except AccessError as failure:
        if failure.code == "ResourceNotFoundException":
            raise invalid(f"Domain not found: {arn}") from failure
        raise invalid(
            f"Verify that the IAM role has access to the Elasticsearch domain: {arn}"
        ) from failure


def _check_type_name(domain: DomainRecord, type_name: str | None) -> None:
    version = _VERSION.match(domain.engine_version)
    if not type_name or version is None:
        return
    engine, major, minor = version.group("engine", "major", "minor")
    if engine == "OpenSearch" or int(major) >= 7:
        raise invalid(
            f"Types are deprecated in {engine} version {major}.{minor}. TypeName must be empty."
        )
