"""What a role may do in one subnet it may not do in another."""

from __future__ import annotations

from typing import Any

import pytest

from .callers import ACCOUNT, REGION, MakeUser, allow


async def interface_in(gateway: Any, subnet: str) -> str:
    made = await gateway.call("ec2", "create_network_interface", SubnetId=subnet)
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


async def test_interfaces_of_another_subnet_or_vpc_are_left_to_those_whose_they_are(
    gateway: Any, make_user: MakeUser
) -> None:
    subnets = (await gateway.call("ec2", "describe_subnets"))["Subnets"]
    own, other = (subnet["SubnetId"] for subnet in subnets[:2])
    bound = {"ArnLike": {"ec2:Subnet": f"arn:aws:ec2:{REGION}:*:subnet/{own}"}}
    interfaces = f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/*"
    stream = await make_user(allow("ec2:DeleteNetworkInterface", interfaces, Condition=bound))
    theirs = await interface_in(gateway, other)
    code, said = await stream.refusal("ec2", "delete_network_interface", NetworkInterfaceId=theirs)
    assert (code, theirs in said) == ("UnauthorizedOperation", True)
    mine = await interface_in(gateway, own)
    await stream.call("ec2", "delete_network_interface", NetworkInterfaceId=mine)
    # One that is not there is in no subnet.
    code, _ = await stream.refusal("ec2", "delete_network_interface", NetworkInterfaceId=mine)
    assert code == "UnauthorizedOperation"


@pytest.mark.parametrize("vpc", ["own", "another"])
async def test_a_vpc_is_known_of_subnets_and_groups(
    gateway: Any, make_user: MakeUser, vpc: str
) -> None:
    subnet = (await gateway.call("ec2", "describe_subnets"))["Subnets"][0]
    groups = (await gateway.call("ec2", "describe_security_groups"))["SecurityGroups"]
    group = next(one["GroupId"] for one in groups if one["VpcId"] == subnet["VpcId"])
    named = subnet["VpcId"] if vpc == "own" else "vpc-0another"
    within = {"ArnEquals": {"ec2:Vpc": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{named}"}}
    maker = await make_user(
        allow("ec2:CreateNetworkInterface", f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/*"),
        allow("ec2:CreateNetworkInterface", "*", Condition=within),
    )
    asked = {"SubnetId": subnet["SubnetId"], "Groups": [group]}
    if vpc == "own":
        await maker.call("ec2", "create_network_interface", **asked)
    else:
        code, _ = await maker.refusal("ec2", "create_network_interface", **asked)
        assert code == "UnauthorizedOperation"
