provider "aws" {}

data "aws_caller_identity" "current" {}

# Of a session, the role behind it: a domain's policy can name roles, not sessions.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

# One domain for all. It need not name the streams' roles: within one account their own policies
# let them in, and a new service leaves the domain as it is.
module "domain" {
  source = "../../modules/domain"

  name  = var.name
  index = { name = "logs" }

  domain = {
    timeouts = {
      create = var.domain_timeout
      update = var.domain_timeout
      delete = var.domain_timeout
    }
  }

  access = {
    masters = [data.aws_iam_session_context.current.issuer_arn]
  }
}

# A stream, a bucket and a policy for each service; indexes logs-<service>-<date>.
module "service" {
  source   = "../.."
  for_each = toset(var.services)

  name            = "${var.name}-${each.key}"
  index           = { name = "logs-${each.key}" }
  domain          = { create = false }
  existing_domain = { arn = module.domain.domain.arn, endpoint = module.domain.domain.endpoint }
  backup          = { expire_days = var.expire_days }
}
