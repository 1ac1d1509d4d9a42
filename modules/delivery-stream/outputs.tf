output "delivery_stream" {
  description = "The delivery stream: name and arn."
  value = {
    name = try(aws_kinesis_firehose_delivery_stream.this[0].name, null)
    arn  = try(aws_kinesis_firehose_delivery_stream.this[0].arn, null)
  }
}

output "delivery_streams" {
  description = "All streams, the first one included: a list of name and arn."
  value       = [for stream in aws_kinesis_firehose_delivery_stream.this : { name = stream.name, arn = stream.arn }]
}

output "role" {
  description = "The stream's role: name and arn. It stands before the domain does."
  value = {
    name = try(aws_iam_role.this[0].name, null)
    arn  = try(aws_iam_role.this[0].arn, null)
  }
}

output "backup_bucket" {
  description = "The bucket of what the domain refused: name and arn."
  value = {
    name = var.create ? try(split(":::", local.bucket_arn)[1], null) : null
    arn  = var.create ? local.bucket_arn : null
  }
}

output "log_groups" {
  description = "The log groups of Firehose's errors, one for each stream: a list of name and arn."
  value       = [for group in aws_cloudwatch_log_group.this : { name = group.name, arn = group.arn }]
}

output "stream_key_arn" {
  description = "The customer-managed key that the streams are encrypted with, or null."
  value       = var.delivery.encryption.enabled ? local.stream_key : null
}

output "index_pattern" {
  description = "The pattern that matches the indexes, for example logging-test-*."
  value       = var.index.rotation == "NoRotation" ? var.index.name : "${var.index.name}-*"
}

output "names" {
  description = "Names of the streams, known before they are made; also with create = false."
  value       = local.names
}
