# The module by itself, applied without an account.
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
  target = aws_kms_key.this
}

override_resource {
  target = aws_kms_alias.this
}

run "the_key_is_the_accounts_and_encrypts_these_log_groups_alone" {
  command = plan

  module {
    source = "./modules/encryption-key"
  }

  assert {
    condition = jsondecode(aws_kms_key.this[0].policy) == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "LetTheAccountsPoliciesDecide"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::123456789012:root" }
          Action    = "kms:*"
          Resource  = "*"
        },
        {
          Sid       = "EncryptLogGroups"
          Effect    = "Allow"
          Principal = { Service = "logs.eu-west-1.amazonaws.com" }
          Action    = ["kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Encrypt", "kms:DescribeKey", "kms:Decrypt"]
          Resource  = "*"
          Condition = {
            ArnLike = {
              "kms:EncryptionContext:aws:logs:arn" = [
                "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/kinesisfirehose/logging-test*",
                "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/logging-test*",
                "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/opensearch/logging-test/*",
              ]
            }
          }
        },
      ]
    }
    error_message = aws_kms_key.this[0].policy
  }

  assert {
    condition     = aws_kms_key.this[0].enable_key_rotation && aws_kms_key.this[0].deletion_window_in_days == 30
    error_message = "the key does not rotate, or goes too soon"
  }
}
