variable "logs" {
  description = <<-EOT
    The log groups of stream, domain and set-up function.
    - retention_days: how long events are kept; 0 keeps them for ever.
  EOT
  type = object({
    retention_days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.logs.retention_days,
    )
    error_message = "logs.retention_days is ${var.logs.retention_days}; CloudWatch Logs keeps events for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days, or for ever with 0."
  }
}

variable "monitoring" {
  description = <<-EOT
    Alarms and a dashboard in CloudWatch. An alarm costs about 0.10 USD a month.
    - enabled: whether to make alarms at all.
    - dashboard: whether to make the dashboard.
    - topics: ARNs of SNS topics that are told when an alarm begins and ends.
    - overrides: other values for alarms, by name: threshold, period in seconds, evaluation_periods, datapoints_to_alarm.
    - disabled: names of alarms not to make.
  EOT
  type = object({
    enabled   = optional(bool, true)
    dashboard = optional(bool, true)
    topics    = optional(list(string), [])
    overrides = optional(map(object({
      threshold           = optional(number)
      period              = optional(number)
      evaluation_periods  = optional(number)
      datapoints_to_alarm = optional(number)
    })), {})
    disabled = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition = length(setsubtract(concat(keys(var.monitoring.overrides), var.monitoring.disabled), [
      "delivery_auth_failure",
      "delivery_freshness",
      "delivery_rejected",
      "delivery_success",
      "backup_success",
      "throttled",
      "quota_bytes",
      "quota_records",
      "quota_requests",
      "transform_success",
      "stream_key_errors",
      "cluster_red",
      "cluster_yellow",
      "writes_blocked",
      "free_storage",
      "jvm_pressure",
      "cpu",
      "manager_cpu",
      "manager_jvm_pressure",
      "manager_unreachable",
      "nodes_missing",
      "snapshot_failure",
      "server_errors",
      "domain_key_errors",
      "function_errors",
    ])) == 0
    error_message = "monitoring.overrides names ${jsonencode(keys(var.monitoring.overrides))} and monitoring.disabled is ${jsonencode(var.monitoring.disabled)}; the alarms are delivery_auth_failure, delivery_freshness, delivery_rejected, delivery_success, backup_success, throttled, quota_bytes, quota_records, quota_requests, transform_success, stream_key_errors, cluster_red, cluster_yellow, writes_blocked, free_storage, jvm_pressure, cpu, manager_cpu, manager_jvm_pressure, manager_unreachable, nodes_missing, snapshot_failure, server_errors, domain_key_errors and function_errors."
  }

  validation {
    condition = alltrue([
      for override in values(var.monitoring.overrides) : alltrue([
        alltrue([for period in override.period[*] : period >= 60 && period % 60 == 0]),
        alltrue([for count in override.evaluation_periods[*] : count >= 1 && floor(count) == count]),
        alltrue([for count in override.datapoints_to_alarm[*] : count >= 1 && floor(count) == count]),
        try(override.datapoints_to_alarm <= override.evaluation_periods, true),
      ])
    ])
    error_message = "monitoring.overrides is ${jsonencode(var.monitoring.overrides)}; period is a multiple of 60 seconds, evaluation_periods and datapoints_to_alarm are whole numbers from 1 on, and datapoints_to_alarm is at most evaluation_periods."
  }

  validation {
    condition     = alltrue([for arn in var.monitoring.topics : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$", arn))])
    error_message = "monitoring.topics is ${jsonencode(var.monitoring.topics)}; give ARNs of SNS topics, arn:aws:sns:<region>:<account>:<name>."
  }
}
