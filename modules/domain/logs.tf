resource "aws_cloudwatch_log_group" "this" {
  for_each = var.create ? toset(var.domain.publish_logs) : []

  name              = "/aws/opensearch/${var.name}/${lower(replace(each.key, "_", "-"))}"
  retention_in_days = var.logs.retention_days
  kms_key_id        = var.key.arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_resource_policy" "this" {
  count = var.create && var.domain.log_policy && length(var.domain.publish_logs) > 0 ? 1 : 0

  policy_name     = "${var.name}-opensearch-logs"
  policy_document = data.aws_iam_policy_document.logs.json
}

data "aws_iam_policy_document" "logs" {
  statement {
    sid       = "Publish"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/opensearch/${var.name}/*"]

    principals {
      type        = "Service"
      identifiers = ["es.amazonaws.com"]
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
  }
}
