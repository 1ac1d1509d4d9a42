"""Amazon S3.

Service Authorization Reference, ``list_amazons3``; S3 User Guide, "Required permissions for
Amazon S3 API operations".
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, unquote

from firehose_logging.local.iam.context import ContextValue
from firehose_logging.local.iam.needs import EVERY, Names, Need, Parameters, text, texts

_ACTIONS: Mapping[str, str] = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListDirectoryBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    **{
        f"{verb}Bucket{kind}Configuration": f"{right}{kind}Configuration"
        for kind in ("Analytics", "Inventory", "Metrics")
        for verb, right in (("Get", "Get"), ("Put", "Put"), ("Delete", "Put"), ("List", "Get"))
    },
    **{
        f"ListBucket{kind}Configurations": f"Get{kind}Configuration"
        for kind in ("Analytics", "Inventory", "Metrics")
    },
}
_OF_A_VERSION: Mapping[str, str] = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}
_CONTEXT: Mapping[str, str] = {
    "ACL": "s3:x-amz-acl",
    "BucketKeyEnabled": "s3:x-amz-server-side-encryption-bucket-key-enabled",
    "CopySource": "s3:x-amz-copy-source",
    "Delimiter": "s3:delimiter",
    "MaxKeys": "s3:max-keys",
    "Prefix": "s3:prefix",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
    "VersionId": "s3:VersionId",
}
_COPIES = frozenset({"CopyObject", "UploadPartCopy"})
_STARTS_OBJECT = frozenset({"CopyObject", "CreateMultipartUpload", "PutObject"})
_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")


def s3(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to S3 needs.

    ``parameters`` has the names of the API model; of ``DeleteObjects`` it has the keys under
    ``Keys``, those that name a version under ``VersionedKeys``.
    """
    bucket = text(parameters, "Bucket")
    action = _ACTIONS.get(operation, operation)
    if not bucket:
        return [Need(f"s3:{action}", EVERY)]
    bucket_arn = f"arn:{names.partition}:s3:::{bucket}"
    context = _context(parameters)
    if operation == "DeleteObjects":
        return _deletions(bucket_arn, parameters, context)
    key = text(parameters, "Key")
    if key is None:
        further = _for_new_bucket(parameters) if operation == "CreateBucket" else []
        return [Need(each, bucket_arn, context) for each in (f"s3:{action}", *further)]
    if "VersionId" in parameters:
        action = _OF_A_VERSION.get(action, action)
    resource = f"{bucket_arn}/{key}"
    needs = [Need(f"s3:{action}", resource, context)]
    needs += [Need(each, resource, context) for each in _further(operation, parameters)]
    if operation in _COPIES:
        needs.append(_source(text(parameters, "CopySource") or "", names))
    return needs


def _deletions(
    bucket_arn: str, parameters: Parameters, context: dict[str, ContextValue]
) -> list[Need]:
    keys, versions = texts(parameters, "Keys"), texts(parameters, "VersionedKeys")
    actions = {"s3:DeleteObject": keys if keys or versions else [EVERY]}
    actions["s3:DeleteObjectVersion"] = versions
    if _bypasses_governance(parameters):
        actions["s3:BypassGovernanceRetention"] = [*keys, *versions]
    return [
        Need(action, f"{bucket_arn}/{key}", context)
        for action, found in actions.items()
        for key in found
    ]


def _bypasses_governance(parameters: Parameters) -> bool:
    return str(parameters.get("BypassGovernanceRetention", "")).lower() == "true"


def _for_new_bucket(parameters: Parameters) -> list[str]:
    """Return what headers of ``CreateBucket`` need; API Reference, "Permissions" there."""
    actions = []
    if any(text(parameters, grant) for grant in (*_GRANTS, "GrantWrite")):
        actions.append("s3:PutBucketAcl")
    if text(parameters, "ObjectOwnership"):
        actions.append("s3:PutBucketOwnershipControls")
    if str(parameters.get("ObjectLockEnabledForBucket", "")).lower() == "true":
        actions += ["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"]
    return actions


def _further(operation: str, parameters: Parameters) -> list[str]:
    if operation == "GetObjectAttributes":
        return ["s3:GetObjectVersion" if "VersionId" in parameters else "s3:GetObject"]
    if _bypasses_governance(parameters):
        return ["s3:BypassGovernanceRetention"]
    if operation not in _STARTS_OBJECT:
        return []
    actions = []
    if text(parameters, "ObjectLockMode") or text(parameters, "ObjectLockRetainUntilDate"):
        actions.append("s3:PutObjectRetention")
    if text(parameters, "ObjectLockLegalHoldStatus"):
        actions.append("s3:PutObjectLegalHold")
    if any(text(parameters, grant) for grant in _GRANTS):
        actions.append("s3:PutObjectAcl")
    if text(parameters, "Tagging"):
        actions.append("s3:PutObjectTagging")
    return actions


def _source(copy_source: str, names: Names) -> Need:
    path, _, query = copy_source.partition("?")
    resource = f"arn:{names.partition}:s3:::{unquote(path).lstrip('/')}"
    version = parse_qs(query).get("versionId")
    if version:
        return Need("s3:GetObjectVersion", resource, {"s3:VersionId": version[0]})
    return Need("s3:GetObject", resource)


def _context(parameters: Parameters) -> dict[str, ContextValue]:
    found = ((key, parameters.get(name)) for name, key in _CONTEXT.items())
    return {
        key: value if isinstance(value, list) else str(value)
        for key, value in found
        if value is not None
    }
