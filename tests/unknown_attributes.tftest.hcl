# What the READMEs warn of: Terraform drops an attribute that a typed object does not know.
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

run "a_misspelt_attribute_is_dropped_and_the_plan_shows_the_default" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    access = { from_anywhere = true }
    domain = { instnaces = { type = "r7g.large.search", count = 3 } }
  }

  assert {
    condition     = aws_opensearch_domain.this[0].cluster_config[0].instance_type == "t3.small.search"
    error_message = "Terraform no longer drops it: say so in the READMEs"
  }
}
