provider "aws" {
  default_tags {
    tags = {
      team = "platform"
    }
  }
}

data "aws_caller_identity" "current" {}

# Of a session, the role behind it: a domain's policy can name roles, not sessions.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

module "logging" {
  source = "../.."

  name = var.name
  tags = { service = "logging" }

  index = {
    name         = "orders"
    rotation     = "OneWeek"
    document_ids = "FIREHOSE_DEFAULT"
  }

  domain = {
    engine_version = "OpenSearch_3.5"
    instances      = { type = "r7g.large.search", count = 3 }
    zones          = 3
    storage        = { type = "gp3", size_gb = 100, iops = 3000, throughput = 125 }
  }

  delivery = {
    buffering     = { interval_seconds = 30, size_mb = 5 }
    retry_seconds = 3600
  }

  backup = {
    mode         = "AllDocuments"
    prefix       = "orders/!{timestamp:yyyy/MM/dd}/"
    error_prefix = "failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
    compression  = "GZIP"
    buffering    = { interval_seconds = 300, size_mb = 64 }
    expire_days  = 365
  }

  access = {
    masters = [data.aws_iam_session_context.current.issuer_arn]
    readers = var.readers
  }

  logs = { retention_days = 90 }
}
