provider "aws" {}

data "aws_caller_identity" "current" {}

# Of a session, the role behind it: a domain's policy can name roles, not sessions.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

module "logging" {
  source = "../.."

  name = var.name

  access = {
    masters = [data.aws_iam_session_context.current.issuer_arn]
  }
}
