# The module by itself, applied without an account: the function's answer is overridden, its role
# and what it is asked for are computed for real.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/logging-test-eu-west-1-domain-setup" }
}

override_resource {
  target = aws_iam_role_policy.this
}

override_resource {
  target = aws_cloudwatch_log_group.this
}

override_resource {
  target = aws_lambda_function.this
}

override_data {
  target = data.aws_lambda_invocation.look
  values = { result = "{\"run\":\"1f\",\"differs\":[],\"unknown\":null}" }
}

override_resource {
  target = aws_lambda_invocation.this
  values = {
    result = "{\"action\":\"create\",\"run\":\"1f\",\"index_pattern\":\"logging-test-*\",\"steps\":[{\"step\":\"domain\",\"state\":\"unchanged\",\"detail\":\"opensearch 3.5.0\"}]}"
  }
}

variables {
  target = {
    arn      = "arn:aws:es:eu-west-1:123456789012:domain/logging-test"
    endpoint = "search-logging-test.eu-west-1.es.amazonaws.com"
  }
  writers = ["arn:aws:iam::123456789012:role/b", "arn:aws:iam::123456789012:role/a"]
}

run "the_function_is_the_archive_in_the_module_and_may_do_what_its_steps_do_and_nothing_else" {
  module {
    source = "./modules/domain-setup"
  }

  assert {
    condition = {
      name    = aws_lambda_function.this[0].function_name
      file    = aws_lambda_function.this[0].filename
      code    = aws_lambda_function.this[0].source_code_hash
      handler = aws_lambda_function.this[0].handler
      runtime = aws_lambda_function.this[0].runtime
      timeout = aws_lambda_function.this[0].timeout
      vpc     = length(aws_lambda_function.this[0].vpc_config)
      logs    = aws_cloudwatch_log_group.this[0].name
      kept    = aws_cloudwatch_log_group.this[0].retention_in_days
      } == {
      name    = "logging-test-domain-setup"
      file    = "modules/domain-setup/function.zip"
      code    = filebase64sha256("./modules/domain-setup/function.zip")
      handler = "firehose_logging.domain_setup.function.handler"
      runtime = "python3.13"
      timeout = 360
      vpc     = 0
      logs    = "/aws/lambda/logging-test-domain-setup"
      kept    = 30
    }
    error_message = jsonencode(aws_lambda_function.this[0])
  }

  assert {
    condition = jsondecode(one(aws_lambda_function.this[0].environment).variables.FIREHOSE_LOGGING_SETUP) == {
      endpoint       = "search-logging-test.eu-west-1.es.amazonaws.com"
      region         = "eu-west-1"
      index          = "logging-test"
      rotation       = "OneDay"
      retention_days = 30
      writers        = ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"]
      readers        = []
      administrators = []
      template = {
        shards           = 1
        replicas         = null
        codec            = "best_compression"
        refresh_interval = null
        time_field       = "asctime"
        extra_fields     = "searchable"
        field_limit      = 2000
        fields           = {}
      }
      dashboards     = true
      delete_indexes = false
      settle_seconds = 300
      function       = "arn:aws:lambda:eu-west-1:123456789012:function:logging-test-domain-setup"
    }
    error_message = jsonencode(aws_lambda_function.this[0].environment)
  }

  assert {
    condition     = jsondecode(aws_lambda_invocation.this[0].input) == { run = "1f" }
    error_message = "the event says when to run and no more: ${aws_lambda_invocation.this[0].input}"
  }

  assert {
    condition     = jsondecode(data.aws_lambda_invocation.look[0].input) == { look = true }
    error_message = "a plan looks and does no more: ${data.aws_lambda_invocation.look[0].input}"
  }

  assert {
    condition     = aws_lambda_invocation.this[0].lifecycle_scope == "CRUD"
    error_message = "without CRUD, a change and a destroy would pass the domain by"
  }

  assert {
    condition     = output.steps[0].step == "domain" && output.domain_arn == var.target.arn
    error_message = jsonencode(output.steps)
  }

  assert {
    condition     = output.role.arn == "arn:aws:iam::123456789012:role/logging-test-eu-west-1-domain-setup"
    error_message = jsonencode(output.role)
  }

  assert {
    condition     = jsondecode(data.aws_iam_policy_document.trust.json).Statement[0].Principal == { Service = "lambda.amazonaws.com" }
    error_message = data.aws_iam_policy_document.trust.json
  }

  assert {
    condition = jsonencode([
      for statement in jsondecode(data.aws_iam_policy_document.this[0].json).Statement :
      [statement.Sid, sort(flatten([statement.Action])), sort([for arn in flatten([statement.Resource]) : trimprefix(arn, var.target.arn)])]
      ]) == jsonencode([
      ["AttachRetentionAndSaveObjects", ["es:ESHttpPost"], [
        "/_dashboards/api/saved_objects/*/firehose-logging-*",
        "/_plugins/_ism/add/logging-test-20*",
        "/_plugins/_ism/change_policy/logging-test-20*",
        "/_plugins/_ism/remove/*-20*",
      ]],
      ["Log", ["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/logging-test-domain-setup:*"]],
      ["Read", ["es:ESHttpGet"], [
        "/",
        "/_cat/indices/logging-test-20*",
        "/_dashboards/api/saved_objects/*/firehose-logging-*",
        "/_index_template/firehose-logging-*",
        "/_plugins/_ism/explain/*",
        "/_plugins/_ism/policies/firehose-logging-*",
        "/_plugins/_security/api/roles/firehose-logging-*",
        "/_plugins/_security/api/roles/kibana_user",
        "/_plugins/_security/api/roles/opensearch_dashboards_user",
        "/_plugins/_security/api/rolesmapping",
        "/_plugins/_security/api/rolesmapping/firehose-logging-*",
      ]],
      ["SetUp", ["es:ESHttpDelete", "es:ESHttpPut"], [
        "/_dashboards/api/saved_objects/*/firehose-logging-*",
        "/_index_template/firehose-logging-*",
        "/_plugins/_ism/policies/firehose-logging-*",
        "/_plugins/_security/api/roles/firehose-logging-*",
        "/_plugins/_security/api/rolesmapping/all_access",
        "/_plugins/_security/api/rolesmapping/firehose-logging-*",
        "/_plugins/_security/api/rolesmapping/kibana_user",
        "/_plugins/_security/api/rolesmapping/opensearch_dashboards_user",
      ]],
      ["ShareMappings", ["es:ESHttpPatch"], [
        "/_plugins/_security/api/rolesmapping/all_access",
        "/_plugins/_security/api/rolesmapping/kibana_user",
        "/_plugins/_security/api/rolesmapping/opensearch_dashboards_user",
      ]],
      ["OneIndexAtATime", ["es:ESHttp*"], ["/*%2C*", "/*%2c*", "/*,*"]],
    ])
    error_message = data.aws_iam_policy_document.this[0].json
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.this[0].json).Statement :
      statement.Condition.ArnEquals["lambda:SourceFunctionArn"] == "arn:aws:lambda:eu-west-1:123456789012:function:logging-test-domain-setup"
      if statement.Effect == "Allow"
    ])
    error_message = "what the role may do, it may do as this function alone: ${data.aws_iam_policy_document.this[0].json}"
  }
}

run "a_domain_that_holds_what_it_is_to_hold_needs_no_run" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  assert {
    condition     = jsondecode(aws_lambda_invocation.this[0].input).run == jsondecode(aws_lambda_invocation.this[0].result).run
    error_message = "a run is planned: ${aws_lambda_invocation.this[0].input}"
  }
}

run "what_differs_in_the_domain_is_a_run_in_the_plan" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  override_data {
    target = data.aws_lambda_invocation.look
    values = { result = "{\"run\":\"2026-11-28T12:00:00 writer_role\",\"differs\":[{\"step\":\"writer_role\",\"why\":\"gone\"}],\"unknown\":null}" }
  }

  assert {
    condition     = jsondecode(aws_lambda_invocation.this[0].input) == { run = "2026-11-28T12:00:00 writer_role" }
    error_message = "no run is planned: ${aws_lambda_invocation.this[0].input}"
  }
}

run "an_answer_that_is_no_json_as_a_mocks_fails_nothing" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  override_data {
    target = data.aws_lambda_invocation.look
    values = { result = "a1b2c3" }
  }

  assert {
    condition     = length(jsondecode(aws_lambda_invocation.this[0].input).run) == 64
    error_message = aws_lambda_invocation.this[0].input
  }
}

run "without_a_look_the_configuration_alone_asks_for_a_run" {
  module {
    source = "./modules/domain-setup"
  }

  variables {
    setup = { check_at_plan = false }
  }

  assert {
    condition     = length(data.aws_lambda_invocation.look) == 0 && length(jsondecode(aws_lambda_invocation.this[0].input).run) == 64
    error_message = "the plan asks the function, or the run does not follow the configuration: ${aws_lambda_invocation.this[0].input}"
  }

  # The overridden result is another run's, as after one that failed.
  assert {
    condition     = length(output.steps) == 0
    error_message = "steps of a run that did not happen: ${jsonencode(output.steps)}"
  }
}

run "people_whom_a_mapping_can_name_the_network_and_the_deletion_are_handed_on" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  variables {
    access = {
      masters = ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/admins"]
      readers = ["arn:aws:iam::123456789012:user/ann", "arn:aws:sts::123456789012:assumed-role/x/y"]
    }
    network = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    setup   = { delete_indexes = true, settle_seconds = 0 }
  }

  assert {
    condition     = jsondecode(one(aws_lambda_function.this[0].environment).variables.FIREHOSE_LOGGING_SETUP).administrators == ["arn:aws:iam::123456789012:role/admins"]
    error_message = jsonencode(aws_lambda_function.this[0].environment)
  }

  assert {
    condition     = jsondecode(one(aws_lambda_function.this[0].environment).variables.FIREHOSE_LOGGING_SETUP).readers == ["arn:aws:iam::123456789012:user/ann"]
    error_message = jsonencode(aws_lambda_function.this[0].environment)
  }

  assert {
    condition     = one(aws_lambda_function.this[0].vpc_config).subnet_ids == toset(["subnet-1"])
    error_message = jsonencode(aws_lambda_function.this[0].vpc_config)
  }

  assert {
    condition = [
      for statement in jsondecode(data.aws_iam_policy_document.this[0].json).Statement : statement
      if anytrue([for action in flatten([statement.Action]) : startswith(action, "ec2:")])
      ] == [
      {
        Sid      = "LookAtNetwork"
        Effect   = "Allow"
        Action   = ["ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces"]
        Resource = "*"
      },
      {
        Sid    = "MakeInterfaces"
        Effect = "Allow"
        Action = "ec2:CreateNetworkInterface"
        Resource = [
          "arn:aws:ec2:eu-west-1:123456789012:network-interface/*",
          "arn:aws:ec2:eu-west-1:*:subnet/subnet-1",
          "arn:aws:ec2:eu-west-1:*:security-group/sg-1",
        ]
      },
      {
        Sid      = "UseInterfaces"
        Effect   = "Allow"
        Action   = ["ec2:UnassignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses"]
        Resource = "arn:aws:ec2:eu-west-1:123456789012:*/*"
      },
      {
        Sid       = "LeaveTheNetworkToLambda"
        Effect    = "Deny"
        Action    = "ec2:*"
        Resource  = "*"
        Condition = { ArnEquals = { "lambda:SourceFunctionArn" = "arn:aws:lambda:eu-west-1:123456789012:function:logging-test-domain-setup" } }
      },
    ]
    error_message = data.aws_iam_policy_document.this[0].json
  }

  assert {
    condition = [
      for statement in jsondecode(data.aws_iam_policy_document.this[0].json).Statement :
      statement.Resource if statement.Sid == "DeleteIndexes"
    ] == ["arn:aws:es:eu-west-1:123456789012:domain/logging-test/logging-test-20*"]
    error_message = data.aws_iam_policy_document.this[0].json
  }

  assert {
    condition     = jsondecode(one(aws_lambda_function.this[0].environment).variables.FIREHOSE_LOGGING_SETUP).delete_indexes
    error_message = jsonencode(aws_lambda_function.this[0].environment)
  }

  assert {
    condition     = aws_lambda_function.this[0].timeout == 60
    error_message = "the function's time follows what it is to wait"
  }
}

run "nothing_is_made_where_create_is_false_and_the_domain_is_passed_on" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  variables {
    create = false
  }

  assert {
    condition     = length(aws_lambda_function.this) + length(aws_iam_role.this) + length(aws_lambda_invocation.this) + length(aws_cloudwatch_log_group.this) == 0
    error_message = "create is false"
  }

  assert {
    condition     = output.steps == [] && output.domain_arn == var.target.arn && output.role.arn == null
    error_message = jsonencode([output.steps, output.domain_arn, output.role])
  }
}

run "an_index_that_does_not_rotate_is_reached_by_its_name_alone" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  variables {
    index = { name = "audit", rotation = "NoRotation" }
    setup = { delete_indexes = true }
  }

  assert {
    condition = [
      for statement in jsondecode(data.aws_iam_policy_document.this[0].json).Statement :
      statement.Resource if statement.Sid == "DeleteIndexes"
    ] == ["arn:aws:es:eu-west-1:123456789012:domain/logging-test/audit"]
    error_message = data.aws_iam_policy_document.this[0].json
  }
}

run "wrong_values_are_named" {
  command = plan

  module {
    source = "./modules/domain-setup"
  }

  variables {
    retention = { days = 0.5 }
    template  = { shards = 0, replicas = -1, codec = "gzip", refresh_interval = "soon", extra_fields = "all", field_limit = 10, fields = { a = "string" } }
    setup     = { settle_seconds = 900 }
    network   = { subnet_ids = ["subnet-1"] }
  }

  expect_failures = [var.retention, var.template, var.setup, var.network]
}
