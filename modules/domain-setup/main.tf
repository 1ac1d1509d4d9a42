data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

# The Region's name by an attribute that neither provider 5.x nor 6.x deprecates.
data "aws_service" "lambda" {
  service_id = "lambda"
}

locals {
  account_id    = data.aws_caller_identity.current.account_id
  partition     = data.aws_partition.current.partition
  region        = data.aws_service.lambda.region
  function_name = "${var.name}-domain-setup"
  function_arn  = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${local.function_name}"
  archive       = "${path.module}/function.zip"

  # Those whom a role mapping can name; an account, or a session of a role, it can't.
  people = {
    for kind in ["masters", "writers", "readers"] :
    kind => sort(distinct([for arn in var.access[kind] : arn if can(regex(":iam::[0-9]{12}:(role|user)/", arn))]))
  }

  # What decides over the domain stands in the function's own environment: whoever may invoke the
  # function writes its event.
  chosen = {
    region         = local.region
    index          = var.index.name
    rotation       = var.index.rotation
    retention_days = var.retention.days == 0 ? null : var.retention.days
    readers        = local.people.readers
    administrators = local.people.masters
    template       = var.template
    dashboards     = var.setup.dashboards
    delete_indexes = var.setup.delete_indexes
    settle_seconds = var.setup.settle_seconds
    function       = local.function_arn
  }
  configuration = jsonencode(merge(local.chosen, {
    endpoint = var.target.endpoint
    writers  = sort(distinct(concat(var.writers, local.people.writers)))
  }))
  environment = local.bytes.configuration <= 3900 ? local.configuration : base64gzip(local.configuration)

  # Lambda takes 4 KB of environment. Endpoint and streams' roles, which a first plan does not know,
  # are reckoned with one kilobyte.
  bytes = {
    configuration = length(base64encode(local.configuration)) / 4 * 3
    chosen        = length(base64gzip(jsonencode(merge(local.chosen, { writers = local.people.writers }))))
  }
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_115: Terraform alone invokes it; a reservation would take from the account's functions
  # checkov:skip=CKV_AWS_116: invoked synchronously: its failure is the apply's, not a queue's
  # checkov:skip=CKV_AWS_117: in the VPC where vpc says so; a public domain is reached without one
  # checkov:skip=CKV_AWS_173: the environment holds names and ARNs, nothing secret; Lambda encrypts it with AWS's key
  # checkov:skip=CKV_AWS_272: the archive is part of the module's source and rebuilt byte for byte
  # checkov:skip=CKV_AWS_50: a few calls per apply, all of them in the log and in the result
  count = var.create ? 1 : 0

  function_name    = local.function_name
  description      = "Makes the OpenSearch domain ready for ${var.index.name}: template, roles, retention, Dashboards."
  role             = aws_iam_role.this[0].arn
  filename         = local.archive
  source_code_hash = filebase64sha256(local.archive)
  handler          = "firehose_logging.domain_setup.function.handler"
  runtime          = "python3.13"
  memory_size      = 256
  timeout          = var.setup.settle_seconds + 60
  tags             = var.tags

  environment {
    variables = { FIREHOSE_LOGGING_SETUP = local.environment }
  }

  dynamic "vpc_config" {
    for_each = length(var.network.subnet_ids) > 0 ? [var.network] : []

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = local.bytes.chosen <= 3000
      error_message = "access (${length(var.access.masters)} masters, ${length(var.access.writers)} writers, ${length(var.access.readers)} readers) and template.fields (${length(var.template.fields)}) make ${local.bytes.chosen} bytes for the function's environment, compressed; it takes 3000: let people share a role and name that one, or leave fields out."
    }

    precondition {
      condition     = var.target.endpoint != null
      error_message = "target.endpoint is missing; the function calls the domain by its host: give it (of the root module: existing_domain.endpoint), or leave setup.enabled out."
    }
  }

  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy.this,
  ]
}

resource "aws_cloudwatch_log_group" "this" {
  count = var.create ? 1 : 0

  name              = "/aws/lambda/${local.function_name}"
  retention_in_days = var.logs.retention_days
  kms_key_id        = var.key.arn
  tags              = var.tags
}

# Asked at each plan, and writes nothing. Its answer's `run` is what the domain keeps of the last run
# that succeeded, if it holds what it is to hold; if not, or if it could not be seen, a text that is
# new each time and says why. A change of the function puts it off to the apply: it is the new
# configuration that counts. No check block warns of it: one that has to wait for the apply, as here
# on a first plan, is a warning of its own, and a failure to `terraform test`.
data "aws_lambda_invocation" "look" {
  count = var.create && var.setup.check_at_plan ? 1 : 0

  function_name = aws_lambda_function.this[0].function_name
  input         = jsonencode({ look = true })

  depends_on = [
    aws_iam_role_policy.this,
    aws_lambda_function.this,
  ]
}

locals {
  # An answer that is no JSON object is a mock's.
  look = try(jsondecode(data.aws_lambda_invocation.look[0].result), null)

  run = try(tostring(local.look.run), sha256("${local.configuration} ${filebase64sha256(local.archive)}"))

  # An invocation that fails leaves its input in the state, beside the result of the one before.
  asked = try(tostring(jsondecode(aws_lambda_invocation.this[0].input).run), null)
  done  = try(tostring(jsondecode(aws_lambda_invocation.this[0].result).run), null)
}

# Invoked when it is made, when the domain holds something else than it is to hold, and, to take away
# what it made, when it goes. The event says when and no more.
resource "aws_lambda_invocation" "this" {
  count = var.create ? 1 : 0

  function_name   = aws_lambda_function.this[0].function_name
  lifecycle_scope = "CRUD"

  input = jsonencode({ run = local.run })

  depends_on = [aws_iam_role_policy.this]
}
