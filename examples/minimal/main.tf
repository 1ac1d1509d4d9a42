provider "aws" {}

data "aws_caller_identity" "current" {}

# Of a session, the role behind it: a domain's policy can name roles, not sessions.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

module "logging" {
  source = "../.."

  name = var.name

  domain = {
    timeouts = {
      create = var.domain_timeout
      update = var.domain_timeout
      delete = var.domain_timeout
    }
  }

  access = {
    masters       = [data.aws_iam_session_context.current.issuer_arn]
    from_anywhere = true
  }
}
