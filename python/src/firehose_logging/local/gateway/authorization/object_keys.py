"""Which KMS key an object is, or will be, encrypted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from firehose_logging.local.gateway.authorization.names import key_arn
from firehose_logging.local.gateway.moto_settings import ACCOUNT_ID, PARTITION
from firehose_logging.local.iam.needs import Parameters, text

_READS = frozenset({"GetObject", "HeadObject", "SelectObjectContent"})
_COPIES = frozenset({"CopyObject", "UploadPartCopy"})
_WRITES = _COPIES | {
    *("CompleteMultipartUpload", "CreateMultipartUpload", "PutObject", "UploadPart")
}
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


def read_key(operation: str, parameters: Parameters, region: str) -> ObjectKey | None:
    """Return the key of the object that is read, a copy's source; ``None`` for none of its own.

    Args:
        operation: of S3.
        parameters: by the names of the API model; ``CopySource`` in its canonical form.
        region: of the call.
    """
    if operation in _COPIES:
        path, _, query = (text(parameters, "CopySource") or "").partition("?")
        name, _, key = unquote(path).removeprefix("/").partition("/")
        version = dict(parse_qsl(query)).get("versionId")
    elif operation in _READS:
        name, key = text(parameters, "Bucket") or "", text(parameters, "Key") or ""
        version = text(parameters, "VersionId")
    else:
        return None
    bucket = _bucket(name)
    return None if bucket is None else _key(bucket, _of_object(bucket, key, version), region)


def written_key(operation: str, parameters: Parameters, region: str) -> ObjectKey | None:
    """Return the key that an object is written under; ``None`` for no key of the customer's own."""
    bucket = _bucket(text(parameters, "Bucket"))
    if bucket is None or operation not in _WRITES:
        return None
    return _key(bucket, _for_writing(bucket, parameters), region)


def _key(bucket: Any, used: tuple[str | None, bool], region: str) -> ObjectKey | None:
    name, bucket_key = used
    if not name or name.endswith(_AWS_MANAGED):
        return None
    there = str(bucket.region_name or region)
    return ObjectKey(key_arn(there, name) or name, there, bucket_key)


def _bucket(name: str | None) -> Any:
    from moto.s3.models import s3_backends

    return s3_backends[ACCOUNT_ID][PARTITION].buckets.get(name)


def _of_object(bucket: Any, key: str, version: str | None) -> tuple[str | None, bool]:
    versions = bucket.keys.getlist(key, [])
    if version is None:
        stored = bucket.keys.get(key)
    else:
        stored = next((one for one in versions if str(one.version_id) == version), None)
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
