"""Amazon EC2, as far as VPC delivery goes. Service Authorization Reference, ``list_amazonec2``."""

from __future__ import annotations

import re

from firehose_logging.local.iam.needs import EVERY, Names, Need, Parameters, on_each, texts

_WITHOUT_RESOURCE = re.compile(r"(Describe|Get|List)\w+")
_TYPES = {
    "NetworkInterfaceId": "network-interface",
    "SubnetId": "subnet",
    "GroupId": "security-group",
    "SecurityGroupId": "security-group",
    "VpcId": "vpc",
}


def ec2(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to EC2 needs: each resource that it names, and each that it makes."""
    action = f"ec2:{operation}"
    if _WITHOUT_RESOURCE.fullmatch(operation):
        return [Need(action, EVERY)]
    resources = [
        names.arn("ec2", f"{kind}/{value}")
        for parameter, kind in _TYPES.items()
        for value in texts(parameters, parameter)
    ]
    if operation == "CreateNetworkInterface":
        resources.append(names.arn("ec2", "network-interface/*"))
    return on_each(action, resources)
