# The Region's name by an attribute that neither provider 5.x nor 6.x deprecates.
data "aws_service" "cloudwatch" {
  service_id = "monitoring"
}

locals {
  region = data.aws_service.cloudwatch.region

  # One entry for each alarm and what it watches: "delivery_success" of three streams is three.
  alarms = merge(
    merge([
      for stream in var.delivery_streams.names : {
        for key, alarm in local.stream_alarms : "${stream}-${key}" => merge(alarm, {
          key        = key
          namespace  = "AWS/Firehose"
          dimensions = { DeliveryStreamName = stream }
        }) if alarm.applies
      }
    ]...),
    {
      for key, alarm in local.domain_alarms : "${var.name}-${key}" => merge(alarm, {
        key        = key
        namespace  = "AWS/ES"
        dimensions = { DomainName = var.opensearch_domain.name, ClientId = var.opensearch_domain.account_id }
      }) if alarm.applies && var.opensearch_domain.watch
    },
    {
      for function in keys(var.functions) : "${var.name}-${function}-function_errors" => merge(local.function_alarm, {
        key        = "function_errors"
        namespace  = "AWS/Lambda"
        dimensions = { FunctionName = var.functions[function] }
      })
    },
  )

  wanted = {
    for name, alarm in local.alarms : name => merge(alarm, {
      for setting, value in try(var.monitoring.overrides[alarm.key], {}) : setting => value if value != null
    }) if var.create && var.monitoring.enabled && !contains(var.monitoring.disabled, alarm.key)
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.wanted

  alarm_name          = replace(each.key, "_", "-")
  alarm_description   = each.value.description
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = min(each.value.datapoints_to_alarm, each.value.evaluation_periods)
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.monitoring.topics
  ok_actions          = var.monitoring.topics
  tags                = var.tags

  namespace   = each.value.expression == null ? each.value.namespace : null
  metric_name = each.value.expression == null ? each.value.metrics[0] : null
  statistic   = each.value.expression == null ? each.value.statistic : null
  period      = each.value.expression == null ? each.value.period : null
  dimensions  = each.value.expression == null ? each.value.dimensions : null

  dynamic "metric_query" {
    for_each = each.value.expression == null ? {} : { for number, metric in each.value.metrics : "m${number}" => metric }

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = each.value.namespace
        metric_name = metric_query.value
        # A quota is a level, published by the minute: summed up it would be out of reach.
        stat       = endswith(metric_query.value, "Limit") ? "Average" : each.value.statistic
        period     = each.value.period
        dimensions = each.value.dimensions
      }
    }
  }

  dynamic "metric_query" {
    for_each = each.value.expression == null ? [] : [each.value.expression]

    content {
      id          = "result"
      label       = each.value.key
      expression  = metric_query.value
      return_data = true
    }
  }
}
