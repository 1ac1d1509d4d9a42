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

locals {
  # What the roles within the domain reach.
  index_pattern = var.index.rotation == "NoRotation" ? var.index.name : "${var.index.name}-20*"

  security = "_plugins/_security/api"
  shared   = ["all_access", "kibana_user", "opensearch_dashboards_user"]

  allowed_paths = {
    Read = {
      actions = ["es:ESHttpGet"]
      paths = [
        "",
        "_cat/indices/${local.index_pattern}",
        "_dashboards/api/saved_objects/*/firehose-logging-*",
        "_index_template/firehose-logging-*",
        "_plugins/_ism/explain/*",
        "_plugins/_ism/policies/firehose-logging-*",
        "${local.security}/roles/firehose-logging-*",
        "${local.security}/roles/kibana_user",
        "${local.security}/roles/opensearch_dashboards_user",
        "${local.security}/rolesmapping",
        "${local.security}/rolesmapping/firehose-logging-*",
      ]
    }
    SetUp = {
      actions = ["es:ESHttpDelete", "es:ESHttpPut"]
      paths = concat([
        "_dashboards/api/saved_objects/*/firehose-logging-*",
        "_index_template/firehose-logging-*",
        "_plugins/_ism/policies/firehose-logging-*",
        "${local.security}/roles/firehose-logging-*",
        "${local.security}/rolesmapping/firehose-logging-*",
      ], [for role in local.shared : "${local.security}/rolesmapping/${role}"])
    }
    ShareMappings = {
      actions = ["es:ESHttpPatch"]
      paths   = [for role in local.shared : "${local.security}/rolesmapping/${role}"]
    }
    AttachRetentionAndSaveObjects = {
      actions = ["es:ESHttpPost"]
      paths = [
        "_dashboards/api/saved_objects/*/firehose-logging-*",
        "_plugins/_ism/add/${var.index.name}-20*",
        "_plugins/_ism/change_policy/${var.index.name}-20*",
        "_plugins/_ism/remove/*-20*",
      ]
    }
    DeleteIndexes = {
      actions = ["es:ESHttpDelete"]
      paths   = var.setup.delete_indexes ? [local.index_pattern] : []
    }
  }

  allowed = merge(
    {
      for sid, allowed in local.allowed_paths :
      sid => { actions = allowed.actions, resources = [for path in allowed.paths : "${var.target.arn}/${path}"] }
      if var.create && length(allowed.paths) > 0
    },
    {
      Log = {
        actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        resources = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/lambda/${local.function_name}:*"]
      }
    },
  )
}

data "aws_iam_policy_document" "this" {
  # checkov:skip=CKV_AWS_111: Lambda's network interfaces have no ARN before they are made
  # checkov:skip=CKV_AWS_356: EC2 describes the network as a whole only
  count = var.create ? 1 : 0

  # Within one account these statements alone let the role into the domain, whose access policy does
  # not name it. They hold for credentials that Lambda gave to this very function.
  dynamic "statement" {
    for_each = local.allowed

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = [local.function_arn]
      }
    }
  }

  # A wildcard matches a comma too, and OpenSearch takes a list of indexes in each index's place.
  statement {
    sid       = "OneIndexAtATime"
    effect    = "Deny"
    actions   = ["es:ESHttp*"]
    resources = ["${var.target.arn}/*,*", "${var.target.arn}/*%2C*", "${var.target.arn}/*%2c*"]
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
