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

resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26: alarms hold names and figures; CloudWatch can't publish under AWS's own key
  name = "${var.name}-alarms"
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
    engine_version       = "OpenSearch_3.5"
    instances            = { type = "r7g.large.search", count = 3 }
    managers             = { type = "m7g.medium.search", count = 3 }
    zones                = 3
    standby              = true
    storage              = { type = "gp3", size_gb = 100, iops = 3000, throughput = 125 }
    auto_tune            = true
    off_peak             = { hour = 2, minute = 30 }
    auto_software_update = true
    publish_logs         = ["ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS"]
    timeouts = {
      create = var.domain_timeout
      update = var.domain_timeout
      delete = var.domain_timeout
    }
  }

  delivery = {
    buffering     = { interval_seconds = 30, size_mb = 5 }
    retry_seconds = 3600
    shards        = 2
  }

  backup = {
    mode         = "AllDocuments"
    prefix       = "orders/!{timestamp:yyyy/MM/dd}/"
    error_prefix = "failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
    compression  = "GZIP"
    buffering    = { interval_seconds = 300, size_mb = 64 }
    expire_days  = var.expire_days
  }

  encryption = { key = "new" }

  access = {
    masters       = [data.aws_iam_session_context.current.issuer_arn]
    readers       = var.readers
    ip_ranges     = var.ip_ranges
    from_anywhere = length(var.ip_ranges) == 0
    path          = "/logging/"
  }

  producers = { accounts = var.producer_accounts }

  logs = { retention_days = 90 }

  monitoring = {
    topics    = [aws_sns_topic.alarms.arn]
    overrides = { delivery_freshness = { threshold = 900 } }
    disabled  = ["nodes_missing"]
  }
}
