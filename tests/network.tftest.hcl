# The module by itself, applied without an account: groups and rules are overridden.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_resource {
  target = aws_security_group.domain
  values = { id = "sg-domain" }
}

override_resource {
  target = aws_security_group.stream
  values = { id = "sg-stream" }
}

override_resource {
  target = aws_security_group.function
  values = { id = "sg-function" }
}

override_resource {
  target = aws_vpc_security_group_ingress_rule.domain
}

override_resource {
  target = aws_vpc_security_group_ingress_rule.clients
}

override_resource {
  target = aws_vpc_security_group_ingress_rule.existing_domain
}

override_resource {
  target = aws_vpc_security_group_egress_rule.to_domain
}

override_resource {
  target = aws_vpc_security_group_egress_rule.to_existing_domain
}

run "a_public_domain_needs_no_groups" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = jsonencode(output.security_group_ids) == jsonencode({ domain = [], stream = [], function = [] })
    error_message = jsonencode(output.security_group_ids)
  }
}

run "stream_and_function_may_go_out_to_the_domain_and_it_lets_them_and_its_clients_in" {
  module {
    source = "./modules/network"
  }

  variables {
    with_function = true
    vpc = {
      id                        = "vpc-1"
      subnet_ids                = ["subnet-1"]
      client_security_group_ids = ["sg-client"]
      client_cidr_blocks        = ["10.0.0.0/16"]
    }
  }

  assert {
    condition = { for name, rule in aws_vpc_security_group_ingress_rule.domain : name => [rule.security_group_id, rule.referenced_security_group_id, rule.ip_protocol, tostring(rule.from_port), tostring(rule.to_port)] } == {
      stream   = ["sg-domain", "sg-stream", "tcp", "443", "443"]
      function = ["sg-domain", "sg-function", "tcp", "443", "443"]
      client-0 = ["sg-domain", "sg-client", "tcp", "443", "443"]
    }
    error_message = jsonencode(aws_vpc_security_group_ingress_rule.domain)
  }

  assert {
    condition = { for name, rule in aws_vpc_security_group_egress_rule.to_domain : name => [rule.security_group_id, rule.referenced_security_group_id, tostring(rule.from_port), tostring(rule.to_port)] } == {
      stream   = ["sg-stream", "sg-domain", "443", "443"]
      function = ["sg-function", "sg-domain", "443", "443"]
    }
    error_message = jsonencode(aws_vpc_security_group_egress_rule.to_domain)
  }

  assert {
    condition     = one(values(aws_vpc_security_group_ingress_rule.clients)[*].cidr_ipv4) == "10.0.0.0/16"
    error_message = jsonencode(aws_vpc_security_group_ingress_rule.clients)
  }

  assert {
    condition     = jsonencode(output.security_group_ids) == jsonencode({ domain = ["sg-domain"], stream = ["sg-stream"], function = ["sg-function"] })
    error_message = jsonencode(output.security_group_ids)
  }
}

run "an_existing_domains_groups_are_opened_for_the_stream" {
  module {
    source = "./modules/network"
  }

  variables {
    with_domain                        = false
    existing_domain_security_group_ids = ["sg-theirs"]
    vpc                                = { id = "vpc-1", subnet_ids = ["subnet-1"] }
  }

  assert {
    condition = [
      for rule in values(aws_vpc_security_group_ingress_rule.existing_domain) : [rule.security_group_id, rule.referenced_security_group_id]
    ] == [["sg-theirs", "sg-stream"]]
    error_message = jsonencode(aws_vpc_security_group_ingress_rule.existing_domain)
  }

  assert {
    condition = [
      for rule in values(aws_vpc_security_group_egress_rule.to_existing_domain) : [rule.security_group_id, rule.referenced_security_group_id]
    ] == [["sg-stream", "sg-theirs"]]
    error_message = jsonencode(aws_vpc_security_group_egress_rule.to_existing_domain)
  }

  assert {
    condition     = length(aws_security_group.domain) == 0
    error_message = "a group for a domain that is not made"
  }
}

run "given_groups_are_handed_on_as_they_are" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    vpc = {
      subnet_ids             = ["subnet-1"]
      create_security_groups = false
      security_group_ids     = { domain = ["sg-d"], stream = ["sg-s"] }
    }
  }

  assert {
    condition     = jsonencode(output.security_group_ids) == jsonencode({ domain = ["sg-d"], stream = ["sg-s"], function = [] })
    error_message = jsonencode(output.security_group_ids)
  }

  assert {
    condition     = length(aws_security_group.stream) == 0 && length(aws_vpc_security_group_ingress_rule.domain) == 0
    error_message = "groups or rules although they are given"
  }
}
