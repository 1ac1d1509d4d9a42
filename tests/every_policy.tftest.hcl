# The root module with every input that brings a permission, applied without an account: its state
# holds every policy whole. tools/security_table.py makes the table of docs/security.md from it.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_module {
  target = module.network
  outputs = {
    security_group_ids = { domain = ["sg-domain"], stream = ["sg-stream"], function = ["sg-function"] }
  }
}

override_module {
  target  = module.monitoring
  outputs = { alarms = {}, dashboard = null }
}

override_data {
  target = module.encryption_key.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = module.encryption_key.aws_kms_key.this
  values = { arn = "arn:aws:kms:eu-west-1:123456789012:key/logging", key_id = "logging" }
}

override_resource {
  target = module.encryption_key.aws_kms_alias.this
}

override_data {
  target = module.domain.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = module.domain.aws_opensearch_domain.this
  values = {
    arn                = "arn:aws:es:eu-west-1:123456789012:domain/logging-test"
    endpoint           = "search.example.org"
    dashboard_endpoint = "search.example.org/_dashboards"
  }
}

override_resource {
  target = module.domain.aws_cloudwatch_log_group.this
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/opensearch/logging-test/es-application-logs" }
}

override_resource {
  target = module.domain.aws_cloudwatch_log_resource_policy.this
}

override_data {
  target = module.domain_setup.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = module.domain_setup.aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/domain-setup" }
}

override_resource {
  target = module.domain_setup.aws_iam_role_policy.this
}

override_resource {
  target = module.domain_setup.aws_cloudwatch_log_group.this
}

override_resource {
  target = module.domain_setup.aws_lambda_function.this
}

override_data {
  target = module.domain_setup.data.aws_lambda_invocation.look
  values = { result = "{\"run\": \"1f\", \"differs\": [], \"unknown\": null}" }
}

override_resource {
  target = module.domain_setup.aws_lambda_invocation.this
  values = { result = "{\"steps\": []}" }
}

override_data {
  target = module.delivery_stream.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = module.delivery_stream.aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/delivery" }
}

override_resource {
  target = module.delivery_stream.aws_iam_role_policy.this
}

override_resource {
  target = module.delivery_stream.aws_kinesis_firehose_delivery_stream.this
  values = { arn = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test" }
}

override_resource {
  target = module.delivery_stream.aws_cloudwatch_log_group.this
}

override_resource {
  target = module.delivery_stream.aws_cloudwatch_log_stream.delivery
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/kinesisfirehose/logging-test:log-stream:DestinationDelivery" }
}

override_resource {
  target = module.delivery_stream.aws_cloudwatch_log_stream.backup
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/kinesisfirehose/logging-test:log-stream:BackupDelivery" }
}

override_resource {
  target = module.delivery_stream.aws_s3_bucket.this
  values = { arn = "arn:aws:s3:::logging-test-backup", id = "logging-test-backup" }
}

override_resource {
  target = module.delivery_stream.aws_s3_bucket_lifecycle_configuration.this
}

override_resource {
  target = module.delivery_stream.aws_s3_bucket_ownership_controls.this
}

override_resource {
  target = module.delivery_stream.aws_s3_bucket_policy.this
}

override_resource {
  target = module.delivery_stream.aws_s3_bucket_public_access_block.this
}

override_resource {
  target = module.delivery_stream.aws_s3_bucket_server_side_encryption_configuration.this
}

override_resource {
  target = module.delivery_stream.aws_s3_bucket_versioning.this
}

override_resource {
  target = module.producer_access.aws_iam_policy.this
  values = { arn = "arn:aws:iam::123456789012:policy/producer" }
}

override_resource {
  target = module.producer_access.aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/producer" }
}

override_resource {
  target = module.producer_access.aws_iam_role_policy_attachment.this
}

override_resource {
  target = module.producer_access.aws_iam_role_policy_attachment.accounts
}

run "every_policy" {
  variables {
    index      = { name = "records" }
    domain     = { publish_logs = ["ES_APPLICATION_LOGS"] }
    encryption = { key = "new" }
    vpc        = { id = "vpc-1", subnet_ids = ["subnet-1"] }
    setup      = { delete_indexes = true }
    delivery   = { transform = { function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:transform:1" } }
    producers  = { roles = ["application"], accounts = ["210987654321"], external_id = "said-by-them" }
    access = {
      masters = ["arn:aws:iam::123456789012:role/masters"]
      writers = ["arn:aws:iam::123456789012:role/writers"]
      readers = ["arn:aws:iam::123456789012:role/readers"]
    }
  }

  assert {
    condition     = output.setup_role.arn == "arn:aws:iam::123456789012:role/domain-setup" && output.delivery_role.arn == "arn:aws:iam::123456789012:role/delivery"
    error_message = "a role is missing"
  }
}
