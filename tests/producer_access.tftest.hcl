# The module by itself, applied without an account.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}


override_resource {
  target = aws_iam_policy.this
  values = { arn = "arn:aws:iam::123456789012:policy/producer" }
}

run "producers_may_put_records_into_the_streams_and_nothing_else" {
  command = plan

  module {
    source = "./modules/producer-access"
  }

  variables {
    delivery_streams = ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test"]
  }

  assert {
    condition = jsondecode(output.producer_policy.json) == {
      Version = "2012-10-17"
      Statement = [{
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["firehose:PutRecordBatch", "firehose:PutRecord"]
        Resource = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test"
      }]
    }
    error_message = output.producer_policy.json
  }
}

override_resource {
  target = aws_iam_role_policy_attachment.this
}

override_resource {
  target = aws_iam_user_policy_attachment.this
}

override_resource {
  target = aws_iam_role_policy_attachment.accounts
}

override_resource {
  target = aws_iam_role.this
}

run "a_key_may_be_used_through_firehose_alone" {
  command = plan

  module {
    source = "./modules/producer-access"
  }

  variables {
    delivery_streams = ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test"]
    keys             = ["arn:aws:kms:eu-west-1:123456789012:key/k"]
  }

  assert {
    condition = jsondecode(output.producer_policy.json).Statement[1] == {
      Sid       = "EncryptThroughFirehose"
      Effect    = "Allow"
      Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
      Resource  = "arn:aws:kms:eu-west-1:123456789012:key/k"
      Condition = { StringEquals = { "kms:ViaService" = "firehose.eu-west-1.amazonaws.com" } }
    }
    error_message = output.producer_policy.json
  }
}

run "roles_and_users_are_given_the_policy_and_other_accounts_a_role" {
  command = plan

  module {
    source = "./modules/producer-access"
  }

  variables {
    delivery_streams = ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test"]
    producers        = { roles = ["shop"], users = ["batch"], accounts = ["210987654321", "112233445566"] }
    iam              = { path = "/logging/", permissions_boundary = "arn:aws:iam::123456789012:policy/bound" }
  }

  assert {
    condition = [
      aws_iam_role_policy_attachment.this["shop"].role,
      aws_iam_user_policy_attachment.this["batch"].user,
      aws_iam_role.this[0].path,
      aws_iam_role.this[0].permissions_boundary,
    ] == ["shop", "batch", "/logging/", "arn:aws:iam::123456789012:policy/bound"]
    error_message = "the policy does not reach its bearers"
  }

  assert {
    condition = jsondecode(aws_iam_role.this[0].assume_role_policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "LogFromOtherAccounts"
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { AWS = ["arn:aws:iam::210987654321:root", "arn:aws:iam::112233445566:root"] }
      }]
    }
    error_message = aws_iam_role.this[0].assume_role_policy
  }
}

run "other_accounts_must_say_the_external_id_that_is_asked_for" {
  command = plan

  module {
    source = "./modules/producer-access"
  }

  variables {
    delivery_streams = ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test"]
    producers        = { accounts = ["210987654321"], external_id = "a3f0c1d2-4b5e" }
  }

  assert {
    condition = jsondecode(aws_iam_role.this[0].assume_role_policy).Statement == [{
      Sid       = "LogFromOtherAccounts"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::210987654321:root" }
      Condition = { StringEquals = { "sts:ExternalId" = "a3f0c1d2-4b5e" } }
    }]
    error_message = aws_iam_role.this[0].assume_role_policy
  }
}

run "an_external_id_that_sts_does_not_take_is_refused" {
  command = plan

  module {
    source = "./modules/producer-access"
  }

  variables {
    delivery_streams = ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/logging-test"]
    producers        = { accounts = ["210987654321"], external_id = "" }
  }

  expect_failures = [var.producers]
}
