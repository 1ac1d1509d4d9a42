provider "aws" {
  s3_use_path_style = true
}

data "aws_caller_identity" "current" {}

# Of a session, the role behind it: a domain's policy can name roles, not sessions.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

module "logging" {
  source = "../.."

  name  = var.name
  index = { name = var.name, rotation = var.index_rotation }

  domain = {
    timeouts = {
      create = var.domain_timeout
      update = var.domain_timeout
      delete = var.domain_timeout
    }
  }

  delivery = {
    buffering     = { interval_seconds = var.buffering_interval_seconds }
    retry_seconds = var.retry_seconds
  }

  # Expiry would hold up an apply for a minute; what lies in the bucket goes with the stack.
  backup = {
    mode          = var.backup_mode
    buffering     = { interval_seconds = 60, size_mb = 1 }
    expire_days   = 0
    force_destroy = true
  }

  access = {
    masters       = [data.aws_iam_session_context.current.issuer_arn]
    from_anywhere = true
    readers       = var.readers
  }

  retention = { days = var.retention_days }
}
