provider "aws" {}

data "aws_caller_identity" "current" {}

# Of a session, the role behind it: a domain's policy can name roles, not sessions.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

data "aws_partition" "current" {}

data "aws_service" "lambda" {
  service_id = "lambda"
}

locals {
  masters = [data.aws_iam_session_context.current.issuer_arn]

  # The roles of the services' set-up functions, by the names that the module gives them: their
  # ARNs can't be read from it, for their functions wait for those who need them here.
  setup_roles = [
    for service in var.services :
    "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${var.name}-${service}-${data.aws_service.lambda.region}-domain-setup"
  ]
}

# One domain for all, with fine-grained access control: paths alone would keep no service out of
# another's indexes. It need not name the streams' roles: within one account their own policies let
# them in, and a new service leaves the domain as it is.
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
    masters       = local.masters
    readers       = sort(distinct(flatten(values(var.readers))))
    from_anywhere = true
  }

  fine_grained_access = { enabled = true, master_arn = module.setup.role.arn }
}

# The domain's first set-up, for an index of the platform's own. It makes administrators of the
# services' set-up functions, which wait for it.
module "setup" {
  source = "../../modules/domain-setup"

  name   = var.name
  index  = { name = var.name }
  target = { arn = module.domain.domain.arn, endpoint = module.domain.domain.endpoint }
  access = { masters = concat(local.masters, local.setup_roles) }
}

# A stream, a bucket and a policy for each service; indexes logs-<service>-<date>, and roles within
# the domain for these alone.
module "service" {
  source   = "../.."
  for_each = toset(var.services)

  name            = "${var.name}-${each.key}"
  index           = { name = "logs-${each.key}" }
  domain          = { create = false }
  existing_domain = { arn = module.setup.domain_arn, endpoint = module.domain.domain.endpoint }
  setup           = { enabled = true }
  access          = { readers = lookup(var.readers, each.key, []) }
  backup          = { expire_days = var.expire_days }
}
