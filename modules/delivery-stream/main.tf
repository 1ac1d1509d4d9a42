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

  names = [for shard in range(var.delivery.shards) : shard == 0 ? var.name : "${var.name}-${shard + 1}"]

  # Known before the streams are, so that their role can name them.
  arns = [
    for name in local.names :
    "arn:${local.partition}:firehose:${local.region}:${local.account_id}:deliverystream/${name}"
  ]

  streams = var.create ? local.names : []

  # Read by the role's policy, too, which must not hide the precondition's message.
  domain_arn = coalesce(var.destination.domain_arn, "domain-arn-missing")

  # Firehose takes the ARN of a domain of its own account only; any other it reaches by endpoint.
  own_account = split(":", coalesce(var.destination.domain_arn, ":::::"))[4] == local.account_id

  in_vpc     = length(var.network.subnet_ids) > 0
  stream_key = var.delivery.encryption.kms_key_arn != null ? var.delivery.encryption.kms_key_arn : var.key.arn
  backup_key = var.backup.kms_key_arn != null ? var.backup.kms_key_arn : var.key.arn

  # The provider hides parameters that have Firehose's defaults when it reads them back: written
  # down, they would differ in every plan.
  transform_parameters = var.delivery.transform == null ? {} : {
    for name, parameter in {
      LambdaArn               = { value = var.delivery.transform.function_arn, unless = null }
      NumberOfRetries         = { value = tostring(var.delivery.transform.retries), unless = "3" }
      BufferSizeInMBs         = { value = tostring(var.delivery.transform.buffer_mb), unless = "1" }
      BufferIntervalInSeconds = { value = tostring(var.delivery.transform.interval_seconds), unless = "60" }
    } : name => parameter.value if parameter.unless == null || parameter.value != parameter.unless
  }
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  # checkov:skip=CKV_AWS_240: encrypted unless delivery.encryption.enabled is false; the check can't follow the input
  # checkov:skip=CKV_AWS_241: a key of one's own is for encryption or delivery.encryption to name
  count = length(local.streams)

  name        = local.streams[count.index]
  destination = "opensearch"
  tags        = var.tags

  server_side_encryption {
    enabled  = var.delivery.encryption.enabled
    key_type = local.stream_key == null ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK"
    key_arn  = var.delivery.encryption.enabled ? local.stream_key : null
  }

  opensearch_configuration {
    domain_arn            = local.own_account ? var.destination.domain_arn : null
    cluster_endpoint      = local.own_account ? null : "https://${coalesce(var.destination.endpoint, "endpoint-missing")}"
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
      log_group_name  = aws_cloudwatch_log_group.this[count.index].name
      log_stream_name = aws_cloudwatch_log_stream.delivery[count.index].name
    }

    s3_configuration {
      role_arn            = aws_iam_role.this[0].arn
      bucket_arn          = local.bucket_arn
      prefix              = var.backup.prefix
      error_output_prefix = var.backup.error_prefix
      buffering_interval  = var.backup.buffering.interval_seconds
      buffering_size      = var.backup.buffering.size_mb
      compression_format  = var.backup.compression
      kms_key_arn         = local.backup_key

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = aws_cloudwatch_log_group.this[count.index].name
        log_stream_name = aws_cloudwatch_log_stream.backup[count.index].name
      }
    }

    dynamic "processing_configuration" {
      for_each = var.delivery.transform == null ? [] : [local.transform_parameters]

      content {
        enabled = true

        processors {
          type = "Lambda"

          dynamic "parameters" {
            for_each = processing_configuration.value

            content {
              parameter_name  = parameters.key
              parameter_value = parameters.value
            }
          }
        }
      }
    }

    dynamic "vpc_config" {
      for_each = local.in_vpc ? [var.network] : []

      content {
        role_arn           = aws_iam_role.this[0].arn
        subnet_ids         = vpc_config.value.subnet_ids
        security_group_ids = vpc_config.value.security_group_ids
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.destination.domain_arn != null
      error_message = "destination.domain_arn is missing; name the domain to deliver to (of the root module: existing_domain.arn, or leave domain.create out to have one made)."
    }

    precondition {
      condition     = local.own_account || var.destination.endpoint != null || var.destination.domain_arn == null
      error_message = "destination.endpoint is missing; the domain ${coalesce(var.destination.domain_arn, "null")} is another account's, and Firehose reaches it by its endpoint: give the domain's host."
    }

    precondition {
      condition     = !local.in_vpc || length(var.network.security_group_ids) > 0
      error_message = "network.security_group_ids is empty although network.subnet_ids is not; give 1 to 5 security groups."
    }
  }

  # The bucket's settings too: nothing is to arrive before the bucket is private. And while the
  # stream goes, its role must still be allowed to delete the stream's network interfaces.
  depends_on = [
    aws_iam_role_policy.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

resource "aws_cloudwatch_log_group" "this" {
  count = length(local.streams)

  name              = "/aws/kinesisfirehose/${local.streams[count.index]}"
  retention_in_days = var.logs.retention_days
  kms_key_id        = var.key.arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_stream" "delivery" {
  count = length(local.streams)

  name           = "DestinationDelivery"
  log_group_name = aws_cloudwatch_log_group.this[count.index].name
}

resource "aws_cloudwatch_log_stream" "backup" {
  count = length(local.streams)

  name           = "BackupDelivery"
  log_group_name = aws_cloudwatch_log_group.this[count.index].name
}
