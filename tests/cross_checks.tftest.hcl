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

run "a_stream_delivers_to_one_domain_not_to_two" {
  command = plan

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

  variables {
    access          = { from_anywhere = true }
    domain          = { create = true }
    existing_domain = { arn = "arn:aws:es:eu-west-1:123456789012:domain/search" }
  }

  expect_failures = [output.domain]
}

run "subnets_ip_ranges_audit_logs_and_saml_must_fit_the_domain" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    domain = {
      zones        = 2
      instances    = { count = 2 }
      publish_logs = ["AUDIT_LOGS"]
      saml         = { entity_id = "idp", metadata = "<xml/>" }
    }
    network = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    access  = { ip_ranges = ["192.0.2.0/24"] }
  }

  expect_failures = [aws_opensearch_domain.this]
}

run "fine_grained_access_control_needs_a_master" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    access              = { from_anywhere = true }
    fine_grained_access = { enabled = true }
  }

  expect_failures = [aws_opensearch_domain.this]
}

run "a_stream_needs_the_endpoint_of_another_accounts_domain_and_groups_in_a_vpc" {
  command = plan

  module {
    source = "./modules/delivery-stream"
  }

  variables {
    destination = { domain_arn = "arn:aws:es:eu-west-1:210987654321:domain/search" }
    network     = { subnet_ids = ["subnet-1"] }
  }

  expect_failures = [aws_kinesis_firehose_delivery_stream.this]
}

run "a_stream_needs_a_domain" {
  command = plan

  module {
    source = "./modules/delivery-stream"
  }

  variables {
    destination = { domain_arn = null }
  }

  expect_failures = [aws_kinesis_firehose_delivery_stream.this]
}

run "readers_by_paths_alone_are_refused" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    access = { from_anywhere = true, readers = ["arn:aws:iam::123456789012:role/readers"] }
  }

  expect_failures = [aws_opensearch_domain.this]
}

run "writers_by_paths_alone_are_refused" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    access = { from_anywhere = true, writers = ["arn:aws:iam::123456789012:role/writers"] }
  }

  expect_failures = [aws_opensearch_domain.this]
}

run "streams_and_masters_by_paths_alone_are_not_refused" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    access  = { from_anywhere = true, masters = ["arn:aws:iam::123456789012:role/masters"] }
    writers = ["arn:aws:iam::123456789012:role/delivery"]
  }
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

run "a_public_domain_that_is_open_to_every_address_is_warned_of" {
  command = plan

  module {
    source = "./modules/domain"
  }

  expect_failures = [check.public_domain]
}

run "a_domain_with_ip_ranges_is_not_warned_of" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    access = { ip_ranges = ["192.0.2.0/24"] }
  }
}

run "a_domain_in_a_vpc_is_not_warned_of" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    network = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }
}
