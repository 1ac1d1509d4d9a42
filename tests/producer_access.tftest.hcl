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
}

run "producers_may_put_records_into_the_streams_and_nothing_else" {
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
