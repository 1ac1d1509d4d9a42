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
      values   = [local.arn]
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

  name               = "${var.name}-${local.region}-delivery"
  description        = "Delivers what is put into ${var.name} to its OpenSearch domain and its backup bucket."
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
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
    resources = [var.destination.domain_arn, "${var.destination.domain_arn}/*"]
  }

  statement {
    sid     = "ReadClusterState"
    actions = ["es:ESHttpGet"]
    resources = [
      "${var.destination.domain_arn}/_all/_settings",
      "${var.destination.domain_arn}/_cluster/stats",
      "${var.destination.domain_arn}/_nodes",
      "${var.destination.domain_arn}/_nodes/*/stats",
      "${var.destination.domain_arn}/_nodes/stats",
      "${var.destination.domain_arn}/_stats",
      "${var.destination.domain_arn}/${var.index.name}*/_mapping/*",
      "${var.destination.domain_arn}/${var.index.name}*/_stats",
    ]
  }

  statement {
    sid = "FindBackupBucket"
    actions = [
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:ListBucketMultipartUploads",
    ]
    resources = [aws_s3_bucket.this[0].arn]
  }

  statement {
    sid = "BackUp"
    actions = [
      "s3:AbortMultipartUpload",
      "s3:GetObject",
      "s3:PutObject",
    ]
    resources = ["${aws_s3_bucket.this[0].arn}/*"]
  }

  statement {
    sid     = "LogErrors"
    actions = ["logs:PutLogEvents"]
    resources = [
      aws_cloudwatch_log_stream.delivery[0].arn,
      aws_cloudwatch_log_stream.backup[0].arn,
    ]
  }
}
