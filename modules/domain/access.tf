locals {
  # Firehose calls from addresses of its own, so its roles are bound to no range; people are.
  streams = sort(distinct(var.writers))
  people = {
    masters = sort(distinct(var.access.masters))
    writers = sort(distinct(var.access.writers))
    readers = sort(distinct(var.access.readers))
  }

  # An allowance here would be one beyond all that the function's own policy leaves out: within one
  # account, either suffices. So the function's role is not named.
  named_master = var.fine_grained_access.master_in_policy ? var.fine_grained_access.master_arn[*] : []

  write_resources = [local.arn, "${local.arn}/*"]
  state_resources = [
    "${local.arn}/_all/_settings",
    "${local.arn}/_cluster/stats",
    "${local.arn}/_nodes",
    "${local.arn}/_nodes/*/stats",
    "${local.arn}/_nodes/stats",
    "${local.arn}/_stats",
    "${local.arn}/${var.index.name}*/_mapping/*",
    "${local.arn}/${var.index.name}*/_stats",
  ]

  grants = [
    for grant in [
      {
        sid        = "StreamsWrite"
        principals = local.streams
        actions    = ["es:ESHttpPost", "es:ESHttpPut"]
        resources  = local.write_resources
        ip_ranges  = []
      },
      {
        sid        = "StreamsReadClusterState"
        principals = local.streams
        actions    = ["es:ESHttpGet"]
        resources  = local.state_resources
        ip_ranges  = []
      },
      {
        sid        = "Write"
        principals = local.people.writers
        actions    = ["es:ESHttpPost", "es:ESHttpPut"]
        resources = [
          "${local.arn}/_bulk",
          "${local.arn}/${var.index.name}*/_bulk",
          "${local.arn}/${var.index.name}*/_create/*",
          "${local.arn}/${var.index.name}*/_doc",
          "${local.arn}/${var.index.name}*/_doc/*",
        ]
        ip_ranges = var.access.ip_ranges
      },
      {
        sid        = "Read"
        principals = local.people.readers
        actions    = ["es:ESHttpGet", "es:ESHttpHead"]
        resources = [
          "${local.arn}/",
          "${local.arn}/${var.index.name}*",
          "${local.arn}/_cat/*",
          "${local.arn}/_cluster/health",
          "${local.arn}/_dashboards",
          "${local.arn}/_dashboards/*",
          "${local.arn}/_resolve/index/${var.index.name}*",
        ]
        ip_ranges = var.access.ip_ranges
      },
      {
        sid        = "Search"
        principals = local.people.readers
        actions    = ["es:ESHttpPost"]
        resources = [
          "${local.arn}/${var.index.name}*/_count",
          "${local.arn}/${var.index.name}*/_field_caps",
          "${local.arn}/${var.index.name}*/_msearch",
          "${local.arn}/${var.index.name}*/_search",
          "${local.arn}/_msearch",
          "${local.arn}/_search/scroll",
        ]
        ip_ranges = var.access.ip_ranges
      },
      {
        sid        = "UseDashboards"
        principals = local.people.readers
        actions    = ["es:ESHttpDelete", "es:ESHttpPost", "es:ESHttpPut"]
        resources  = ["${local.arn}/_dashboards/*"]
        ip_ranges  = var.access.ip_ranges
      },
      {
        sid        = "SetUp"
        principals = local.named_master
        actions    = ["es:ESHttp*"]
        resources  = local.write_resources
        ip_ranges  = []
      },
      {
        sid        = "Administer"
        principals = local.people.masters
        actions    = ["es:ESHttp*"]
        resources  = [local.arn, "${local.arn}/*"]
        ip_ranges  = var.access.ip_ranges
      },
    ] : grant if length(grant.principals) > 0
  ]

  # AWS refuses a policy without statements.
  has_access_policy = length(concat(var.access.masters, var.access.writers, var.access.readers, var.writers, local.named_master)) > 0
}

# The whole policy stands inline in the domain: a policy resource of its own would be a second
# change to a domain that has only just come up.
data "aws_iam_policy_document" "access" {
  dynamic "statement" {
    for_each = local.grants

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources

      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }

      dynamic "condition" {
        for_each = length(statement.value.ip_ranges) > 0 ? [statement.value.ip_ranges] : []

        content {
          test     = "IpAddress"
          variable = "aws:SourceIp"
          values   = condition.value
        }
      }
    }
  }
}
