output "domain" {
  description = "The domain: name, arn, endpoint (a host without scheme) and dashboards_url."
  value = {
    name           = try(aws_opensearch_domain.this[0].domain_name, null)
    arn            = try(aws_opensearch_domain.this[0].arn, null)
    endpoint       = try(aws_opensearch_domain.this[0].endpoint, null)
    dashboards_url = try("https://${aws_opensearch_domain.this[0].dashboard_endpoint}", null)
  }
}

output "log_groups" {
  description = "ARNs of the log groups that the domain publishes to, by kind."
  value       = { for kind, group in aws_cloudwatch_log_group.this : kind => group.arn }
}

output "access_policy" {
  description = "The domain's access policy as JSON."
  value       = data.aws_iam_policy_document.access.json
}

output "volume_gb" {
  description = "Size of each data node's volume in GiB; null where the instance type has disks of its own."
  value       = local.own_disks ? null : var.domain.storage.size_gb
}
