# What no single input can tell is wrong: combinations that AWS refuses are refused at plan. What is
# said of each, tests/local/terraform/test_cross_check_messages.py shows.
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

override_data {
  target = module.domain.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.domain_setup.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.delivery_stream.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.encryption_key.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

run "a_stream_delivers_to_one_domain_not_to_two" {
  command = plan

  variables {
    access          = { from_anywhere = true }
    domain          = { create = true }
    existing_domain = { arn = "arn:aws:es:eu-west-1:123456789012:domain/search" }
  }

  expect_failures = [output.domain]
}

run "readers_of_a_domain_that_no_function_sets_up_are_refused" {
  command = plan

  variables {
    existing_domain = { arn = "arn:aws:es:eu-west-1:123456789012:domain/search", endpoint = "search.example.org" }
    access          = { readers = ["arn:aws:iam::123456789012:role/readers"] }
  }

  expect_failures = [output.domain]
}

run "writers_of_a_domain_that_no_function_sets_up_are_refused" {
  command = plan

  variables {
    existing_domain = { arn = "arn:aws:es:eu-west-1:123456789012:domain/search" }
    access          = { writers = ["arn:aws:iam::123456789012:role/writers"] }
  }

  expect_failures = [output.domain]
}

run "readers_of_a_domain_that_a_function_sets_up_are_given_roles" {
  command = plan

  variables {
    existing_domain = { arn = "arn:aws:es:eu-west-1:123456789012:domain/search", endpoint = "search.example.org" }
    access          = { readers = ["arn:aws:iam::123456789012:role/readers"] }
    setup           = { enabled = true }
  }
}

run "where_nothing_is_made_nobody_is_refused" {
  command = plan

  variables {
    create = false
    access = { readers = ["arn:aws:iam::123456789012:role/readers"] }
  }
}
