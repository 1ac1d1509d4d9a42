"""AWS KMS, and the calls that other services make to it with their caller's permission.

Service Authorization Reference, ``list_awskeymanagementservice``; AWS KMS Developer Guide,
"Condition keys for AWS KMS"; S3 User Guide, "Using server-side encryption with AWS KMS keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firehose_logging.local.iam.context import ContextValue
from firehose_logging.local.iam.needs import EVERY, Names, Need, Parameters, text, texts

_WITHOUT_KEY = frozenset(
    {
        *("CreateKey", "ListKeys", "ListAliases", "GenerateRandom", "ListRetirableGrants"),
        *("CreateCustomKeyStore", "DeleteCustomKeyStore", "DescribeCustomKeyStores"),
        *("ConnectCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore"),
    }
)
_ALIASES = frozenset({"CreateAlias", "UpdateAlias", "DeleteAlias"})
OBJECT_READS = frozenset({"s3:GetObject", "s3:GetObjectVersion"})
_S3_MULTIPART = frozenset(
    {"CompleteMultipartUpload", "CreateMultipartUpload", "UploadPart", "UploadPartCopy"}
)


def kms(operation: str, parameters: Parameters, names: Names) -> list[Need]:
    """Return what a call to KMS needs."""
    action = f"kms:{operation}"
    context = _context(parameters, names)
    if operation in _WITHOUT_KEY:
        return [Need(action, EVERY, context)]
    if operation in _ALIASES:
        return _alias_needs(action, parameters, names)
    if operation == "ReEncrypt":
        return _re_encryption_needs(parameters, names)
    return [Need(action, _key_of(parameters, "KeyId", "CiphertextBlob", names), context)]


def _alias_needs(action: str, parameters: Parameters, names: Names) -> list[Need]:
    alias = text(parameters, "AliasName")
    target = text(parameters, "TargetKeyId") or alias
    resource = names.arn("kms", alias) if alias else None
    return [Need(action, resource), Need(action, _key_arn(target, names) if target else None)]


def _re_encryption_needs(parameters: Parameters, names: Names) -> list[Need]:
    source = _key_of(parameters, "SourceKeyId", "CiphertextBlob", names)
    destination = text(parameters, "DestinationKeyId")
    return [
        Need(
            "kms:ReEncryptFrom",
            source,
            _encryption_context(parameters.get("SourceEncryptionContext")),
        ),
        Need(
            "kms:ReEncryptTo",
            _key_arn(destination, names) if destination else None,
            _encryption_context(parameters.get("DestinationEncryptionContext")),
        ),
    ]


def _key_of(parameters: Parameters, key_id: str, ciphertext: str, names: Names) -> str | None:
    """Return the key that is used: what is encrypted says by which, whatever key is named."""
    blob = text(parameters, ciphertext)
    made_by = names.resolve("ciphertext", blob) if blob else None
    name = text(parameters, key_id)
    return made_by if made_by is not None or not name else _key_arn(name, names)


def _key_arn(name: str, names: Names) -> str:
    resolved = names.resolve("key", name)
    if resolved is not None:
        return resolved
    if name.startswith("arn:"):
        return name
    return names.arn("kms", name if name.startswith("alias/") else f"key/{name}")


def _context(parameters: Parameters, names: Names) -> dict[str, ContextValue]:
    context = _encryption_context(parameters.get("EncryptionContext"))
    context["kms:CallerAccount"] = names.caller.account
    operations = texts(parameters, "Operations")
    if operations:
        context["kms:GrantOperations"] = operations
    grantee = text(parameters, "GranteePrincipal")
    if grantee:
        context["kms:GranteePrincipal"] = grantee
    return context


def _encryption_context(pairs: Any) -> dict[str, ContextValue]:
    if not isinstance(pairs, Mapping) or not pairs:
        return {}
    context: dict[str, ContextValue] = {
        f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()
    }
    context["kms:EncryptionContextKeys"] = [str(name) for name in pairs]
    return context


def key_needs_via(
    service: str,
    actions: tuple[str, ...],
    key_arn: str,
    encryption_context: Mapping[str, str],
    names: Names,
) -> list[Need]:
    """Return what a service needs of KMS on behalf of its caller.

    Args:
        service: the first part of ``kms:ViaService``, for example ``s3``.
        actions: for example ``("kms:GenerateDataKey",)``.
        key_arn: the key's, not an alias's.
        encryption_context: as the service sets it.
        names: of the call to the service.
    """
    context = _encryption_context(encryption_context)
    context["kms:CallerAccount"] = names.caller.account
    context["kms:ViaService"] = f"{service}.{names.region}.amazonaws.com"
    # Forward access sessions: services call each other over TLS, whatever their caller used.
    context["aws:ViaAWSService"] = "true"
    context["aws:SecureTransport"] = "true"
    return [Need(action, key_arn, context) for action in actions]


def s3_key_needs(
    operation: str, needs: list[Need], key_arn: str, names: Names, *, bucket_key: bool
) -> list[Need]:
    """Return what S3 needs of KMS for objects under SSE-KMS.

    Args:
        operation: of S3; those of a multipart upload read back what they wrote.
        needs: of the call itself, as ``catalog.storage.s3`` tells, for objects under this key.
        key_arn: the objects' or the bucket's key.
        names: of the call to S3.
        bucket_key: whether an S3 Bucket Key is on: then the encryption context is the bucket's.
    """
    found: list[Need] = []
    for need in needs:
        resource = need.resource or ""
        context = {"aws:s3:arn": resource.partition("/")[0] if bucket_key else resource}
        actions: tuple[str, ...] = ()
        if need.action in OBJECT_READS:
            actions = ("kms:Decrypt",)
        elif need.action == "s3:PutObject":
            actions = ("kms:GenerateDataKey",)
            actions += ("kms:Decrypt",) if operation in _S3_MULTIPART else ()
        found += key_needs_via("s3", actions, key_arn, context, names)
    return found
