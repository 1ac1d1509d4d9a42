provider "aws" {}

data "aws_caller_identity" "current" {}

# Of a session, the role behind it: a domain's policy can name roles, not sessions.
data "aws_iam_session_context" "current" {
  arn = data.aws_caller_identity.current.arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "redact" {
  name               = "${var.name}-redact"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "redact" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.redact.arn}:*"]
  }
}

resource "aws_iam_role_policy" "redact" {
  name   = "log"
  role   = aws_iam_role.redact.name
  policy = data.aws_iam_policy_document.redact.json
}

resource "aws_cloudwatch_log_group" "redact" {
  # checkov:skip=CKV_AWS_158: the function logs no records; CloudWatch's own encryption will do
  # checkov:skip=CKV_AWS_338: a month is enough to find out why a call failed
  name              = "/aws/lambda/${var.name}-redact"
  retention_in_days = 30
}

resource "aws_lambda_function" "redact" {
  # checkov:skip=CKV_AWS_50: Firehose's metrics and the log say how long calls take and why they fail
  # checkov:skip=CKV_AWS_115: a reservation would take from the account's functions
  # checkov:skip=CKV_AWS_116: Firehose calls it synchronously and puts what fails into the backup bucket
  # checkov:skip=CKV_AWS_117: it reaches nothing, so it needs no network
  # checkov:skip=CKV_AWS_272: the archive is part of the example's source and rebuilt byte for byte
  function_name    = "${var.name}-redact"
  role             = aws_iam_role.redact.arn
  runtime          = "python3.12"
  handler          = "redact.handler"
  filename         = "${path.module}/function/redact.zip"
  source_code_hash = filebase64sha256("${path.module}/function/redact.zip")
  timeout          = 60
  publish          = true

  depends_on = [aws_cloudwatch_log_group.redact]
}

module "logging" {
  source = "../.."

  name = var.name

  domain = {
    timeouts = {
      create = var.domain_timeout
      update = var.domain_timeout
      delete = var.domain_timeout
    }
  }

  delivery = {
    buffering = { interval_seconds = var.buffering_interval_seconds }
    transform = {
      function_arn     = aws_lambda_function.redact.qualified_arn
      buffer_mb        = 0.5
      interval_seconds = var.buffering_interval_seconds
    }
  }

  backup = { expire_days = var.expire_days }

  access = {
    masters       = [data.aws_iam_session_context.current.issuer_arn]
    from_anywhere = true
  }
}
