data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

# The Region's name by an attribute that neither provider 5.x nor 6.x deprecates.
data "aws_service" "kms" {
  service_id = "kms"
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_service.kms.region
}

resource "aws_kms_key" "this" {
  count = var.create ? 1 : 0

  description             = "Encrypts the logs of ${var.name}: domain, stream, bucket and log groups."
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_days
  policy                  = data.aws_iam_policy_document.this[0].json
  tags                    = var.tags
}

resource "aws_kms_alias" "this" {
  count = var.create ? 1 : 0

  name          = "alias/${var.name}-logging"
  target_key_id = aws_kms_key.this[0].key_id
}

# In a key's policy "*" is the key itself. S3, Firehose and OpenSearch use the key on behalf of
# the account's own principals; only CloudWatch Logs comes as itself.
data "aws_iam_policy_document" "this" {
  # checkov:skip=CKV_AWS_109: in a key's policy "*" is the key itself
  # checkov:skip=CKV_AWS_111: in a key's policy "*" is the key itself
  # checkov:skip=CKV_AWS_356: in a key's policy "*" is the key itself
  count = var.create ? 1 : 0

  statement {
    sid       = "LetTheAccountsPoliciesDecide"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid = "EncryptLogGroups"
    actions = [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey*",
      "kms:ReEncrypt*",
    ]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.${data.aws_partition.current.dns_suffix}"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values = [
        "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/kinesisfirehose/${var.name}*",
        "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/${var.name}*",
        "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/opensearch/${var.name}/*",
      ]
    }
  }
}
