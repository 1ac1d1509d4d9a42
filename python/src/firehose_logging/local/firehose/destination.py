"""The one destination of a stream: from its configuration to its description, and updates of it.

Defaults are those of A3 and A4; cross-checks that the model does not express stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from firehose_logging.local.api import ApiError
from firehose_logging.local.firehose.prefixes import check_prefixes
from firehose_logging.local.firehose.processors import check_processing

KIND = "AmazonopensearchserviceDestination"
_DEFAULT_BUFFERING = {"IntervalInSeconds": 300, "SizeInMBs": 5}
_MERGED = frozenset({"BufferingHints", "RetryOptions"})


def only_destination(request: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    """Return the OpenSearch destination of a request.

    Args:
        request: of CreateDeliveryStream or UpdateDestination.
        suffix: ``Configuration`` or ``Update``.

    Raises:
        ApiError: ``InvalidArgumentException`` when there is none, more than one, or another kind.
    """
    given = [
        name
        for name, value in request.items()
        if value is not None and name.endswith(f"Destination{suffix}")
    ]
    if len(given) != 1:
        raise invalid("Exactly one destination configuration is supported for a Firehose")
    if given[0] != KIND + suffix:
        raise invalid(f"{given[0]} is not supported by the local stack; use {KIND}{suffix} instead")
    return dict(request[given[0]])


def invalid(message: str) -> ApiError:
    """Return an ``InvalidArgumentException``."""
    return ApiError("InvalidArgumentException", message)


def describe_configuration(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description that a configuration results in, complete but for the VPC's id.

    Raises:
        ApiError: ``InvalidArgumentException`` when members contradict each other.
    """
    given = {name: deepcopy(value) for name, value in configuration.items() if value is not None}
    bucket = given.pop("S3Configuration")
    network = given.pop("VpcConfiguration", None)
    description: dict[str, Any] = {
        "IndexRotationPeriod": "OneDay",
        "RetryOptions": {"DurationInSeconds": 300},
        "S3BackupMode": "FailedDocumentsOnly",
        "CloudWatchLoggingOptions": {"Enabled": False},
    } | given
    description["BufferingHints"] = _DEFAULT_BUFFERING | given.get("BufferingHints", {})
    description["RetryOptions"] = {"DurationInSeconds": 300} | given.get("RetryOptions", {})
    description["S3DestinationDescription"] = _describe_bucket(bucket)
    if network is not None:
        description["VpcConfigurationDescription"] = network
    check_description(description)
    return description


def _describe_bucket(configuration: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in configuration.items() if value is not None}
    _check_both_hints(given)
    return {
        "BufferingHints": dict(_DEFAULT_BUFFERING),
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
    } | given


def _check_both_hints(bucket: Mapping[str, Any]) -> None:
    hints = bucket.get("BufferingHints")
    if hints is not None and len([value for value in hints.values() if value is not None]) == 1:
        raise invalid(
            "Both SizeInMBs and IntervalInSeconds must be specified in BufferingHints, or neither"
        )


def merge_update(description: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description after an update; members that it does not name stay (A9)."""
    given = {name: deepcopy(value) for name, value in update.items() if value is not None}
    bucket = given.pop("S3Update", {})
    _check_both_hints(bucket)
    merged = _merge(description, given)
    if "DomainARN" in given:
        merged.pop("ClusterEndpoint", None)
    elif "ClusterEndpoint" in given:
        merged.pop("DomainARN", None)
    merged["S3DestinationDescription"] = _merge(description["S3DestinationDescription"], bucket)
    check_description(merged)
    return merged


def _merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = deepcopy(dict(old))
    for name, value in new.items():
        if value is None:
            continue
        merged[name] = merged.get(name, {}) | value if name in _MERGED else value
    return merged


def check_description(description: Mapping[str, Any]) -> None:
    """Raise ``InvalidArgumentException`` for what no single member's constraint can say."""
    if bool(description.get("DomainARN")) == bool(description.get("ClusterEndpoint")):
        raise invalid("Exactly one of DomainARN and ClusterEndpoint must be specified")
    bucket = description["S3DestinationDescription"]
    try:
        check_prefixes(bucket.get("Prefix"), bucket.get("ErrorOutputPrefix"))
    except ValueError as error:
        raise invalid(str(error)) from error
    try:
        check_processing(description.get("ProcessingConfiguration"))
    except ValueError as error:
        raise invalid(str(error)) from error
    for where in (description, bucket):
        options = where.get("CloudWatchLoggingOptions") or {}
        if options.get("Enabled") and not (
            options.get("LogGroupName") and options.get("LogStreamName")
        ):
            raise invalid(
                "LogGroupName and LogStreamName must be specified in CloudWatchLoggingOptions "
                "when logging is enabled"
            )
