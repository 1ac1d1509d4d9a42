# The whole policy stands inline in the domain: a policy resource of its own would be a second
# change to a domain that has only just come up.
data "aws_iam_policy_document" "access" {
  dynamic "statement" {
    for_each = length(local.writers) > 0 ? [local.writers] : []

    content {
      sid       = "WriteRecords"
      actions   = ["es:ESHttpPost", "es:ESHttpPut"]
      resources = [local.arn, "${local.arn}/*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.writers) > 0 ? [local.writers] : []

    content {
      sid     = "ReadClusterState"
      actions = ["es:ESHttpGet"]
      resources = [
        "${local.arn}/_all/_settings",
        "${local.arn}/_cluster/stats",
        "${local.arn}/_nodes",
        "${local.arn}/_nodes/*/stats",
        "${local.arn}/_nodes/stats",
        "${local.arn}/_stats",
        "${local.arn}/${var.index.name}*/_mapping/*",
        "${local.arn}/${var.index.name}*/_stats",
      ]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.readers) > 0 ? [local.readers] : []

    content {
      sid     = "Read"
      actions = ["es:ESHttpGet", "es:ESHttpHead"]
      resources = [
        "${local.arn}/",
        "${local.arn}/${var.index.name}*",
        "${local.arn}/_cat/*",
        "${local.arn}/_cluster/health",
        "${local.arn}/_dashboards",
        "${local.arn}/_dashboards/*",
        "${local.arn}/_resolve/index/${var.index.name}*",
      ]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.readers) > 0 ? [local.readers] : []

    content {
      sid     = "Search"
      actions = ["es:ESHttpPost"]
      resources = [
        "${local.arn}/${var.index.name}*/_count",
        "${local.arn}/${var.index.name}*/_field_caps",
        "${local.arn}/${var.index.name}*/_msearch",
        "${local.arn}/${var.index.name}*/_search",
        "${local.arn}/_msearch",
        "${local.arn}/_search/scroll",
      ]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.readers) > 0 ? [local.readers] : []

    content {
      sid       = "UseDashboards"
      actions   = ["es:ESHttpDelete", "es:ESHttpPost", "es:ESHttpPut"]
      resources = ["${local.arn}/_dashboards/*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.masters) > 0 ? [local.masters] : []

    content {
      sid       = "Administer"
      actions   = ["es:ESHttp*"]
      resources = [local.arn, "${local.arn}/*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
}
