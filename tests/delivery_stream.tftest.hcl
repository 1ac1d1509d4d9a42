# The module by itself, applied without an account: every resource is overridden, the policy
# documents are computed for real.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = aws_kinesis_firehose_delivery_stream.this
}

override_resource {
  target = aws_cloudwatch_log_group.this
}

override_resource {
  target = aws_cloudwatch_log_stream.delivery
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:DestinationDelivery" }
}

override_resource {
  target = aws_cloudwatch_log_stream.backup
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:BackupDelivery" }
}

override_resource {
  target = aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/delivery" }
}

override_resource {
  target = aws_iam_role_policy.this
}

override_resource {
  target = aws_s3_bucket.this
  values = { arn = "arn:aws:s3:::backup", id = "backup" }
}

override_resource {
  target = aws_s3_bucket_lifecycle_configuration.this
}

override_resource {
  target = aws_s3_bucket_ownership_controls.this
}

override_resource {
  target = aws_s3_bucket_policy.this
}

override_resource {
  target = aws_s3_bucket_public_access_block.this
}

override_resource {
  target = aws_s3_bucket_server_side_encryption_configuration.this
}

override_resource {
  target = aws_s3_bucket_versioning.this
}

variables {
  destination = { domain_arn = "arn:aws:es:eu-west-1:123456789012:domain/logging-test" }
}

run "a_stream_is_private_encrypted_and_logged" {
  module {
    source = "./modules/delivery-stream"
  }

  assert {
    condition = {
      name     = aws_kinesis_firehose_delivery_stream.this[0].name
      index    = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].index_name
      rotation = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].index_rotation_period
      ids      = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].document_id_options[0].default_document_id_format
      interval = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].buffering_interval
      size     = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].buffering_size
      retry    = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].retry_duration
      backup   = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_backup_mode
      codec    = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration[0].compression_format
      } == {
      name     = "logging-test"
      index    = "logging-test"
      rotation = "OneDay"
      ids      = "FIREHOSE_DEFAULT"
      interval = 60
      size     = 1
      retry    = 300
      backup   = "FailedDocumentsOnly"
      codec    = "GZIP"
    }
    error_message = jsonencode(aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration)
  }

  assert {
    condition = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].cloudwatch_logging_options == tolist([{
      enabled         = true
      log_group_name  = "/aws/kinesisfirehose/logging-test"
      log_stream_name = "DestinationDelivery"
    }])
    error_message = "errors of the delivery are not logged to DestinationDelivery"
  }

  assert {
    condition = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration[0].cloudwatch_logging_options == tolist([{
      enabled         = true
      log_group_name  = "/aws/kinesisfirehose/logging-test"
      log_stream_name = "BackupDelivery"
    }])
    error_message = "errors of the backup are not logged to BackupDelivery"
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this[0].server_side_encryption[0].enabled
    error_message = "the stream is not encrypted"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this[0].block_public_acls,
      aws_s3_bucket_public_access_block.this[0].block_public_policy,
      aws_s3_bucket_public_access_block.this[0].ignore_public_acls,
      aws_s3_bucket_public_access_block.this[0].restrict_public_buckets,
      aws_s3_bucket_ownership_controls.this[0].rule[0].object_ownership == "BucketOwnerEnforced",
      aws_s3_bucket_versioning.this[0].versioning_configuration[0].status == "Enabled",
      one(one(aws_s3_bucket_server_side_encryption_configuration.this[0].rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256",
      aws_s3_bucket_lifecycle_configuration.this[0].rule[0].expiration[0].days == 30,
      !aws_s3_bucket.this[0].force_destroy,
    ])
    error_message = "the backup bucket is not private, owned, versioned, encrypted and expiring"
  }
}

run "inputs_reach_the_stream" {
  command = plan

  module {
    source = "./modules/delivery-stream"
  }

  variables {
    name  = "orders"
    index = { name = "orders-logs", rotation = "OneHour", document_ids = "NO_DOCUMENT_ID" }
    delivery = {
      buffering     = { interval_seconds = 0, size_mb = 100 }
      retry_seconds = 7200
    }
    backup = {
      mode          = "AllDocuments"
      bucket_name   = "orders-backup"
      prefix        = "all/!{timestamp:yyyy}/!{firehose:random-string}/"
      error_prefix  = "failed/!{firehose:error-output-type}/"
      compression   = "UNCOMPRESSED"
      buffering     = { interval_seconds = 900, size_mb = 128 }
      expire_days   = 0
      force_destroy = true
    }
    logs = { retention_days = 365 }
  }

  assert {
    condition = {
      name     = aws_kinesis_firehose_delivery_stream.this[0].name
      index    = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].index_name
      rotation = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].index_rotation_period
      ids      = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].document_id_options[0].default_document_id_format
      interval = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].buffering_interval
      size     = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].buffering_size
      retry    = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].retry_duration
      backup   = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_backup_mode
      } == {
      name     = "orders"
      index    = "orders-logs"
      rotation = "OneHour"
      ids      = "NO_DOCUMENT_ID"
      interval = 0
      size     = 100
      retry    = 7200
      backup   = "AllDocuments"
    }
    error_message = jsonencode(aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration)
  }

  assert {
    condition = {
      prefix   = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration[0].prefix
      error    = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration[0].error_output_prefix
      codec    = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration[0].compression_format
      interval = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration[0].buffering_interval
      size     = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration[0].buffering_size
      } == {
      prefix   = "all/!{timestamp:yyyy}/!{firehose:random-string}/"
      error    = "failed/!{firehose:error-output-type}/"
      codec    = "UNCOMPRESSED"
      interval = 900
      size     = 128
    }
    error_message = jsonencode(aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration)
  }

  assert {
    condition = alltrue([
      aws_s3_bucket.this[0].bucket == "orders-backup",
      aws_s3_bucket.this[0].force_destroy,
      length(aws_s3_bucket_lifecycle_configuration.this) == 0,
      aws_cloudwatch_log_group.this[0].name == "/aws/kinesisfirehose/orders",
      aws_cloudwatch_log_group.this[0].retention_in_days == 365,
    ])
    error_message = "bucket or log group do not follow their inputs"
  }
}

run "each_shard_is_a_stream_of_its_own_that_the_role_may_be_taken_by" {
  command = plan

  module {
    source = "./modules/delivery-stream"
  }

  variables {
    delivery = { shards = 3 }
  }

  assert {
    condition     = jsonencode(output.names) == jsonencode(["logging-test", "logging-test-2", "logging-test-3"])
    error_message = jsonencode(output.names)
  }

  assert {
    condition = jsonencode([
      for stream in aws_kinesis_firehose_delivery_stream.this : [stream.name, stream.opensearch_configuration[0].cloudwatch_logging_options[0].log_group_name]
      ]) == jsonencode([
      ["logging-test", "/aws/kinesisfirehose/logging-test"],
      ["logging-test-2", "/aws/kinesisfirehose/logging-test-2"],
      ["logging-test-3", "/aws/kinesisfirehose/logging-test-3"],
    ])
    error_message = "a stream does not log to its own group"
  }

  assert {
    condition = jsondecode(aws_iam_role.this[0].assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == [
      "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test",
      "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test-2",
      "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test-3",
    ]
    error_message = aws_iam_role.this[0].assume_role_policy
  }
}

run "a_domain_of_another_account_is_named_by_its_endpoint" {
  command = plan

  module {
    source = "./modules/delivery-stream"
  }

  variables {
    destination = { domain_arn = "arn:aws:es:eu-west-1:210987654321:domain/search", endpoint = "search.example.org" }
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].cluster_endpoint == "https://search.example.org"
    error_message = jsonencode(aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration)
  }

  assert {
    condition     = try(aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].domain_arn, null) == null
    error_message = "Firehose takes the ARN of its own account's domains only"
  }
}

run "a_given_bucket_is_taken_as_it_is" {
  command = plan

  module {
    source = "./modules/delivery-stream"
  }

  variables {
    backup = { create_bucket = false, bucket_arn = "arn:aws:s3:::theirs" }
  }

  assert {
    condition = jsonencode([output.backup_bucket, length(aws_s3_bucket.this), length(aws_s3_bucket_policy.this), length(aws_s3_bucket_lifecycle_configuration.this)]) == jsonencode([
      { name = "theirs", arn = "arn:aws:s3:::theirs" }, 0, 0, 0
    ])
    error_message = jsonencode(output.backup_bucket)
  }
}
