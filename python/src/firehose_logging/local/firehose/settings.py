"""What a destination's description means for delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firehose_logging.local.firehose.limits import MEBIBYTE, MIN_BACKUP_INTERVAL


@dataclass(frozen=True)
class LogTarget:
    """The log stream for error events; group and stream belong to the caller (F1)."""

    group: str
    stream: str


@dataclass(frozen=True)
class BackupSettings:
    """Where and how objects are written. Sizes in bytes, intervals in seconds."""

    role_arn: str
    bucket: str
    bucket_arn: str
    prefix: str | None
    error_prefix: str | None
    buffer_bytes: int
    interval: float
    compression: str
    key_arn: str | None
    log: LogTarget | None


@dataclass(frozen=True)
class TransformSettings:
    """The transforming function and its buffer. Size in bytes, interval in seconds."""

    function_arn: str
    role_arn: str
    retries: int
    buffer_bytes: int
    interval: float


@dataclass(frozen=True)
class DeliverySettings:
    """How a stream delivers. Sizes in bytes, times in seconds."""

    role_arn: str
    domain_arn: str | None
    cluster_endpoint: str | None
    index: str
    rotation: str
    type_name: str
    buffer_bytes: int
    interval: float
    retry_duration: float
    all_documents: bool
    with_document_ids: bool
    log: LogTarget | None
    backup: BackupSettings
    transform: TransformSettings | None

    @property
    def destination(self) -> str:
        """What error events name as the destination."""
        return self.domain_arn or self.cluster_endpoint or ""


def read_settings(description: Mapping[str, Any]) -> DeliverySettings:
    """Return the settings of a complete ``AmazonopensearchserviceDestinationDescription``."""
    hints = description["BufferingHints"]
    ids = description.get("DocumentIdOptions") or {}
    return DeliverySettings(
        role_arn=description["RoleARN"],
        domain_arn=description.get("DomainARN"),
        cluster_endpoint=description.get("ClusterEndpoint"),
        index=description["IndexName"],
        rotation=description["IndexRotationPeriod"],
        type_name=description.get("TypeName") or "",
        buffer_bytes=hints["SizeInMBs"] * MEBIBYTE,
        interval=hints["IntervalInSeconds"],
        retry_duration=description["RetryOptions"]["DurationInSeconds"],
        all_documents=description["S3BackupMode"] == "AllDocuments",
        with_document_ids=ids.get("DefaultDocumentIdFormat") != "NO_DOCUMENT_ID",
        log=_log_target(description.get("CloudWatchLoggingOptions")),
        backup=_read_backup(description["S3DestinationDescription"]),
        transform=_read_transform(description),
    )


def _read_backup(description: Mapping[str, Any]) -> BackupSettings:
    hints = description["BufferingHints"]
    key = description["EncryptionConfiguration"].get("KMSEncryptionConfig") or {}
    return BackupSettings(
        role_arn=description["RoleARN"],
        bucket=description["BucketARN"].partition(":::")[2],
        bucket_arn=description["BucketARN"],
        prefix=description.get("Prefix"),
        error_prefix=description.get("ErrorOutputPrefix"),
        buffer_bytes=hints["SizeInMBs"] * MEBIBYTE,
        interval=max(MIN_BACKUP_INTERVAL, hints["IntervalInSeconds"]),
        compression=description["CompressionFormat"],
        key_arn=key.get("AWSKMSKeyARN"),
        log=_log_target(description.get("CloudWatchLoggingOptions")),
    )


def processor_parameters(processor: Mapping[str, Any]) -> dict[str, str]:
    """Return a processor's parameters by name."""
    given = processor.get("Parameters") or ()
    return {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in given}


def _read_transform(description: Mapping[str, Any]) -> TransformSettings | None:
    processing = description.get("ProcessingConfiguration") or {}
    processors = processing.get("Processors") or ()
    if not processing.get("Enabled") or not processors:
        return None
    given = processor_parameters(processors[0])
    return TransformSettings(
        function_arn=given["LambdaArn"],
        role_arn=given.get("RoleArn", description["RoleARN"]),
        retries=int(given.get("NumberOfRetries", "3")),
        buffer_bytes=round(float(given.get("BufferSizeInMBs", "1")) * MEBIBYTE),
        interval=float(given.get("BufferIntervalInSeconds", "60")),
    )


def _log_target(options: Mapping[str, Any] | None) -> LogTarget | None:
    if not options or not options.get("Enabled"):
        return None
    return LogTarget(options["LogGroupName"], options["LogStreamName"])
