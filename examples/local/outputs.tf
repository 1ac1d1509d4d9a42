output "delivery_stream" {
  description = "The delivery stream: name and arn."
  value       = module.logging.delivery_stream
}

output "domain" {
  description = "The domain: name, arn, endpoint (a host without scheme) and dashboards_url."
  value       = module.logging.domain
}

output "backup_bucket" {
  description = "The bucket of what the domain refused: name and arn."
  value       = module.logging.backup_bucket
}

output "producer_policy" {
  description = "The policy of those who log: arn and json."
  value       = module.logging.producer_policy
}

output "index_pattern" {
  description = "The pattern that matches the indexes."
  value       = module.logging.index_pattern
}

output "python_logging_config" {
  description = "A JSON document for logging.config.dictConfig that logs to the stream."
  value       = module.logging.python_logging_config
}

output "setup_steps" {
  description = "What the set-up function did, step by step: step, state (created, updated, unchanged, removed or left_out) and detail."
  value       = module.logging.setup_steps
}
