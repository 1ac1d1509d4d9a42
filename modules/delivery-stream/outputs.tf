output "delivery_stream" {
  description = "The delivery stream: name and arn."
  value = {
    name = try(aws_kinesis_firehose_delivery_stream.this[0].name, null)
    arn  = try(aws_kinesis_firehose_delivery_stream.this[0].arn, null)
  }
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
    name = try(aws_s3_bucket.this[0].id, null)
    arn  = try(aws_s3_bucket.this[0].arn, null)
  }
}

output "log_group" {
  description = "The log group of Firehose's errors: name and arn."
  value = {
    name = try(aws_cloudwatch_log_group.this[0].name, null)
    arn  = try(aws_cloudwatch_log_group.this[0].arn, null)
  }
}

output "index_pattern" {
  description = "The pattern that matches the indexes, for example logging-test-*."
  value       = var.index.rotation == "NoRotation" ? var.index.name : "${var.index.name}-*"
}
