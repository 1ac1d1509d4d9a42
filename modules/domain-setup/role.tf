# The role stands before the domain, whose access policy and master user name it; only the role's
# policy, which names the domain, comes after.
data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Run"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  count = var.create ? 1 : 0

  name                 = "${var.name}-${local.region}-domain-setup"
  description          = "Makes the OpenSearch domain ready for ${var.index.name}."
  path                 = var.iam.path
  permissions_boundary = var.iam.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  tags                 = var.tags
}

resource "aws_iam_role_policy" "this" {
  count = var.create ? 1 : 0

  name   = "domain-setup"
  role   = aws_iam_role.this[0].name
  policy = data.aws_iam_policy_document.this[0].json
}

data "aws_iam_policy_document" "this" {
  # checkov:skip=CKV_AWS_111: Lambda's network interfaces have no ARN before they are made
  # checkov:skip=CKV_AWS_356: EC2 describes the network as a whole only
  count = var.create ? 1 : 0

  statement {
    sid     = "Log"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/${local.function_name}:*",
    ]
  }

  statement {
    sid     = "Read"
    actions = ["es:ESHttpGet"]
    resources = [
      "${var.target.arn}/",
      "${var.target.arn}/_cat/indices/*",
      "${var.target.arn}/_dashboards/api/saved_objects/*",
      "${var.target.arn}/_index_template/firehose-logging-*",
      "${var.target.arn}/_plugins/_ism/*",
      "${var.target.arn}/_plugins/_security/api/roles/*",
      "${var.target.arn}/_plugins/_security/api/rolesmapping",
      "${var.target.arn}/_plugins/_security/api/rolesmapping/*",
    ]
  }

  statement {
    sid     = "SetUp"
    actions = ["es:ESHttpDelete", "es:ESHttpPut"]
    resources = [
      "${var.target.arn}/_dashboards/api/saved_objects/*",
      "${var.target.arn}/_index_template/firehose-logging-*",
      "${var.target.arn}/_plugins/_ism/policies/firehose-logging-*",
      "${var.target.arn}/_plugins/_security/api/roles/firehose-logging-*",
      "${var.target.arn}/_plugins/_security/api/rolesmapping/firehose-logging-*",
      "${var.target.arn}/_plugins/_security/api/rolesmapping/kibana_user",
      "${var.target.arn}/_plugins/_security/api/rolesmapping/opensearch_dashboards_user",
      "${var.target.arn}/_plugins/_security/api/rolesmapping/all_access",
    ]
  }

  statement {
    sid     = "ShareMappings"
    actions = ["es:ESHttpPatch"]
    resources = [
      "${var.target.arn}/_plugins/_security/api/rolesmapping/all_access",
      "${var.target.arn}/_plugins/_security/api/rolesmapping/kibana_user",
      "${var.target.arn}/_plugins/_security/api/rolesmapping/opensearch_dashboards_user",
    ]
  }

  statement {
    sid     = "AttachRetentionAndSaveObjects"
    actions = ["es:ESHttpPost"]
    resources = [
      "${var.target.arn}/_dashboards/api/saved_objects/*",
      "${var.target.arn}/_plugins/_ism/add/*",
      "${var.target.arn}/_plugins/_ism/change_policy/*",
      "${var.target.arn}/_plugins/_ism/remove/*",
    ]
  }

  dynamic "statement" {
    for_each = var.setup.delete_indexes ? [1] : []

    content {
      sid       = "DeleteIndexes"
      actions   = ["es:ESHttpDelete"]
      resources = ["${var.target.arn}/${var.index.name}", "${var.target.arn}/${var.index.name}-*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.network.subnet_ids) > 0 ? [1] : []

    content {
      sid     = "LookAtNetwork"
      actions = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
      # EC2 knows no narrower resource for these.
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.network.subnet_ids) > 0 ? [1] : []

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

  # Lambda asks for these without an interface in hand, so no condition on one may stand here.
  dynamic "statement" {
    for_each = length(var.network.subnet_ids) > 0 ? [1] : []

    content {
      sid       = "UseInterfaces"
      actions   = ["ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"]
      resources = ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:*/*"]
    }
  }

  # The interfaces are for Lambda to make and to take away, never for the function's own code.
  dynamic "statement" {
    for_each = length(var.network.subnet_ids) > 0 ? [1] : []

    content {
      sid       = "LeaveTheNetworkToLambda"
      effect    = "Deny"
      actions   = ["ec2:*"]
      resources = ["*"]

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = ["arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${local.function_name}"]
      }
    }
  }
}
