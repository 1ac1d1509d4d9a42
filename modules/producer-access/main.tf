data "aws_partition" "current" {}

# The Region's name by an attribute that neither provider 5.x nor 6.x deprecates.
data "aws_service" "firehose" {
  service_id = "firehose"
}

locals {
  region      = data.aws_service.firehose.region
  make_role   = var.create && length(var.producers.accounts) > 0
  account_ids = sort(distinct(var.producers.accounts))
}

data "aws_iam_policy_document" "this" {
  count = var.create ? 1 : 0

  statement {
    sid       = "Log"
    actions   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
    resources = var.delivery_streams
  }

  # Firehose asks for the key in the name of whoever puts a record.
  dynamic "statement" {
    for_each = length(var.keys) > 0 ? [var.keys] : []

    content {
      sid       = "EncryptThroughFirehose"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["firehose.${local.region}.${data.aws_partition.current.dns_suffix}"]
      }
    }
  }
}

resource "aws_iam_policy" "this" {
  count = var.create ? 1 : 0

  name        = "${var.name}-${local.region}-producer"
  description = "Lets its bearer log into ${var.name}."
  path        = var.iam.path
  policy      = data.aws_iam_policy_document.this[0].json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = var.create ? toset(var.producers.roles) : []

  role       = each.key
  policy_arn = aws_iam_policy.this[0].arn
}

resource "aws_iam_user_policy_attachment" "this" {
  # checkov:skip=CKV_AWS_40: for those who still log as a user; producers.roles is the rule
  for_each = var.create ? toset(var.producers.users) : []

  user       = each.key
  policy_arn = aws_iam_policy.this[0].arn
}

# Firehose knows no policies of its streams, so another account logs as a role of this one. Without
# sts:TagSession: a tag that another account chose would count in policies of this one.
data "aws_iam_policy_document" "trust" {
  count = local.make_role ? 1 : 0

  statement {
    sid     = "LogFromOtherAccounts"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [for id in local.account_ids : "arn:${data.aws_partition.current.partition}:iam::${id}:root"]
    }

    dynamic "condition" {
      for_each = var.producers.external_id[*]

      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  count = local.make_role ? 1 : 0

  name                 = "${var.name}-${local.region}-producer"
  description          = "Taken by other accounts to log into ${var.name}."
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.trust[0].json
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "accounts" {
  count = local.make_role ? 1 : 0

  role       = aws_iam_role.this[0].name
  policy_arn = aws_iam_policy.this[0].arn
}
