"""Network interfaces of a stream in a VPC (statements A5 and G5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.local.firehose.destination import invalid
from firehose_logging.local.firehose.ports import AccessError, Aws
from firehose_logging.local.firehose.streams import Stream


async def find_vpc(aws: Aws, stream_arn: str, network: Mapping[str, Any]) -> str:
    """Return the VPC of a ``VpcConfiguration``.

    Raises:
        ApiError: ``InvalidArgumentException`` when the role can't look, or finds nothing.
    """
    try:
        role = await aws.assume_anew(network["RoleARN"], stream_arn)
        return await role.find_vpc(network["SubnetIds"], network["SecurityGroupIds"])
    except AccessError as error:
        if "NotFound" in error.code:
            raise invalid(error.message) from error
        raise invalid(
            "Please make sure the role specified in VpcConfiguration has permissions to describe "
            f"the VPC, its subnets and its security groups: {error.message}"
        ) from error


async def attach(stream: Stream) -> dict[str, str] | None:
    """Make the stream's network interfaces; return a ``FailureDescription``, or ``None``."""
    network = stream.description.get("VpcConfigurationDescription")
    if network is None:
        return None
    try:
        role = await stream.services.aws.as_role(network["RoleARN"], stream.arn)
        await role.create_interfaces(stream.arn, network["SubnetIds"], network["SecurityGroupIds"])
    except AccessError as error:
        denied = "Unauthorized" in error.code or "AccessDenied" in error.code
        kind = "ENI_ACCESS_DENIED" if denied else "CREATE_ENI_FAILED"
        return {"Type": kind, "Details": f"{error.code}: {error.message}"}
    return None


async def detach(stream: Stream) -> str:
    """Delete the stream's network interfaces; return why that failed, or nothing."""
    network = stream.description.get("VpcConfigurationDescription")
    if network is None:
        return ""
    try:
        role = await stream.services.aws.as_role(network["RoleARN"], stream.arn)
        await role.delete_interfaces(stream.arn)
    except AccessError as error:
        return f"{error.code}: {error.message}"
    return ""
