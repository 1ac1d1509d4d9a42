# The same of the modules alone: combinations that AWS refuses are refused at plan. What is
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
