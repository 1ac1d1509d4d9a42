# The role stands before the domain, whose access policy names it; only the role's policy, which
# names the domain, comes after.
data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Deliver"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["firehose.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = local.arns
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role" "this" {
  count = var.create ? 1 : 0

  name                 = "${var.name}-${local.region}-delivery"
  description          = "Delivers what is put into ${var.name} to its OpenSearch domain and its backup bucket."
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  tags                 = var.tags
}

resource "aws_iam_role_policy" "this" {
  count = var.create ? 1 : 0

  name   = "delivery"
  role   = aws_iam_role.this[0].name
  policy = data.aws_iam_policy_document.this[0].json
}

data "aws_iam_policy_document" "this" {
  count = var.create ? 1 : 0

  statement {
    sid = "WriteRecords"
    actions = [
      "es:DescribeDomain",
      "es:DescribeDomainConfig",
      "es:DescribeDomains",
      "es:ESHttpPost",
      "es:ESHttpPut",
    ]
    resources = [local.domain_arn, "${local.domain_arn}/*"]
  }

  statement {
    sid     = "ReadClusterState"
    actions = ["es:ESHttpGet"]
    resources = [
      "${local.domain_arn}/_all/_settings",
      "${local.domain_arn}/_cluster/stats",
      "${local.domain_arn}/_nodes",
      "${local.domain_arn}/_nodes/*/stats",
      "${local.domain_arn}/_nodes/stats",
      "${local.domain_arn}/_stats",
      "${local.domain_arn}/${var.index.name}*/_mapping/*",
      "${local.domain_arn}/${var.index.name}*/_stats",
    ]
  }

  statement {
    sid = "FindBackupBucket"
    actions = [
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:ListBucketMultipartUploads",
    ]
    resources = [local.bucket_arn]
  }

  statement {
    sid = "BackUp"
    actions = [
      "s3:AbortMultipartUpload",
      "s3:GetObject",
      "s3:PutObject",
    ]
    resources = ["${local.bucket_arn}/*"]
  }

  statement {
    sid     = "LogErrors"
    actions = ["logs:PutLogEvents"]
    resources = concat(
      aws_cloudwatch_log_stream.delivery[*].arn,
      aws_cloudwatch_log_stream.backup[*].arn,
    )
  }

  # S3 asks for the bucket's key with the bucket as context, and for an object's with the object.
  dynamic "statement" {
    for_each = local.backup_key == null ? [] : [local.backup_key]

    content {
      sid       = "EncryptBackup"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.${data.aws_partition.current.dns_suffix}"]
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = [local.bucket_arn, "${local.bucket_arn}/*"]
      }
    }
  }

  # Without a version Firehose asks for $LATEST.
  dynamic "statement" {
    for_each = var.delivery.transform == null ? [] : [var.delivery.transform.function_arn]

    content {
      sid       = "Transform"
      actions   = ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"]
      resources = length(split(":", statement.value)) > 7 ? [statement.value] : [statement.value, "${statement.value}:$LATEST"]
    }
  }

  dynamic "statement" {
    for_each = local.in_vpc ? [true] : []

    content {
      sid = "LookAtNetwork"
      actions = [
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcs",
      ]
      # EC2 knows no narrower resource for these.
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = local.in_vpc ? [true] : []

    content {
      sid     = "MakeInterfaces"
      actions = ["ec2:CreateNetworkInterface"]
      resources = concat(
        ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"],
        # A shared subnet is its owner's.
        [for id in var.network.security_group_ids : "arn:${local.partition}:ec2:${local.region}:*:security-group/${id}"],
        [for id in var.network.subnet_ids : "arn:${local.partition}:ec2:${local.region}:*:subnet/${id}"],
      )
    }
  }

  dynamic "statement" {
    for_each = local.in_vpc ? [true] : []

    content {
      sid       = "UseInterfaces"
      actions   = ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"]
      resources = ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"]

      condition {
        test     = "ArnLike"
        variable = "ec2:Subnet"
        values   = [for id in var.network.subnet_ids : "arn:${local.partition}:ec2:${local.region}:*:subnet/${id}"]
      }
    }
  }
}
