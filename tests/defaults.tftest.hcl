# Plans without an account: the provider is the real one, so that policy documents are computed;
# only who calls is made up.
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
  target = module.encryption_key.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.domain.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.delivery_stream.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.domain_setup.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

# Public on purpose, so that no run is warned of it.
variables {
  access = { from_anywhere = true }
}

run "the_stream_delivers_as_the_article_sets_it_up_into_a_domain_that_a_function_sets_up" {
  command = plan

  assert {
    condition     = output.delivery_stream.name == "logging-test"
    error_message = "the stream is not named logging-test"
  }

  assert {
    condition     = output.index_pattern == "logging-test-*"
    error_message = "the index pattern is ${output.index_pattern}"
  }

  assert {
    condition = jsondecode(output.python_logging_config) == {
      version                  = 1
      disable_existing_loggers = false
      formatters               = { json = { "()" = "firehose_logging.FirehoseJsonFormatter" } }
      handlers = {
        firehose = {
          class       = "firehose_logging.FirehoseHandler"
          formatter   = "json"
          stream_name = "logging-test"
          region_name = "eu-west-1"
        }
      }
      root = { handlers = ["firehose"], level = "INFO" }
    }
    error_message = output.python_logging_config
  }

  assert {
    condition     = local.set_up
    error_message = "no function for a new domain"
  }
}

run "without_rotation_the_pattern_is_the_index_itself" {
  command = plan

  variables {
    index = { rotation = "NoRotation" }
  }

  assert {
    condition     = output.index_pattern == "logging-test"
    error_message = "the index pattern is ${output.index_pattern}"
  }
}

run "create_false_makes_nothing_and_outputs_null" {
  command = apply

  variables {
    create = false
  }

  assert {
    condition = alltrue([
      output.delivery_stream.name == null,
      output.delivery_stream.arn == null,
      output.domain.name == null,
      output.domain.arn == null,
      output.domain.endpoint == null,
      output.domain.dashboards_url == null,
      output.backup_bucket.name == null,
      output.backup_bucket.arn == null,
      output.producer_policy.arn == null,
      output.producer_policy.json == null,
    ])
    error_message = "something was made although create is false"
  }
}

run "without_the_function_the_access_policy_alone_decides" {
  command = plan

  variables {
    setup = { enabled = false }
  }

  assert {
    condition     = !local.set_up && output.setup_steps == [] && output.setup_role.arn == null
    error_message = "a function, or its role, although setup.enabled is false"
  }
}

run "an_existing_domain_is_left_to_its_owner_unless_asked_for" {
  command = plan

  variables {
    existing_domain = { arn = "arn:aws:es:eu-west-1:123456789012:domain/logs", endpoint = "search-logs.eu-west-1.es.amazonaws.com" }
  }

  assert {
    condition     = !local.set_up
    error_message = "a function for a domain that did not let its role in"
  }
}

run "an_existing_domain_is_set_up_where_asked_for" {
  command = plan

  variables {
    existing_domain = { arn = "arn:aws:es:eu-west-1:123456789012:domain/logs", endpoint = "search-logs.eu-west-1.es.amazonaws.com" }
    setup           = { enabled = true }
  }

  assert {
    condition     = local.set_up && output.domain.arn == "arn:aws:es:eu-west-1:123456789012:domain/logs"
    error_message = "no function although setup.enabled is true"
  }
}
