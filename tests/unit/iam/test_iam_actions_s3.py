"""What a real client's call to S3 needs. Service Authorization Reference, ``list_amazons3``."""

from __future__ import annotations

from typing import Any

import pytest

from firehose_logging.local.iam.actions import needs_of
from firehose_logging.local.iam.catalog.keys import s3_key_needs
from firehose_logging.local.iam.needs import Names
from firehose_logging.local.iam.parameters import path_style

from .calls import ACCOUNT, CALLER, REGION, asked, needs, sent

NAMES = Names(ACCOUNT, REGION, CALLER)
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234"

S3_CASES: list[tuple[str, str, dict[str, Any], list[tuple[str, str | None]]]] = [
    ("ListBuckets", "list_buckets", {}, [("s3:ListAllMyBuckets", "*")]),
    ("HeadBucket", "head_bucket", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("ListObjectsV2", "list_objects_v2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    (
        *("GetBucketLocation", "get_bucket_location"),
        {"Bucket": "b"},
        [("s3:GetBucketLocation", "arn:aws:s3:::b")],
    ),
    (
        *("PutBucketLifecycleConfiguration", "put_bucket_lifecycle_configuration"),
        {"Bucket": "b", "LifecycleConfiguration": {"Rules": []}},
        [("s3:PutLifecycleConfiguration", "arn:aws:s3:::b")],
    ),
    (
        *("ListMultipartUploads", "list_multipart_uploads"),
        {"Bucket": "b"},
        [("s3:ListBucketMultipartUploads", "arn:aws:s3:::b")],
    ),
    (
        *("PutObject", "put_object"),
        {"Bucket": "b", "Key": "a b/ü*.gz", "Body": b"x"},
        [("s3:PutObject", "arn:aws:s3:::b/a b/ü*.gz")],
    ),
    (
        *("PutObject", "put_object"),
        {"Bucket": "b", "Key": "k", "ACL": "private", "Tagging": "a=b"},
        [
            ("s3:PutObject", "arn:aws:s3:::b/k"),
            ("s3:PutObjectAcl", "arn:aws:s3:::b/k"),
            ("s3:PutObjectTagging", "arn:aws:s3:::b/k"),
        ],
    ),
    (
        *("GetObject", "get_object"),
        {"Bucket": "b", "Key": "k", "VersionId": "v"},
        [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
    ),
    (
        "HeadObject",
        "head_object",
        {"Bucket": "b", "Key": "k"},
        [("s3:GetObject", "arn:aws:s3:::b/k")],
    ),
    (
        *("UploadPart", "upload_part"),
        {"Bucket": "b", "Key": "k", "UploadId": "u", "PartNumber": 1},
        [("s3:PutObject", "arn:aws:s3:::b/k")],
    ),
    (
        *("AbortMultipartUpload", "abort_multipart_upload"),
        {"Bucket": "b", "Key": "k", "UploadId": "u"},
        [("s3:AbortMultipartUpload", "arn:aws:s3:::b/k")],
    ),
    (
        *("CopyObject", "copy_object"),
        {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "c", "Key": "a b"}},
        [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::c/a b")],
    ),
    (
        *("DeleteObjects", "delete_objects"),
        {"Bucket": "b", "Delete": {"Objects": [{"Key": "x"}, {"Key": "<y>"}]}},
        [("s3:DeleteObject", "arn:aws:s3:::b/x"), ("s3:DeleteObject", "arn:aws:s3:::b/<y>")],
    ),
]


@pytest.mark.parametrize(("operation", "method", "arguments", "expected"), S3_CASES)
def test_a_call_to_s3_needs(
    operation: str,
    method: str,
    arguments: dict[str, Any],
    expected: list[tuple[str, str | None]],
) -> None:
    assert asked("s3", operation, sent("s3", method, **arguments)) == expected


def test_conditions_come_with_a_call_to_s3() -> None:
    listing = sent("s3", "list_objects_v2", Bucket="b", Prefix="2026/", MaxKeys=5)
    assert needs("s3", "ListObjectsV2", listing)[0].context == {
        "s3:prefix": "2026/",
        "s3:max-keys": "5",
    }


def test_g3_objects_under_a_key_need_the_key_through_s3() -> None:
    put = needs_of("s3", "PutObject", {"Bucket": "b", "Key": "k"}, NAMES)
    (need,) = s3_key_needs("PutObject", put, KEY, NAMES, bucket_key=False)
    assert (need.action, need.resource) == ("kms:GenerateDataKey", KEY)
    assert need.context["kms:ViaService"] == f"s3.{REGION}.amazonaws.com"
    assert need.context["kms:EncryptionContext:aws:s3:arn"] == "arn:aws:s3:::b/k"
    (with_bucket_key,) = s3_key_needs("PutObject", put, KEY, NAMES, bucket_key=True)
    assert with_bucket_key.context["kms:EncryptionContext:aws:s3:arn"] == "arn:aws:s3:::b"
    part = s3_key_needs("UploadPart", put, KEY, NAMES, bucket_key=False)
    assert [need.action for need in part] == ["kms:GenerateDataKey", "kms:Decrypt"]
    read = needs_of("s3", "GetObject", {"Bucket": "b", "Key": "k"}, NAMES)
    assert [n.action for n in s3_key_needs("GetObject", read, KEY, NAMES, bucket_key=False)] == [
        "kms:Decrypt"
    ]
    listing = needs_of("s3", "ListObjectsV2", {"Bucket": "b"}, NAMES)
    assert s3_key_needs("ListObjectsV2", listing, KEY, NAMES, bucket_key=False) == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:4566", "/x"),
        ("localhost:4566", "/x"),
        ("s3.localhost:4566", "/x"),
        ("s3.eu-west-1.amazonaws.com", "/x"),
        ("b.localhost:4566", "/b/x"),
        ("b.s3.localhost:4566", "/b/x"),
        ("my.b.s3.amazonaws.com", "/my.b/x"),
        ("b.s3.eu-west-1.amazonaws.com", "/b/x"),
    ],
)
def test_a_bucket_in_the_host_moves_into_the_path(host: str, expected: str) -> None:
    assert path_style(host, "/x") == expected
