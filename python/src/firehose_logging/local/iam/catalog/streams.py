"""Amazon Data Firehose. Service Authorization Reference, ``list_amazonkinesisfirehose``."""

from __future__ import annotations

from firehose_logging.local.iam.needs import EVERY, Names, Need, Parameters, passed_roles, text

_SERVICE = "firehose.amazonaws.com"
_TAKES_ROLES = frozenset({"CreateDeliveryStream", "UpdateDestination"})


def firehose(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to Firehose needs."""
    action = f"firehose:{operation}"
    if operation == "ListDeliveryStreams":
        return [Need(action, EVERY)]
    name = text(parameters, "DeliveryStreamName")
    stream = names.arn("firehose", f"deliverystream/{name}") if name else None
    needs = [Need(action, stream)]
    if operation in _TAKES_ROLES:
        needs += passed_roles(parameters, "RoleARN", _SERVICE, stream)
    return needs
