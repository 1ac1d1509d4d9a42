output "delivery_stream" {
  description = "The delivery stream: name and arn; the first one with delivery.shards."
  value       = module.delivery_stream.delivery_stream
}

output "domain" {
  description = "The domain: name, arn, endpoint (a host without scheme) and dashboards_url."
  value       = local.domain

  precondition {
    condition     = !local.has_existing_domain || !coalesce(var.domain.create, false)
    error_message = "domain.create is true although existing_domain.arn is \"${coalesce(var.existing_domain.arn, "null")}\"; the stream delivers to one domain: leave one of them out."
  }

  precondition {
    condition     = !var.create || local.make_domain || local.set_up || length(concat(var.access.readers, var.access.writers)) == 0
    error_message = "access.readers is ${jsonencode(var.access.readers)} and access.writers is ${jsonencode(var.access.writers)} although the domain is not made here and has no set-up function, which alone would let them in; set setup.enabled, for a domain with fine-grained access control, or leave them out and let the domain's owner give them roles."
  }
}

output "backup_bucket" {
  description = "The bucket of what the domain refused: name and arn."
  value       = module.delivery_stream.backup_bucket
}

output "producer_policy" {
  description = "The policy of those who log: arn, to attach, and json, to put into a policy of one's own."
  value       = module.producer_access.producer_policy
}

output "index_pattern" {
  description = "The pattern that matches the indexes, for example logging-test-*."
  value       = module.delivery_stream.index_pattern
}

output "python_logging_config" {
  description = "A JSON document for logging.config.dictConfig that logs to the stream, or to all of them."
  value       = jsonencode(local.python_logging_config)
}

output "delivery_streams" {
  description = "All streams, the first one included: a list of name and arn."
  value       = module.delivery_stream.delivery_streams
}

output "delivery_role" {
  description = "The stream's role, name and arn: whom a domain that is not made here must let in."
  value       = module.delivery_stream.role
}

output "producer_role" {
  description = "The role that other accounts take to log: name and arn; null without producers.accounts."
  value       = module.producer_access.producer_role
}

output "encryption_key_arn" {
  description = "The customer-managed key, or null."
  value       = var.create ? local.key.arn : null
}

output "security_group_ids" {
  description = "Groups of the domain, the stream and the set-up function: three lists."
  value       = module.network.security_group_ids
}

output "setup_steps" {
  description = "What the set-up function did in its last run, step by step: step, state (created, updated, unchanged, removed or left_out) and detail. None where that run failed."
  value       = module.domain_setup.steps
}

output "setup_role" {
  description = "The set-up function's role, name and arn: whom an existing domain must map to all_access, and another account's let in."
  value       = module.domain_setup.role
}

output "alarms" {
  description = "The alarms: ARN by name."
  value       = module.monitoring.alarms
}

output "dashboard" {
  description = "Name of the dashboard in CloudWatch, or null."
  value       = module.monitoring.dashboard
}
