"""Amazon EC2, as far as VPC delivery goes. Service Authorization Reference, ``list_amazonec2``."""

from __future__ import annotations

import re

from firehose_logging.local.iam.context import ContextValue
from firehose_logging.local.iam.needs import EVERY, Names, Need, Parameters, texts

_WITHOUT_RESOURCE = re.compile(r"(Describe|Get|List)\w+")
_TYPES = {
    "NetworkInterfaceId": "network-interface",
    "SubnetId": "subnet",
    "GroupId": "security-group",
    "SecurityGroupId": "security-group",
    "VpcId": "vpc",
}


_ID_KEYS = {
    "network-interface": "ec2:NetworkInterfaceID",
    "subnet": "ec2:SubnetID",
    "security-group": "ec2:SecurityGroupID",
    "vpc": "ec2:VpcID",
}


def ec2(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to EC2 needs: each resource that it names, and each that it makes.

    What is there already brings its own id, its VPC and, an interface, its subnet.
    """
    action = f"ec2:{operation}"
    if _WITHOUT_RESOURCE.fullmatch(operation):
        return [Need(action, EVERY)]
    needs = [
        Need(action, names.arn("ec2", f"{kind}/{value}"), _context(kind, value, names))
        for parameter, kind in _TYPES.items()
        for value in texts(parameters, parameter)
    ]
    if operation == "CreateNetworkInterface":
        needs.append(Need(action, names.arn("ec2", "network-interface/*")))
    return needs or [Need(action, None)]


def _context(kind: str, name: str, names: Names) -> dict[str, ContextValue]:
    context: dict[str, ContextValue] = {_ID_KEYS[kind]: name}
    for key, within in (("ec2:Vpc", "vpc"), ("ec2:Subnet", "subnet")):
        place = names.resolve(f"{within} of {kind}", name)
        if place is not None:
            context[key] = names.arn("ec2", f"{within}/{place}")
    return context
