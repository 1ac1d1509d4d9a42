"""Wrong values of the root module's inputs, and what Terraform must say of each."""

from __future__ import annotations

from .refusal import ERROR_TYPE, FUNCTION, KEY, refused
from .refusals_of_domains import REFUSALS_OF_DOMAINS

REFUSALS = [
    *REFUSALS_OF_DOMAINS,
    refused({"name": "Logging_Test"}, "name is", "Logging_Test", "3 to 28 lower-case letters"),
    refused({"name": "ab"}, "name is", '"ab"', "3 to 28"),
    refused({"name": "a" * 29}, "name is", "a" * 29, "3 to 28"),
    refused({"index": {"name": "Logs"}}, "index.name", '"Logs"', "lower-case"),
    refused({"index": {"name": "_logs"}}, "index.name", '"_logs"', "beginning with a letter"),
    refused({"index": {"name": "a" * 81}}, "index.name", "a" * 81, "at most 80"),
    refused({"index": {"rotation": "Daily"}}, "index.rotation", '"Daily"', "use NoRotation"),
    refused({"index": {"document_ids": "NONE"}}, "index.document_ids", '"NONE"', "NO_DOCUMENT_ID"),
    refused(
        {"delivery": {"buffering": {"interval_seconds": 901}}},
        "delivery.buffering.interval_seconds is 901",
        "0 to 900",
    ),
    refused(
        {"delivery": {"buffering": {"size_mb": 101}}},
        "delivery.buffering.size_mb is 101",
        "1 to 100",
    ),
    refused({"delivery": {"retry_seconds": 7201}}, "delivery.retry_seconds is 7201", "7200"),
    refused({"backup": {"mode": "All"}}, "backup.mode", '"All"', "AllDocuments"),
    refused({"backup": {"bucket_name": "My_Bucket"}}, "backup.bucket_name", "My_Bucket", "3 to 63"),
    refused(
        {"backup": {"prefix": f"{ERROR_TYPE}/", "error_prefix": f"{ERROR_TYPE}/"}},
        "backup.prefix",
        "belongs into backup.error_prefix",
    ),
    refused(
        {"backup": {"prefix": "!{timestamp:yyyy}/"}},
        "backup.prefix",
        "needs backup.error_prefix",
        ERROR_TYPE,
    ),
    refused(
        {"backup": {"error_prefix": "failed/!{timestamp:yyyy}/"}},
        "backup.error_prefix",
        f"must hold {ERROR_TYPE}",
    ),
    refused(
        {"backup": {"prefix": "!{partitionKeyFromQuery:id}/", "error_prefix": f"{ERROR_TYPE}/"}},
        "backup.prefix",
        "partitionKeyFromQuery",
        "!{firehose:random-string}",
    ),
    refused({"backup": {"compression": "gzip"}}, "backup.compression", '"gzip"', "use GZIP"),
    refused(
        {"backup": {"buffering": {"interval_seconds": 59}}},
        "backup.buffering.interval_seconds is 59",
        "60 to 900",
    ),
    refused(
        {"backup": {"buffering": {"size_mb": 129}}}, "backup.buffering.size_mb is 129", "1 to 128"
    ),
    refused({"backup": {"expire_days": 1.5}}, "backup.expire_days is 1.5", "whole days"),
    refused({"access": {"readers": ["*"]}}, "access.readers", '"*"', "without wildcards"),
    refused(
        {"access": {"masters": ["arn:aws:iam::123456789012:role/*"]}},
        "access.masters",
        "role/*",
        "without wildcards",
    ),
    refused(
        {"existing_domain": {"arn": "search"}},
        "existing_domain.arn",
        '"search"',
        "arn:aws:es:<region>:<account>:domain/<name>",
    ),
    refused(
        {
            "existing_domain": {
                "arn": "arn:aws:es:eu-west-1:123456789012:domain/search",
                "endpoint": "https://search",
            }
        },
        "existing_domain.endpoint",
        '"https://search"',
        "without https://",
    ),
    refused(
        {"existing_domain": {"endpoint": "search"}},
        "existing_domain.arn is missing",
        "give the domain's ARN",
    ),
    refused({"delivery": {"shards": 0}}, "delivery.shards is 0", "make 1 to 50 streams"),
    refused(
        {"delivery": {"encryption": {"kms_key_arn": "alias/mine"}}},
        "delivery.encryption.kms_key_arn",
        '"alias/mine"',
        "give the ARN of a key",
    ),
    refused(
        {"delivery": {"encryption": {"enabled": False, "kms_key_arn": KEY}}},
        "delivery.encryption.kms_key_arn is set",
        "leave the key out",
    ),
    refused(
        {"delivery": {"transform": {"function_arn": "redact"}}},
        "delivery.transform.function_arn",
        '"redact"',
        "give a function's ARN",
    ),
    refused(
        {"delivery": {"transform": {"function_arn": FUNCTION, "buffer_mb": 4}}},
        "delivery.transform.buffer_mb is 4",
        "0.2 to 3 MB",
    ),
    refused(
        {"delivery": {"transform": {"function_arn": FUNCTION, "interval_seconds": 901}}},
        "delivery.transform.interval_seconds is 901",
        "0 to 900 seconds",
    ),
    refused(
        {"delivery": {"transform": {"function_arn": FUNCTION, "retries": 301}}},
        "delivery.transform.retries is 301",
        "0 to 300 times",
    ),
    refused(
        {"backup": {"create_bucket": False}}, "backup.bucket_arn is missing", "name the bucket"
    ),
    refused(
        {"backup": {"bucket_arn": "arn:aws:s3:::mine"}},
        "backup.bucket_arn",
        '"arn:aws:s3:::mine"',
        "set create_bucket = false",
    ),
    refused(
        {"backup": {"create_bucket": False, "bucket_arn": "mine"}},
        "backup.bucket_arn",
        '"mine"',
        "arn:aws:s3:::<name>",
    ),
    refused(
        {"backup": {"kms_key_arn": "alias/mine"}},
        "backup.kms_key_arn",
        '"alias/mine"',
        "give the ARN of a key",
    ),
    refused(
        {"vpc": {"id": "vpc-1", "subnet_ids": [f"subnet-{n}" for n in range(17)]}},
        "vpc.subnet_ids names 17",
        "up to 16",
    ),
    refused({"vpc": {"subnet_ids": ["subnet-1"]}}, "vpc.id is missing", "name the VPC"),
    refused({"vpc": {"id": "vpc-1"}}, "vpc.subnet_ids is empty", "name the private subnets"),
    refused(
        {"vpc": {"subnet_ids": ["subnet-1"], "create_security_groups": False}},
        "vpc.security_group_ids",
        '"stream":[]',
        "or have them made",
    ),
    refused(
        {"vpc": {"id": "v", "subnet_ids": ["s"], "client_cidr_blocks": ["0.0.0.0/0"]}},
        "vpc.client_cidr_blocks",
        "0.0.0.0/0",
        "10.0.0.0/16",
    ),
    refused({"encryption": {"key": "own"}}, "encryption.key", '"own"', "use aws"),
    refused({"encryption": {"key": "given"}}, "encryption.key", '"given"', "together with key_arn"),
    refused(
        {"encryption": {"key": "given", "key_arn": "alias/mine"}},
        "encryption.key_arn",
        '"alias/mine"',
        "give the ARN of a key",
    ),
    refused(
        {"encryption": {"deletion_days": 6}}, "encryption.deletion_days is 6", "for 7 to 30 days"
    ),
    *(
        refused({"access": {"ip_ranges": ranges}}, "access.ip_ranges", "none wider than /8")
        for ranges in (
            ["0.0.0.0/1", "128.0.0.0/1"],
            ["192.0.2.0/24", "0.0.0.0/00"],
            ["2000::/3"],
            ["192.0.2.0"],
        )
    ),
    refused(
        {"vpc": {"id": "v", "subnet_ids": ["s"], "client_cidr_blocks": ["128.0.0.0/1"]}},
        "vpc.client_cidr_blocks",
        "128.0.0.0/1",
        "none wider than /8",
    ),
    *(
        refused({"access": {who: [arn]}}, f"access.{who} is", "without wildcards")
        for who in ("readers", "writers", "masters")
        for arn in (
            "*",
            "arn:aws:iam::*:root",
            "arn:aws:iam::123456789012:*",
            "arn:aws:iam::123456789012:role/team-?",
            "arn:aws:iam::123456789012:role/x,arn:aws:iam::123456789012:role/*",
            "arn:aws:sts::123456789012:federated-user/x",
        )
    ),
    *(
        refused(
            {"producers": {"accounts": ["123456789012", other]}}, "producers.accounts", "digits"
        )
        for other in (
            "*",
            "arn:aws:iam::210987654321:root",
            "\uff11" * 12,
            " 210987654321",
        )
    ),
    *(
        refused({"producers": {"external_id": other}}, "producers.external_id", "2 to 1224")
        for other in ("x", "*", "a*b", "${aws:PrincipalTag/x}", "été")
    ),
    refused(
        {"access": {"ip_ranges": ["0.0.0.0/0"]}},
        "access.ip_ranges",
        "0.0.0.0/0",
        "none at all for anywhere",
    ),
    refused(
        {"access": {"ip_ranges": ["192.0.2.0/24"], "from_anywhere": True}},
        "access.from_anywhere is true",
        '["192.0.2.0/24"]',
        "leave one of them out",
    ),
    refused({"access": {"path": "logging"}}, "access.path", '"logging"', "/logging/"),
    refused(
        {"access": {"permissions_boundary": "mine"}},
        "access.permissions_boundary",
        '"mine"',
        "arn:aws:iam::<account>:policy/<name>",
    ),
    refused({"producers": {"roles": ["*"]}}, "producers.roles", '["*"]', "no wildcards"),
    refused({"producers": {"accounts": ["1"]}}, "producers.accounts", '["1"]', "twelve digits"),
    refused({"producers": {"external_id": ""}}, "producers.external_id", '""', "2 to 1224"),
    refused(
        {"producers": {"external_id": "with space"}},
        "producers.external_id",
        '"with space"',
        "for example a UUID",
    ),
    refused({"producers": {"external_id": "x" * 1225}}, "producers.external_id", "2 to 1224"),
    refused(
        {"monitoring": {"disabled": ["cluster-red"]}},
        "monitoring.disabled",
        '["cluster-red"]',
        "the alarms are delivery_auth_failure",
    ),
    refused(
        {"monitoring": {"overrides": {"cpu": {"period": 45}}}},
        "monitoring.overrides is",
        '"period":45',
        "a multiple of 60 seconds",
    ),
    refused(
        {"monitoring": {"overrides": {"cpu": {"evaluation_periods": 0.5}}}},
        "monitoring.overrides is",
        '"evaluation_periods":0.5',
        "a multiple of 60 seconds",
    ),
    refused(
        {"monitoring": {"overrides": {"cpu": {"datapoints_to_alarm": 0}}}},
        "monitoring.overrides is",
        '"datapoints_to_alarm":0',
        "a multiple of 60 seconds",
    ),
    refused(
        {"monitoring": {"overrides": {"cpu": {"datapoints_to_alarm": 3, "evaluation_periods": 2}}}},
        "monitoring.overrides is",
        '"datapoints_to_alarm":3',
        "a multiple of 60 seconds",
    ),
    refused(
        {"monitoring": {"topics": ["mine"]}}, "monitoring.topics", '["mine"]', "give ARNs of SNS"
    ),
    refused({"logs": {"retention_days": 31}}, "logs.retention_days is 31", "30, 60, 90"),
    refused({"setup": {"settle_seconds": 900}}, "setup.settle_seconds is 900", "0 to 840 seconds"),
    refused({"retention": {"days": -1}}, "retention.days is -1", "0 to keep records for ever"),
    refused({"template": {"shards": 0}}, "template.shards is 0", "1 to 100 shards"),
    refused({"template": {"replicas": 11}}, "template.replicas is 11", "0 to 10 copies"),
    refused({"template": {"codec": "gzip"}}, "template.codec", '"gzip"', "use best_compression"),
    refused(
        {"template": {"refresh_interval": "soon"}},
        "template.refresh_interval",
        '"soon"',
        "a duration such as 5s",
    ),
    refused(
        {"template": {"extra_fields": "all"}},
        "template.extra_fields",
        '"all"',
        "use searchable or stored",
    ),
    refused({"template": {"field_limit": 10}}, "template.field_limit is 10", "100 to 10000 fields"),
    refused(
        {"template": {"fields": {"order": "string"}}},
        "template.fields",
        '"order":"string"',
        "flat_object, ip, keyword",
    ),
]
