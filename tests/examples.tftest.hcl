# A plan of every example, with its defaults, without an account.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

# In the example this provider takes a role of the central account.
provider "aws" {
  alias                       = "central"
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

# An override reaches no instance of a module in both Terraform and OpenTofu; a type's answer does.
mock_provider "aws" {
  alias = "without_answers"

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012", arn = "arn:aws:sts::123456789012:assumed-role/platform/me" }
  }

  mock_data "aws_iam_session_context" {
    defaults = { issuer_arn = "arn:aws:iam::123456789012:role/platform" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_service" {
    defaults = { region = "eu-west-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_opensearch_domain" {
    defaults = { arn = "arn:aws:es:eu-west-1:123456789012:domain/logs", endpoint = "search.example.org" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/logs" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::logs" }
  }
}

run "minimal" {
  command = plan

  module {
    source = "./examples/minimal"
  }

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012", arn = "arn:aws:sts::123456789012:assumed-role/platform/me" }
  }

  override_data {
    target = data.aws_iam_session_context.current
    values = { issuer_arn = "arn:aws:iam::123456789012:role/platform" }
  }

  override_data {
    target = module.logging.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.encryption_key.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain_setup.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.delivery_stream.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  assert {
    condition     = output.delivery_stream.name == "logging-test" && output.index_pattern == "logging-test-*"
    error_message = jsonencode(output.delivery_stream)
  }
}

run "complete" {
  command = plan

  module {
    source = "./examples/complete"
  }

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012", arn = "arn:aws:sts::123456789012:assumed-role/platform/me" }
  }

  override_data {
    target = data.aws_iam_session_context.current
    values = { issuer_arn = "arn:aws:iam::123456789012:role/platform" }
  }

  override_data {
    target = module.logging.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.encryption_key.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain_setup.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.delivery_stream.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  assert {
    condition     = jsonencode(jsondecode(output.python_logging_config).handlers.firehose.stream_name) == jsonencode(["orders-logs", "orders-logs-2"])
    error_message = output.python_logging_config
  }

  assert {
    condition     = output.index_pattern == "orders-*"
    error_message = output.index_pattern
  }
}

run "existing_domain" {
  command = plan

  module {
    source = "./examples/existing-domain"
  }

  override_data {
    target = module.logging.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.encryption_key.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain_setup.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.delivery_stream.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  variables {
    domain_arn      = "arn:aws:es:eu-west-1:123456789012:domain/search"
    domain_endpoint = "search.example.org"
  }

  assert {
    condition = output.domain == {
      name           = "search"
      arn            = "arn:aws:es:eu-west-1:123456789012:domain/search"
      endpoint       = "search.example.org"
      dashboards_url = "https://search.example.org/_dashboards"
    }
    error_message = jsonencode(output.domain)
  }
}

run "cross_account" {
  command = plan

  module {
    source = "./examples/cross-account"
  }

  override_data {
    target = module.domain.data.aws_caller_identity.current
    values = { account_id = "210987654321" }
  }

  override_data {
    target = module.logging.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.encryption_key.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain_setup.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.delivery_stream.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  providers = {
    aws         = aws
    aws.central = aws.central
  }

  variables {
    central_role_arn  = "arn:aws:iam::210987654321:role/logging"
    producer_accounts = ["112233445566"]
  }

  assert {
    condition     = output.delivery_stream.name == "logging-test"
    error_message = jsonencode(output.delivery_stream)
  }
}

run "vpc" {
  command = plan

  module {
    source = "./examples/vpc"
  }

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012", arn = "arn:aws:sts::123456789012:assumed-role/platform/me" }
  }

  override_data {
    target = data.aws_iam_session_context.current
    values = { issuer_arn = "arn:aws:iam::123456789012:role/platform" }
  }

  override_data {
    target = data.aws_availability_zones.available
    values = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }

  override_data {
    target = module.logging.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.encryption_key.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain_setup.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.delivery_stream.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  assert {
    condition     = [length(aws_subnet.this), aws_subnet.this[1].availability_zone] == [2, "eu-west-1b"]
    error_message = jsonencode(aws_subnet.this)
  }
}

run "transform" {
  command = plan

  module {
    source = "./examples/transform"
  }

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012", arn = "arn:aws:sts::123456789012:assumed-role/platform/me" }
  }

  override_data {
    target = data.aws_iam_session_context.current
    values = { issuer_arn = "arn:aws:iam::123456789012:role/platform" }
  }

  override_data {
    target = module.logging.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.encryption_key.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain_setup.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.delivery_stream.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  assert {
    condition     = aws_lambda_function.redact.publish && output.function_name == "logging-test-redact"
    error_message = jsonencode(aws_lambda_function.redact)
  }
}

run "several_services" {
  command = plan

  module {
    source = "./examples/several-services"
  }

  providers = {
    aws = aws.without_answers
  }

  variables {
    services = ["orders"]
  }

  assert {
    condition     = output.index_pattern == { orders = "logs-orders-*" }
    error_message = jsonencode(output.index_pattern)
  }

  assert {
    condition     = local.setup_roles == ["arn:aws:iam::123456789012:role/platform-orders-eu-west-1-domain-setup"]
    error_message = jsonencode(local.setup_roles)
  }
}

run "local" {
  command = plan

  module {
    source = "./examples/local"
  }

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012", arn = "arn:aws:sts::123456789012:assumed-role/platform/me" }
  }

  override_data {
    target = data.aws_iam_session_context.current
    values = { issuer_arn = "arn:aws:iam::123456789012:role/platform" }
  }

  override_data {
    target = module.logging.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.encryption_key.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.domain_setup.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  override_data {
    target = module.logging.module.delivery_stream.data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  assert {
    condition     = output.index_pattern == "logging-test-*"
    error_message = output.index_pattern
  }
}
