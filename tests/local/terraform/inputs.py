"""Every input of the root module with another value than its default, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.local.terraform.without_account import ACCOUNT, SEEN_RUN

DOMAIN = "module.domain.aws_opensearch_domain.this[0]"
SAML = "module.domain.aws_opensearch_domain_saml_options.this[0]"
LOG_POLICY = "module.domain.aws_cloudwatch_log_resource_policy.this[0]"
FUNCTION = "module.domain_setup.aws_lambda_function.this[0]"
RUN = "module.domain_setup.aws_lambda_invocation.this[0]"
STREAM = "module.delivery_stream.aws_kinesis_firehose_delivery_stream.this[0]"
SECOND_STREAM = "module.delivery_stream.aws_kinesis_firehose_delivery_stream.this[1]"
STREAM_ROLE = "module.delivery_stream.aws_iam_role.this[0]"
STREAM_LOGS = "module.delivery_stream.aws_cloudwatch_log_group.this[0]"
BUCKET = "module.delivery_stream.aws_s3_bucket.this[0]"
EXPIRY = "module.delivery_stream.aws_s3_bucket_lifecycle_configuration.this[0]"
PRODUCERS = "module.producer_access.aws_iam_role.this[0]"
KEY = "module.encryption_key.aws_kms_key.this[0]"
DASHBOARD = "module.monitoring.aws_cloudwatch_dashboard.this[0]"

_CPU = 'module.monitoring.aws_cloudwatch_metric_alarm.this["logging-test-cpu"]'
_RED = 'module.monitoring.aws_cloudwatch_metric_alarm.this["logging-test-cluster_red"]'
_OPENSEARCH = "opensearch_configuration.0"
_BACKUP = f"{_OPENSEARCH}.s3_configuration.0"
_TRANSFORM = f"{_OPENSEARCH}.processing_configuration.0.processors.0.parameters"
_NODES = "cluster_config.0"
_ENDPOINT = "domain_endpoint_options.0"
_WINDOW = "off_peak_window_options.0"
_ASKED = "environment.0.variables.FIREHOSE_LOGGING_SETUP"
_IDP = "saml_options.0"

ABSENT = "(absent)"
"""Stands for a value, or a whole resource, that is not there."""

ROLES = f"arn:aws:iam::{ACCOUNT}:role"
GIVEN_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/given"
MADE_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/made-up"
FOREIGN = "arn:aws:es:eu-west-1:210987654321:domain/search"
CERTIFICATE = f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/made-up"
REDACT = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:redact:1"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:on-call"
COGNITO = {
    "user_pool_id": "eu-west-1_pool",
    "identity_pool_id": "eu-west-1:pool",
    "role_arn": f"{ROLES}/cognito",
}


@dataclass(frozen=True)
class Effect:
    """What an input does.

    Attributes:
        run: the run that sets the input, together with all others of this run and ``BESIDE``.
        value: what the input is set to.
        address: the resource that shows it.
        path: where in the resource: names, numbers, and a ``Sid`` or the like within a list.
        expected: what stands there; not given, it is the value itself.
        unlike: the run in which something else stands there.
    """

    run: str
    value: Any
    address: str
    path: str
    expected: Any = None
    unlike: str = "defaults"

    @property
    def shown(self) -> Any:
        """Return what must stand there."""
        return self.value if self.expected is None else self.expected


BESIDE: Mapping[str, Mapping[str, Any]] = {
    "warned": {},
    "defaults": {"access.from_anywhere": True},
    "own": {},
    "without_function": {
        "access.from_anywhere": True,
        "domain.fine_grained_access": True,
        "domain.publish_logs": ["ES_APPLICATION_LOGS"],
        "encryption.key": "given",
    },
    "in_a_vpc": {
        "domain.zones": 2,
        "domain.instances.count": 2,
        "setup.check_at_plan": False,
    },
    "given_groups": {"vpc.subnet_ids": ["subnet-1"]},
    "existing": {"vpc.id": "vpc-1", "vpc.subnet_ids": ["subnet-1"]},
    "nothing": {},
}
"""What a run needs besides the inputs whose effects it shows."""

SILENCING = {"access.from_anywhere": "warned"}
"""Inputs that change nothing but what a plan warns of, each with a run that is warned."""

EFFECTS: Mapping[str, Effect] = {
    "create": Effect("nothing", False, STREAM, "name", ABSENT),
    "name": Effect("existing", "orders", STREAM, "name"),
    "tags": Effect("own", {"team": "platform"}, STREAM, "tags"),
    "index.name": Effect("own", "records", STREAM, f"{_OPENSEARCH}.index_name"),
    "index.rotation": Effect("own", "OneWeek", STREAM, f"{_OPENSEARCH}.index_rotation_period"),
    "index.document_ids": Effect(
        "own",
        "NO_DOCUMENT_ID",
        STREAM,
        f"{_OPENSEARCH}.document_id_options.0.default_document_id_format",
    ),
    "access.masters": Effect(
        "own",
        [f"{ROLES}/masters"],
        DOMAIN,
        "access_policies.Statement.Administer.Principal.AWS",
        f"{ROLES}/masters",
    ),
    "access.writers": Effect(
        "own",
        [f"{ROLES}/writers"],
        DOMAIN,
        "access_policies.Statement.Write.Principal.AWS",
        f"{ROLES}/writers",
    ),
    "access.readers": Effect("own", [f"{ROLES}/readers"], FUNCTION, f"{_ASKED}.readers"),
    "access.ip_ranges": Effect(
        "own",
        ["192.0.2.0/24"],
        DOMAIN,
        "access_policies.Statement.Read.Condition.IpAddress.aws:SourceIp",
        "192.0.2.0/24",
    ),
    "access.path": Effect("own", "/logging/", STREAM_ROLE, "path"),
    "access.permissions_boundary": Effect(
        "own", f"arn:aws:iam::{ACCOUNT}:policy/bound", STREAM_ROLE, "permissions_boundary"
    ),
    "producers.roles": Effect(
        "own",
        ["shop"],
        'module.producer_access.aws_iam_role_policy_attachment.this["shop"]',
        "role",
        "shop",
    ),
    "producers.users": Effect(
        "own",
        ["batch"],
        'module.producer_access.aws_iam_user_policy_attachment.this["batch"]',
        "user",
        "batch",
    ),
    "producers.accounts": Effect(
        "own",
        ["210987654321"],
        PRODUCERS,
        "assume_role_policy.Statement.LogFromOtherAccounts.Principal.AWS",
        "arn:aws:iam::210987654321:root",
    ),
    "producers.external_id": Effect(
        "own",
        "said-by-them",
        PRODUCERS,
        "assume_role_policy.Statement.LogFromOtherAccounts.Condition.StringEquals.sts:ExternalId",
    ),
    "domain.create": Effect("existing", False, DOMAIN, "domain_name", ABSENT),
    "domain.engine_version": Effect("own", "OpenSearch_2.19", DOMAIN, "engine_version"),
    "domain.instances.type": Effect("own", "r7g.large.search", DOMAIN, f"{_NODES}.instance_type"),
    "domain.instances.count": Effect("own", 3, DOMAIN, f"{_NODES}.instance_count"),
    "domain.managers.type": Effect(
        "own", "m7g.large.search", DOMAIN, f"{_NODES}.dedicated_master_type"
    ),
    "domain.managers.count": Effect("own", 5, DOMAIN, f"{_NODES}.dedicated_master_count"),
    "domain.zones": Effect(
        "own", 3, DOMAIN, f"{_NODES}.zone_awareness_config.0.availability_zone_count"
    ),
    "domain.standby": Effect("own", True, DOMAIN, f"{_NODES}.multi_az_with_standby_enabled"),
    "domain.storage.type": Effect("without_function", "io1", DOMAIN, "ebs_options.0.volume_type"),
    "domain.storage.size_gb": Effect("own", 200, DOMAIN, "ebs_options.0.volume_size"),
    "domain.storage.iops": Effect("without_function", 2000, DOMAIN, "ebs_options.0.iops"),
    "domain.storage.throughput": Effect("own", 250, DOMAIN, "ebs_options.0.throughput"),
    "domain.warm.type": Effect("own", "ultrawarm1.large.search", DOMAIN, f"{_NODES}.warm_type"),
    "domain.warm.count": Effect("own", 3, DOMAIN, f"{_NODES}.warm_count"),
    "domain.cold": Effect("own", True, DOMAIN, f"{_NODES}.cold_storage_options.0.enabled"),
    "domain.tls_policy": Effect(
        "own", "Policy-Min-TLS-1-2-2019-07", DOMAIN, f"{_ENDPOINT}.tls_security_policy"
    ),
    "domain.custom_endpoint.name": Effect(
        "own", "logs.example.org", DOMAIN, f"{_ENDPOINT}.custom_endpoint"
    ),
    "domain.custom_endpoint.certificate_arn": Effect(
        "own", CERTIFICATE, DOMAIN, f"{_ENDPOINT}.custom_endpoint_certificate_arn"
    ),
    "domain.auto_tune": Effect("own", True, DOMAIN, "auto_tune_options.0.desired_state", "ENABLED"),
    "domain.off_peak.enabled": Effect("without_function", False, DOMAIN, f"{_WINDOW}.enabled"),
    "domain.off_peak.hour": Effect(
        "own", 3, DOMAIN, f"{_WINDOW}.off_peak_window.0.window_start_time.0.hours"
    ),
    "domain.off_peak.minute": Effect(
        "own", 45, DOMAIN, f"{_WINDOW}.off_peak_window.0.window_start_time.0.minutes"
    ),
    "domain.auto_software_update": Effect(
        "own", True, DOMAIN, "software_update_options.0.auto_software_update_enabled"
    ),
    "domain.publish_logs": Effect(
        "own",
        ["AUDIT_LOGS"],
        DOMAIN,
        "log_publishing_options.AUDIT_LOGS.cloudwatch_log_group_arn",
        f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:made-up",
    ),
    "domain.log_policy": Effect(
        "without_function", False, LOG_POLICY, "policy_name", ABSENT, unlike="own"
    ),
    "domain.fine_grained_access": Effect(
        "in_a_vpc", False, DOMAIN, "advanced_security_options.0.enabled"
    ),
    "domain.master_arn": Effect(
        "without_function",
        f"{ROLES}/security",
        DOMAIN,
        "advanced_security_options.0.master_user_options.0.master_user_arn",
    ),
    **{
        f"domain.cognito.{name}": Effect("own", value, DOMAIN, f"cognito_options.0.{name}")
        for name, value in COGNITO.items()
    },
    "domain.saml.entity_id": Effect(
        "without_function", "https://idp.example.org", SAML, f"{_IDP}.idp.0.entity_id"
    ),
    "domain.saml.metadata": Effect(
        "without_function", "<metadata/>", SAML, f"{_IDP}.idp.0.metadata_content"
    ),
    "domain.saml.master_backend_role": Effect(
        "without_function", "admins", SAML, f"{_IDP}.master_backend_role"
    ),
    "domain.saml.roles_key": Effect("without_function", "groups", SAML, f"{_IDP}.roles_key"),
    "domain.saml.session_minutes": Effect(
        "without_function", 120, SAML, f"{_IDP}.session_timeout_minutes"
    ),
    **{
        f"domain.timeouts.{name}": Effect("own", "2h", DOMAIN, f"timeouts.{name}")
        for name in ("create", "update", "delete")
    },
    "existing_domain.arn": Effect(
        "existing",
        FOREIGN,
        "module.delivery_stream.aws_iam_role_policy.this[0]",
        "policy.Statement.WriteRecords.Resource",
        [f"{FOREIGN}/*", FOREIGN],
    ),
    "existing_domain.endpoint": Effect(
        "existing",
        "search.example.org",
        STREAM,
        f"{_OPENSEARCH}.cluster_endpoint",
        "https://search.example.org",
    ),
    "existing_domain.security_group_ids": Effect(
        "existing",
        ["sg-theirs"],
        'module.network.aws_vpc_security_group_ingress_rule.existing_domain["stream-0"]',
        "security_group_id",
        "sg-theirs",
    ),
    "delivery.buffering.interval_seconds": Effect(
        "own", 30, STREAM, f"{_OPENSEARCH}.buffering_interval"
    ),
    "delivery.buffering.size_mb": Effect("own", 5, STREAM, f"{_OPENSEARCH}.buffering_size"),
    "delivery.retry_seconds": Effect("own", 600, STREAM, f"{_OPENSEARCH}.retry_duration"),
    "delivery.shards": Effect("own", 2, SECOND_STREAM, "name", "logging-test-2"),
    "delivery.encryption.enabled": Effect(
        "without_function", False, STREAM, "server_side_encryption.0.enabled"
    ),
    "delivery.encryption.kms_key_arn": Effect(
        "own", GIVEN_KEY, STREAM, "server_side_encryption.0.key_arn"
    ),
    "delivery.transform.function_arn": Effect(
        "own", REDACT, STREAM, f"{_TRANSFORM}.LambdaArn.parameter_value"
    ),
    "delivery.transform.buffer_mb": Effect(
        "own", 0.5, STREAM, f"{_TRANSFORM}.BufferSizeInMBs.parameter_value", "0.5"
    ),
    "delivery.transform.interval_seconds": Effect(
        "own", 10, STREAM, f"{_TRANSFORM}.BufferIntervalInSeconds.parameter_value", "10"
    ),
    "delivery.transform.retries": Effect(
        "own", 1, STREAM, f"{_TRANSFORM}.NumberOfRetries.parameter_value", "1"
    ),
    "backup.mode": Effect("own", "AllDocuments", STREAM, f"{_OPENSEARCH}.s3_backup_mode"),
    "backup.create_bucket": Effect("without_function", False, BUCKET, "bucket", ABSENT),
    "backup.bucket_name": Effect("own", "orders-backup", BUCKET, "bucket"),
    "backup.bucket_arn": Effect(
        "without_function", "arn:aws:s3:::theirs", STREAM, f"{_BACKUP}.bucket_arn"
    ),
    "backup.prefix": Effect("own", "all/!{timestamp:yyyy}/", STREAM, f"{_BACKUP}.prefix"),
    "backup.error_prefix": Effect(
        "own", "failed/!{firehose:error-output-type}/", STREAM, f"{_BACKUP}.error_output_prefix"
    ),
    "backup.compression": Effect("own", "ZIP", STREAM, f"{_BACKUP}.compression_format"),
    "backup.buffering.interval_seconds": Effect(
        "own", 900, STREAM, f"{_BACKUP}.buffering_interval"
    ),
    "backup.buffering.size_mb": Effect("own", 64, STREAM, f"{_BACKUP}.buffering_size"),
    "backup.expire_days": Effect("own", 365, EXPIRY, "rule.0.expiration.0.days"),
    "backup.force_destroy": Effect("own", True, BUCKET, "force_destroy"),
    "backup.kms_key_arn": Effect("own", GIVEN_KEY, STREAM, f"{_BACKUP}.kms_key_arn"),
    "vpc.id": Effect("in_a_vpc", "vpc-1", "module.network.aws_security_group.domain[0]", "vpc_id"),
    "vpc.subnet_ids": Effect(
        "in_a_vpc", ["subnet-1", "subnet-2"], DOMAIN, "vpc_options.0.subnet_ids"
    ),
    "vpc.create_security_groups": Effect(
        "given_groups",
        False,
        "module.network.aws_security_group.stream[0]",
        "name",
        ABSENT,
        unlike="in_a_vpc",
    ),
    "vpc.security_group_ids.domain": Effect(
        "given_groups", ["sg-domain"], DOMAIN, "vpc_options.0.security_group_ids"
    ),
    "vpc.security_group_ids.stream": Effect(
        "given_groups", ["sg-stream"], STREAM, f"{_OPENSEARCH}.vpc_config.0.security_group_ids"
    ),
    "vpc.security_group_ids.function": Effect(
        "given_groups", ["sg-function"], FUNCTION, "vpc_config.0.security_group_ids"
    ),
    "vpc.client_security_group_ids": Effect(
        "in_a_vpc",
        ["sg-client"],
        'module.network.aws_vpc_security_group_ingress_rule.domain["client-0"]',
        "referenced_security_group_id",
        "sg-client",
    ),
    "vpc.client_cidr_blocks": Effect(
        "in_a_vpc",
        ["10.0.0.0/16"],
        'module.network.aws_vpc_security_group_ingress_rule.clients["10.0.0.0/16"]',
        "cidr_ipv4",
        "10.0.0.0/16",
    ),
    "encryption.key": Effect("own", "new", DOMAIN, "encrypt_at_rest.0.kms_key_id", MADE_KEY),
    "encryption.key_arn": Effect(
        "without_function", GIVEN_KEY, DOMAIN, "encrypt_at_rest.0.kms_key_id"
    ),
    "encryption.deletion_days": Effect("own", 7, KEY, "deletion_window_in_days"),
    "logs.retention_days": Effect("own", 365, STREAM_LOGS, "retention_in_days"),
    "monitoring.enabled": Effect("given_groups", False, _RED, "threshold", ABSENT),
    "monitoring.dashboard": Effect("given_groups", False, DASHBOARD, "dashboard_name", ABSENT),
    "monitoring.topics": Effect("own", [TOPIC], _CPU, "alarm_actions"),
    "monitoring.overrides.threshold": Effect("own", 90, _CPU, "threshold"),
    "monitoring.overrides.period": Effect("own", 60, _CPU, "period"),
    "monitoring.overrides.evaluation_periods": Effect("own", 5, _CPU, "evaluation_periods"),
    "monitoring.overrides.datapoints_to_alarm": Effect("own", 4, _CPU, "datapoints_to_alarm"),
    "monitoring.disabled": Effect("own", ["cluster_red"], _RED, "threshold", ABSENT),
    "setup.enabled": Effect("without_function", False, FUNCTION, "function_name", ABSENT),
    "setup.dashboards": Effect("own", False, FUNCTION, f"{_ASKED}.dashboards"),
    "setup.delete_indexes": Effect("own", True, FUNCTION, f"{_ASKED}.delete_indexes"),
    "setup.settle_seconds": Effect("own", 120, FUNCTION, "timeout", 180),
    "setup.check_at_plan": Effect("own", True, RUN, "input.run", SEEN_RUN, unlike="in_a_vpc"),
    "retention.days": Effect("own", 7, FUNCTION, f"{_ASKED}.retention_days"),
    "template.shards": Effect("own", 2, FUNCTION, f"{_ASKED}.template.shards"),
    "template.replicas": Effect("own", 2, FUNCTION, f"{_ASKED}.template.replicas"),
    "template.codec": Effect("own", "zstd", FUNCTION, f"{_ASKED}.template.codec"),
    "template.refresh_interval": Effect(
        "own", "5s", FUNCTION, f"{_ASKED}.template.refresh_interval"
    ),
    "template.time_field": Effect("own", "@timestamp", FUNCTION, f"{_ASKED}.template.time_field"),
    "template.extra_fields": Effect("own", "stored", FUNCTION, f"{_ASKED}.template.extra_fields"),
    "template.field_limit": Effect("own", 500, FUNCTION, f"{_ASKED}.template.field_limit"),
    "template.fields": Effect("own", {"order": "ip"}, FUNCTION, f"{_ASKED}.template.fields"),
}
