data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

# The Region's name by an attribute that neither provider 5.x nor 6.x deprecates.
data "aws_service" "firehose" {
  service_id = "firehose"
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_service.firehose.region

  # Known before the stream is, so that its role can name it.
  arn = "arn:${local.partition}:firehose:${local.region}:${local.account_id}:deliverystream/${var.name}"
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  count = var.create ? 1 : 0

  name        = var.name
  destination = "opensearch"
  tags        = var.tags

  server_side_encryption {
    enabled  = true
    key_type = "AWS_OWNED_CMK"
  }

  opensearch_configuration {
    domain_arn            = var.destination.domain_arn
    role_arn              = aws_iam_role.this[0].arn
    index_name            = var.index.name
    index_rotation_period = var.index.rotation
    buffering_interval    = var.delivery.buffering.interval_seconds
    buffering_size        = var.delivery.buffering.size_mb
    retry_duration        = var.delivery.retry_seconds
    s3_backup_mode        = var.backup.mode

    document_id_options {
      default_document_id_format = var.index.document_ids
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.this[0].name
      log_stream_name = aws_cloudwatch_log_stream.delivery[0].name
    }

    s3_configuration {
      role_arn            = aws_iam_role.this[0].arn
      bucket_arn          = aws_s3_bucket.this[0].arn
      prefix              = var.backup.prefix
      error_output_prefix = var.backup.error_prefix
      buffering_interval  = var.backup.buffering.interval_seconds
      buffering_size      = var.backup.buffering.size_mb
      compression_format  = var.backup.compression

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = aws_cloudwatch_log_group.this[0].name
        log_stream_name = aws_cloudwatch_log_stream.backup[0].name
      }
    }
  }

  # The bucket's settings too: nothing is to arrive before the bucket is private.
  depends_on = [
    aws_iam_role_policy.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

resource "aws_cloudwatch_log_group" "this" {
  count = var.create ? 1 : 0

  name              = "/aws/kinesisfirehose/${var.name}"
  retention_in_days = var.logs.retention_days
  tags              = var.tags
}

resource "aws_cloudwatch_log_stream" "delivery" {
  count = var.create ? 1 : 0

  name           = "DestinationDelivery"
  log_group_name = aws_cloudwatch_log_group.this[0].name
}

resource "aws_cloudwatch_log_stream" "backup" {
  count = var.create ? 1 : 0

  name           = "BackupDelivery"
  log_group_name = aws_cloudwatch_log_group.this[0].name
}
