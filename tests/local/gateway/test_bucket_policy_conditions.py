"""A bucket policy's conditions, where moto's own evaluation would leave them out."""

import json
from typing import Any


async def test_a_denial_without_tls_does_not_deny_calls_that_count_as_tls(gateway: Any) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
    bucket = "tls-only"
    location = {"LocationConstraint": "eu-west-1"}
    await gateway.call("s3", "create_bucket", Bucket=bucket, CreateBucketConfiguration=location)
    await gateway.call("s3", "put_bucket_policy", Bucket=bucket, Policy=json.dumps(policy))
    await gateway.call("s3", "put_object", Bucket=bucket, Key="kept", Body=b"kept")
    assert (await gateway.call("s3", "head_object", Bucket=bucket, Key="kept"))[
        "ContentLength"
    ] == 4
