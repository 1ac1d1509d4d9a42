# Every policy of the module as a whole, applied without an account: every resource is overridden,
# the policy documents are computed for real.
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

run "role_and_bucket_allow_no_more_than_is_needed" {
  module {
    source = "./modules/delivery-stream"
  }

  assert {
    condition = jsondecode(aws_iam_role.this[0].assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "Deliver"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = "firehose.amazonaws.com" }
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "123456789012"
            "sts:ExternalId"    = "123456789012"
          }
          ArnEquals = {
            "aws:SourceArn" = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test"
          }
        }
      }]
    }
    error_message = aws_iam_role.this[0].assume_role_policy
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.this[0].policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "WriteRecords"
          Effect = "Allow"
          Action = [
            "es:ESHttpPut",
            "es:ESHttpPost",
            "es:DescribeDomains",
            "es:DescribeDomainConfig",
            "es:DescribeDomain",
          ]
          Resource = [
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test",
          ]
        },
        {
          Sid    = "ReadClusterState"
          Effect = "Allow"
          Action = "es:ESHttpGet"
          Resource = [
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/logging-test*/_stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/logging-test*/_mapping/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_nodes/stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_nodes/*/stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_nodes",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_cluster/stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_all/_settings",
          ]
        },
        {
          Sid      = "FindBackupBucket"
          Effect   = "Allow"
          Action   = ["s3:ListBucketMultipartUploads", "s3:ListBucket", "s3:GetBucketLocation"]
          Resource = "arn:aws:s3:::backup"
        },
        {
          Sid      = "BackUp"
          Effect   = "Allow"
          Action   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"]
          Resource = "arn:aws:s3:::backup/*"
        },
        {
          Sid    = "LogErrors"
          Effect = "Allow"
          Action = "logs:PutLogEvents"
          Resource = [
            "arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:DestinationDelivery",
            "arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:BackupDelivery",
          ]
        },
      ]
    }
    error_message = aws_iam_role_policy.this[0].policy
  }

  assert {
    condition = jsondecode(aws_s3_bucket_policy.this[0].policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "DenyWithoutTls"
          Effect    = "Deny"
          Action    = "s3:*"
          Principal = "*"
          Resource  = ["arn:aws:s3:::backup/*", "arn:aws:s3:::backup"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        {
          Sid       = "DenyOldTls"
          Effect    = "Deny"
          Action    = "s3:*"
          Principal = "*"
          Resource  = ["arn:aws:s3:::backup/*", "arn:aws:s3:::backup"]
          Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
        },
      ]
    }
    error_message = aws_s3_bucket_policy.this[0].policy
  }
}

run "a_key_a_function_and_a_vpc_each_bring_their_own_permissions" {
  module {
    source = "./modules/delivery-stream"
  }

  variables {
    key      = { arn = "arn:aws:kms:eu-west-1:123456789012:key/k" }
    delivery = { transform = { function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:redact" } }
    network  = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.this[0].policy).Statement : statement
      if !contains(["WriteRecords", "ReadClusterState", "FindBackupBucket", "BackUp", "LogErrors"], statement.Sid)
      ] == [
      {
        Sid      = "EncryptBackup"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = "arn:aws:kms:eu-west-1:123456789012:key/k"
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" }
          ArnLike      = { "kms:EncryptionContext:aws:s3:arn" = ["arn:aws:s3:::backup", "arn:aws:s3:::backup/*"] }
        }
      },
      {
        Sid    = "Transform"
        Effect = "Allow"
        Action = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]
        Resource = [
          "arn:aws:lambda:eu-west-1:123456789012:function:redact:$LATEST",
          "arn:aws:lambda:eu-west-1:123456789012:function:redact",
        ]
      },
      {
        Sid    = "LookAtNetwork"
        Effect = "Allow"
        Action = [
          "ec2:DescribeVpcs",
          "ec2:DescribeVpcAttribute",
          "ec2:DescribeSubnets",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeNetworkInterfaces",
        ]
        Resource = "*"
      },
      {
        Sid    = "MakeInterfaces"
        Effect = "Allow"
        Action = "ec2:CreateNetworkInterface"
        Resource = [
          "arn:aws:ec2:eu-west-1:123456789012:network-interface/*",
          "arn:aws:ec2:eu-west-1:*:subnet/subnet-1",
          "arn:aws:ec2:eu-west-1:*:security-group/sg-1",
        ]
      },
      {
        Sid       = "UseInterfaces"
        Effect    = "Allow"
        Action    = ["ec2:DeleteNetworkInterface", "ec2:CreateNetworkInterfacePermission"]
        Resource  = "arn:aws:ec2:eu-west-1:123456789012:network-interface/*"
        Condition = { ArnLike = { "ec2:Subnet" = "arn:aws:ec2:eu-west-1:*:subnet/subnet-1" } }
      },
    ]
    error_message = aws_iam_role_policy.this[0].policy
  }

  assert {
    condition = [
      aws_kinesis_firehose_delivery_stream.this[0].server_side_encryption[0].key_type,
      aws_kinesis_firehose_delivery_stream.this[0].server_side_encryption[0].key_arn,
      aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].s3_configuration[0].kms_key_arn,
      one(one(aws_s3_bucket_server_side_encryption_configuration.this[0].rule).apply_server_side_encryption_by_default).sse_algorithm,
      aws_cloudwatch_log_group.this[0].kms_key_id,
      ] == [
      "CUSTOMER_MANAGED_CMK",
      "arn:aws:kms:eu-west-1:123456789012:key/k",
      "arn:aws:kms:eu-west-1:123456789012:key/k",
      "aws:kms",
      "arn:aws:kms:eu-west-1:123456789012:key/k",
    ]
    error_message = "the key does not reach stream, backup, bucket and log group"
  }

  assert {
    condition = jsonencode([
      for parameter in aws_kinesis_firehose_delivery_stream.this[0].opensearch_configuration[0].processing_configuration[0].processors[0].parameters : parameter
    ]) == jsonencode([{ parameter_name = "LambdaArn", parameter_value = "arn:aws:lambda:eu-west-1:123456789012:function:redact" }])
    error_message = "a parameter with Firehose's own default is written down: it would differ in every plan"
  }
}
