"""CloudWatch Logs, CloudWatch and SNS.

Service Authorization Reference, ``list_amazoncloudwatchlogs``, ``list_amazoncloudwatch``,
``list_amazonsns``.
"""

from __future__ import annotations

from firehose_logging.local.iam.needs import (
    EVERY,
    Names,
    Need,
    Parameters,
    on_each,
    passed_roles,
    text,
    texts,
)

_LOGS_OF_NO_GROUP = frozenset({"DescribeLogGroups", "ListLogGroups"})
_GROUP_PARAMETERS = (
    *("logGroupName", "logGroupIdentifier"),
    *("logGroupNames", "logGroupIdentifiers", "logGroupArn"),
)
_ALARM_PARAMETERS = ("AlarmName", "AlarmNames")
_TOPIC_PARAMETERS = ("TopicArn", "TargetArn", "ResourceArn")
_DASHBOARD_PARAMETERS = ("DashboardName", "DashboardNames")


def logs(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to CloudWatch Logs needs.

    Whatever concerns a log group is asked for on ``log-group:NAME:log-stream:STREAM``, the stream
    left empty where there is none: so say its refusals, and so ``log-group:NAME`` without ``:*``
    allows next to nothing.
    """
    action = f"logs:{operation}"
    arns = texts(parameters, "resourceArn")
    if operation in _LOGS_OF_NO_GROUP:
        return [Need(action, names.arn("logs", "log-group::log-stream:"))]
    groups = [group for name in _GROUP_PARAMETERS for group in texts(parameters, name)]
    if not groups and not arns:
        return [Need(action, EVERY)]
    stream = text(parameters, "logStreamName") or ""
    arns += [_log_stream_arn(group, stream, names) for group in groups]
    needs = on_each(action, arns)
    if operation == "CreateLogGroup" and parameters.get("tags"):
        needs += [Need("logs:TagResource", names.arn("logs", f"log-group:{groups[0]}"))]
    return needs + passed_roles(parameters, "roleArn", "logs.amazonaws.com")


def _log_stream_arn(group: str, stream: str, names: Names) -> str:
    arn = group if group.startswith("arn:") else names.arn("logs", f"log-group:{group}")
    return f"{arn.removesuffix(':*')}:log-stream:{stream}"


def cloudwatch(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to CloudWatch needs."""
    action = f"cloudwatch:{operation}"
    arn = text(parameters, "ResourceARN", "ResourceArn")
    alarms = [alarm for name in _ALARM_PARAMETERS for alarm in texts(parameters, name)]
    boards = [board for name in _DASHBOARD_PARAMETERS for board in texts(parameters, name)]
    resources = [names.arn("cloudwatch", f"alarm:{alarm}") for alarm in alarms]
    resources += [names.global_arn("cloudwatch", f"dashboard/{board}") for board in boards]
    if arn:
        resources.append(arn)
    if resources:
        return on_each(action, resources)
    namespace = text(parameters, "Namespace")
    context = {"cloudwatch:namespace": namespace} if namespace else {}
    return [Need(action, EVERY, context)]


def sns(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to SNS needs."""
    action = "sns:Publish" if operation == "PublishBatch" else f"sns:{operation}"
    arns = [arn for name in _TOPIC_PARAMETERS for arn in texts(parameters, name)]
    # A subscription's ARN is its topic's with an id behind it.
    arns += [arn.rpartition(":")[0] for arn in texts(parameters, "SubscriptionArn")]
    if operation == "Publish" and text(parameters, "PhoneNumber"):
        arns.append(EVERY)
    if arns:
        return on_each(action, arns)
    name = text(parameters, "Name")
    if name and operation == "CreateTopic":
        return [Need(action, names.arn("sns", name))]
    return [Need(action, EVERY)]
