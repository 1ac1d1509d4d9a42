"""Wrong values of the input `domain`, and what Terraform must say of each."""

from __future__ import annotations

from .refusal import refused

REFUSALS_OF_DOMAINS = [
    refused(
        {"domain": {"engine_version": "Elasticsearch_7.10"}},
        "domain.engine_version",
        "Elasticsearch_7.10",
        "for example OpenSearch_3.5",
    ),
    refused(
        {"domain": {"instances": {"type": "r7g.large"}}},
        "domain.instances.type",
        '"r7g.large"',
        "r7g.large.search",
    ),
    refused(
        {"domain": {"instances": {"type": "t2.small.search"}}},
        "domain.instances.type",
        "t2.small.search",
        "use t3.small.search",
    ),
    refused({"domain": {"zones": 4, "instances": {"count": 4}}}, "domain.zones is 4", "1, 2 or 3"),
    refused(
        {"domain": {"zones": 2, "instances": {"count": 3}}},
        "domain.instances.count is 3",
        "use a multiple of 2",
    ),
    refused({"domain": {"storage": {"type": "st1"}}}, "domain.storage.type", '"st1"', "use gp3"),
    refused({"domain": {"storage": {"size_gb": 9}}}, "domain.storage.size_gb is 9", "10 to 24576"),
    refused(
        {"domain": {"storage": {"type": "gp2", "iops": 3000}}},
        "domain.storage.iops",
        '"gp2"',
        "leave iops out",
    ),
    refused({"domain": {"storage": {"type": "io1"}}}, "domain.storage.iops is missing", "use gp3"),
    refused(
        {"domain": {"storage": {"type": "gp2", "throughput": 125}}},
        "domain.storage.throughput",
        '"gp2"',
        "leave throughput out",
    ),
    refused(
        {"domain": {"tls_policy": "Policy-Min-TLS-1-0-2019-07"}},
        "domain.tls_policy",
        "Policy-Min-TLS-1-0-2019-07",
        "use Policy-Min-TLS-1-2-PFS-2023-10",
    ),
    refused({"domain": {"timeouts": {"create": "90 min"}}}, "domain.timeouts", "90 min", '"1h30m"'),
    refused(
        {"domain": {"storage": {"size_gb": 101}}},
        "domain.storage.size_gb is 101",
        "t3.small.search",
        "use a larger type, or more nodes",
    ),
    refused(
        {
            "domain": {
                "instances": {"type": "m6g.large.search"},
                "storage": {"type": "standard", "size_gb": 101},
            }
        },
        "domain.storage.size_gb is 101",
        '"standard"',
        "use gp3, or more nodes",
    ),
    refused(
        {"domain": {"storage": {"iops": 2999}}},
        "domain.storage is",
        '"iops":2999',
        "leave iops and throughput out",
    ),
    refused(
        {"domain": {"storage": {"throughput": 124}}},
        "domain.storage is",
        '"throughput":124',
        "leave iops and throughput out",
    ),
    refused(
        {"domain": {"instances": {"type": "or1.large.search"}, "storage": {"type": "gp2"}}},
        "domain.storage.type",
        "or1.large.search",
        "gp3 or io1 only",
    ),
    refused(
        {"domain": {"instances": {"type": "r7gd.large.search"}, "storage": {"size_gb": 100}}},
        "domain.storage is",
        "r7gd.large.search",
        "leave storage out",
    ),
    refused(
        {
            "domain": {
                "custom_endpoint": {
                    "name": "https://logs.example.org",
                    "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/c",
                }
            }
        },
        "domain.custom_endpoint.name",
        '"https://logs.example.org"',
        "give a host name alone",
    ),
    refused(
        {"domain": {"master_arn": "arn:aws:iam::123456789012:root"}},
        "domain.master_arn",
        "123456789012:root",
        "give the ARN of an IAM role or user",
    ),
    refused({"domain": {"managers": {"count": 2}}}, "domain.managers.count is 2", "use 3 managers"),
    refused(
        {"domain": {"managers": {"type": "m7g.medium"}}},
        "domain.managers.type",
        '"m7g.medium"',
        "m7g.medium.search",
    ),
    refused(
        {"domain": {"standby": True, "zones": 2, "instances": {"count": 2}}},
        "domain.standby is true",
        "domain.zones = 2",
        "needs zones = 3",
    ),
    refused({"domain": {"warm": {}}}, "domain.warm is set", "missing", "leave warm out"),
    refused(
        {
            "domain": {
                "instances": {"type": "r7g.large.search"},
                "managers": {},
                "warm": {"count": 1},
            }
        },
        "domain.warm is",
        '"count":1',
        "use 2 or more nodes",
    ),
    refused({"domain": {"cold": True}}, "domain.cold is true", "set domain.warm"),
    refused(
        {"domain": {"auto_tune": True}}, "domain.auto_tune is true", "t3.small", "leave it out"
    ),
    refused({"domain": {"off_peak": {"hour": 24}}}, "domain.off_peak", "24:0", "from 0 to 23"),
    refused(
        {"domain": {"publish_logs": ["SLOW_LOGS"]}},
        "domain.publish_logs",
        '["SLOW_LOGS"]',
        "use INDEX_SLOW_LOGS",
    ),
    refused(
        {"domain": {"custom_endpoint": {"name": "logs.example.org", "certificate_arn": "mine"}}},
        "domain.custom_endpoint.certificate_arn",
        '"mine"',
        "for logs.example.org",
    ),
    refused(
        {"domain": {"cognito": {"role_arn": "arn:aws:iam::123456789012:role/c"}}},
        "domain.cognito",
        '"user_pool_id":""',
        "make the pools first",
    ),
    refused(
        {
            "domain": {
                "cognito": {
                    "user_pool_id": "eu-west-1_a",
                    "identity_pool_id": "eu-west-1:b",
                    "role_arn": "arn:aws:iam::123456789012:role/c",
                },
                "saml": {"entity_id": "e", "metadata": "m"},
            }
        },
        "domain.cognito and domain.saml are both set",
        "leave the other out",
    ),
    refused(
        {"domain": {"saml": {"entity_id": "e", "metadata": "m", "session_minutes": 0}}},
        "domain.saml.session_minutes is 0",
        "1 to 1440 minutes",
    ),
]
