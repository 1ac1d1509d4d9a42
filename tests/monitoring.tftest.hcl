# The module by itself, applied without an account.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_resource {
  target = aws_cloudwatch_metric_alarm.this
}

override_resource {
  target = aws_cloudwatch_dashboard.this
}

variables {
  delivery_streams  = { names = ["orders"] }
  opensearch_domain = { name = "orders", account_id = "123456789012", nodes = 1, storage_gb = 100 }
}

run "every_stream_and_the_domain_are_watched" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    name              = "orders"
    delivery_streams  = { names = ["orders", "orders-2"], transform = true, interval_seconds = 120 }
    opensearch_domain = { name = "orders", account_id = "123456789012", nodes = 6, storage_gb = 100, managers = true, own_key = true }
    functions         = { setup = "orders-domain-setup" }
    monitoring        = { topics = ["arn:aws:sns:eu-west-1:123456789012:on-call"] }
  }

  assert {
    condition = toset([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]) == toset(concat(
      [
        for pair in setproduct(["orders", "orders-2"], [
          "backup-success", "delivery-auth-failure", "delivery-freshness", "delivery-rejected",
          "delivery-success", "quota-bytes", "quota-records", "quota-requests", "stream-key-errors",
          "throttled", "transform-success",
        ]) : join("-", pair)
      ],
      [
        for key in [
          "cluster-red", "cluster-yellow", "cpu", "domain-key-errors", "free-storage",
          "jvm-pressure", "manager-cpu", "manager-jvm-pressure", "manager-unreachable",
          "nodes-missing", "server-errors", "snapshot-failure", "writes-blocked",
        ] : "orders-${key}"
      ],
      ["orders-setup-function-errors"],
    ))
    error_message = jsonencode(sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]))
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:on-call"]) && alarm.ok_actions == alarm.alarm_actions
    ])
    error_message = "an alarm does not tell the topic of its beginning and its end"
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this : strcontains(alarm.alarm_description, "First: ")
    ])
    error_message = "an alarm does not say what to do first"
  }

  assert {
    condition = alltrue(flatten([
      for alarm in aws_cloudwatch_metric_alarm.this : [
        for metric in concat(
          alarm.metric_name == null ? [] : [{ namespace = alarm.namespace, dimensions = alarm.dimensions }],
          flatten([for query in alarm.metric_query : query.metric]),
        ) : join(",", keys(metric.dimensions)) == { "AWS/ES" = "ClientId,DomainName", "AWS/Firehose" = "DeliveryStreamName", "AWS/Lambda" = "FunctionName" }[metric.namespace]
      ]
    ]))
    error_message = "an alarm asks for dimensions that AWS does not publish its metric under"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["orders-delivery_freshness"].threshold == 420
    error_message = "freshness does not follow the buffer's interval"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["orders-cluster_red"].threshold == 1
    error_message = "ClusterStatus.red is 0 or 1"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["orders-free_storage"].threshold == 25600
    error_message = "free storage is not a quarter of a node's volume, in MB"
  }

  assert {
    condition = [
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : widget.properties.title if widget.y == 0
    ] == ["In", "Buffered: age of the oldest record, s", "Delivered", "Refused", "Backed up", "Share that arrives"]
    error_message = aws_cloudwatch_dashboard.this[0].dashboard_body
  }

  assert {
    condition = contains(
      jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets[0].properties.metrics,
      ["AWS/Firehose", "IncomingRecords", "DeliveryStreamName", "orders-2"],
    )
    error_message = aws_cloudwatch_dashboard.this[0].dashboard_body
  }
}

run "a_domain_that_others_watch_has_no_alarms_here" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    opensearch_domain = { name = "orders", account_id = "123456789012", watch = false }
  }

  assert {
    condition     = alltrue([for name in keys(aws_cloudwatch_metric_alarm.this) : startswith(name, "orders-")]) && !contains(keys(aws_cloudwatch_metric_alarm.this), "logging-test-cluster_red")
    error_message = jsonencode(keys(aws_cloudwatch_metric_alarm.this))
  }
}

run "overrides_and_disabled_change_what_they_name_and_what_does_not_apply_has_no_alarm" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    monitoring = {
      overrides = { delivery_freshness = { threshold = 900 }, cpu = { evaluation_periods = 1 } }
      disabled  = ["cluster_yellow"]
      dashboard = false
    }
  }

  assert {
    condition = alltrue([
      for key in ["transform_success", "manager_cpu", "manager_jvm_pressure", "manager_unreachable", "domain_key_errors"] :
      !anytrue([for name in keys(aws_cloudwatch_metric_alarm.this) : endswith(name, key)])
    ])
    error_message = jsonencode(keys(aws_cloudwatch_metric_alarm.this))
  }

  assert {
    condition = [
      contains(keys(aws_cloudwatch_metric_alarm.this), "logging-test-cluster_yellow"),
      contains(keys(aws_cloudwatch_metric_alarm.this), "logging-test-cluster_red"),
      length(aws_cloudwatch_dashboard.this) == 1,
    ] == [false, true, false]
    error_message = jsonencode(keys(aws_cloudwatch_metric_alarm.this))
  }

  assert {
    condition = [
      aws_cloudwatch_metric_alarm.this["orders-delivery_freshness"].threshold,
      aws_cloudwatch_metric_alarm.this["orders-delivery_freshness"].evaluation_periods,
      aws_cloudwatch_metric_alarm.this["logging-test-cpu"].threshold,
      aws_cloudwatch_metric_alarm.this["logging-test-cpu"].evaluation_periods,
      aws_cloudwatch_metric_alarm.this["logging-test-cpu"].datapoints_to_alarm,
    ] == [900, 5, 80, 1, 1]
    error_message = jsonencode(aws_cloudwatch_metric_alarm.this["orders-delivery_freshness"])
  }
}

run "alarms_can_be_left_to_others" {
  command = plan

  module {
    source = "./modules/monitoring"
  }

  variables {
    monitoring = { enabled = false }
  }

  assert {
    condition     = output.alarms == {}
    error_message = jsonencode(output.alarms)
  }
}
