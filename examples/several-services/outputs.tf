output "domain" {
  description = "The domain that all share: name, arn, endpoint and dashboards_url."
  value       = module.domain.domain
}

output "delivery_stream" {
  description = "The stream, name and arn, by service."
  value       = { for name, service in module.service : name => service.delivery_stream }
}

output "backup_bucket" {
  description = "The bucket, name and arn, by service."
  value       = { for name, service in module.service : name => service.backup_bucket }
}

output "producer_policy" {
  description = "The policy of those who log, arn and json, by service."
  value       = { for name, service in module.service : name => service.producer_policy }
}

output "index_pattern" {
  description = "The pattern that matches the indexes, by service."
  value       = { for name, service in module.service : name => service.index_pattern }
}

output "python_logging_config" {
  description = "The document for logging.config.dictConfig, by service."
  value       = { for name, service in module.service : name => service.python_logging_config }
}
