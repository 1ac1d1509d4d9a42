provider "aws" {}

data "aws_caller_identity" "current" {}

# Of a session, the role behind it: a domain's policy can name roles, not sessions.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

data "aws_availability_zones" "available" {
  # checkov:skip=CKV_AWS_394: any two zones of the Region will do
  state = "available"
}

resource "aws_vpc" "this" {
  # checkov:skip=CKV2_AWS_11: flow logs are for the owner of a real VPC to decide
  # checkov:skip=CKV2_AWS_12: nothing here uses the default group
  cidr_block           = var.cidr_block
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_subnet" "this" {
  count = 2

  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(var.cidr_block, 8, count.index)
  availability_zone = data.aws_availability_zones.available.names[count.index]
  tags              = { Name = "${var.name}-${count.index}" }
}

module "logging" {
  source = "../.."

  name = var.name

  domain = {
    instances = { type = "t3.small.search", count = 2 }
    zones     = 2
    timeouts = {
      create = var.domain_timeout
      update = var.domain_timeout
      delete = var.domain_timeout
    }
  }

  vpc = {
    id                 = aws_vpc.this.id
    subnet_ids         = aws_subnet.this[*].id
    client_cidr_blocks = [var.cidr_block]
  }

  backup = { expire_days = var.expire_days }

  access = {
    masters = [data.aws_iam_session_context.current.issuer_arn]
  }
}
