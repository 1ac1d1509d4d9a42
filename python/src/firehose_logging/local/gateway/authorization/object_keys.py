"""Which KMS key an object is, or will be, encrypted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firehose_logging.local.gateway.authorization.names import key_arn
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID, PARTITION
from firehose_logging.local.iam.needs import Parameters, text

_READS = frozenset({"GetObject", "HeadObject"})
_WRITES = frozenset(
    {"CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "PutObject", "UploadPart"}
)
KEYED_OPERATIONS = _READS | _WRITES
"""Operations that read or write an object under its key."""
_AWS_MANAGED = "alias/aws/s3"
_SSE = "aws:kms"


@dataclass(frozen=True)
class ObjectKey:
    """A customer's key in use for objects.

    Attributes:
        arn: the key's; the name as given where there is no such key.
        region: the bucket's.
        bucket_key: whether an S3 Bucket Key is on.
    """

    arn: str
    region: str
    bucket_key: bool


def object_key(operation: str, parameters: Parameters, region: str) -> ObjectKey | None:
    """Return the key that an object operation uses; ``None`` for no key of the customer's own."""
    bucket = _bucket(text(parameters, "Bucket"))
    if bucket is None:
        return None
    if operation in _READS:
        name, bucket_key = _of_object(bucket, text(parameters, "Key"))
    elif operation in _WRITES:
        name, bucket_key = _for_writing(bucket, parameters)
    else:
        return None
    if not name or name.endswith(_AWS_MANAGED):
        return None
    there = str(bucket.region_name or region)
    return ObjectKey(key_arn(there, name) or name, there, bucket_key)


def _bucket(name: str | None) -> Any:
    from moto.s3.models import s3_backends

    return s3_backends[ACCOUNT_ID][PARTITION].buckets.get(name)


def _of_object(bucket: Any, key: str | None) -> tuple[str | None, bool]:
    stored = bucket.keys.get(key)
    if stored is None or not str(stored.encryption or "").startswith(_SSE):
        return None, False
    return stored.kms_key_id, _is_on(stored.bucket_key_enabled)


def _for_writing(bucket: Any, parameters: Parameters) -> tuple[str | None, bool]:
    name, bucket_key = _default_of(bucket)
    asked = text(parameters, "ServerSideEncryption")
    if asked is not None and not asked.startswith(_SSE):
        return None, False
    if "BucketKeyEnabled" in parameters:
        bucket_key = _is_on(parameters["BucketKeyEnabled"])
    return text(parameters, "SSEKMSKeyId") or name, bucket_key


def _default_of(bucket: Any) -> tuple[str | None, bool]:
    rule = (bucket.encryption or {}).get("Rule") or {}
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    if not str(default.get("SSEAlgorithm", "")).startswith(_SSE):
        return None, False
    return default.get("KMSMasterKeyID"), _is_on(rule.get("BucketKeyEnabled"))


def _is_on(value: object) -> bool:
    return str(value).lower() == "true"
