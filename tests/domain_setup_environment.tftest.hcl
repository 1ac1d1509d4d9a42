# What the function is configured with has to fit into its environment. In a file of its own: OpenTofu
# wants each target of a file's overrides in the module of every run.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  target = {
    arn      = "arn:aws:es:eu-west-1:123456789012:domain/logging-test"
    endpoint = "search-logging-test.eu-west-1.es.amazonaws.com"
  }
  writers = ["arn:aws:iam::123456789012:role/b", "arn:aws:iam::123456789012:role/a"]
}

run "many_people" {
  module {
    source = "./tests/many_people"
  }
}

run "a_long_configuration_is_compressed_into_lambdas_four_kilobytes" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  variables {
    access = { readers = run.many_people.alike }
  }

  assert {
    condition     = startswith(one(aws_lambda_function.this[0].environment).variables.FIREHOSE_LOGGING_SETUP, "H4sI") && length(one(aws_lambda_function.this[0].environment).variables.FIREHOSE_LOGGING_SETUP) < 4000
    error_message = one(aws_lambda_function.this[0].environment).variables.FIREHOSE_LOGGING_SETUP
  }
}

run "a_configuration_beyond_them_is_refused_in_the_plan" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "123456789012" }
  }

  variables {
    access = { readers = run.many_people.unlike }
  }

  expect_failures = [aws_lambda_function.this[0]]
}
