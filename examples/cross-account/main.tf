# Where the applications run and the stream stands.
provider "aws" {}

# Where the domain stands.
provider "aws" {
  alias = "central"

  assume_role {
    role_arn = var.central_role_arn
  }
}

module "domain" {
  source = "../../modules/domain"

  providers = {
    aws = aws.central
  }

  name    = var.name
  index   = { name = var.name }
  writers = [module.logging.delivery_role.arn]

  domain = {
    timeouts = {
      create = var.domain_timeout
      update = var.domain_timeout
      delete = var.domain_timeout
    }
  }

  access = {
    masters       = [var.central_role_arn]
    from_anywhere = true
  }
}

# Firehose reaches a domain of another account by its endpoint, and the domain's own policy must
# name the stream's role.
module "logging" {
  source = "../.."

  name            = var.name
  index           = { name = var.name }
  domain          = { create = false }
  existing_domain = { arn = module.domain.domain.arn, endpoint = module.domain.domain.endpoint }
  backup          = { expire_days = var.expire_days }
  producers       = { accounts = var.producer_accounts }
}
