variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Beginning of every name."
  type        = string
  default     = "logging-test"
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
  nullable    = false
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

variable "delivery_streams" {
  description = <<-EOT
    The streams to watch.
    - names: names of the streams.
    - interval_seconds: the longest that a record waits in the buffer.
    - transform: whether a function transforms the records.
  EOT
  type = object({
    names            = list(string)
    interval_seconds = optional(number, 60)
    transform        = optional(bool, false)
  })
  nullable = false
}

variable "opensearch_domain" {
  description = <<-EOT
    The domain to watch.
    - name: name of the domain.
    - account_id: the account that it belongs to.
    - watch: whether to make alarms for it; false for a domain that others watch.
    - nodes: number of all its nodes; null where it is not known.
    - storage_gb: size of a data node's volume; null where it is not known.
    - managers: whether it has dedicated managers.
    - own_key: whether a customer-managed key encrypts it.
  EOT
  type = object({
    name       = string
    account_id = string
    watch      = optional(bool, true)
    nodes      = optional(number)
    storage_gb = optional(number)
    managers   = optional(bool, false)
    own_key    = optional(bool, false)
  })
  nullable = false
}

variable "functions" {
  description = "Names of the functions to watch, by a key of your own."
  type        = map(string)
  default     = {}
  nullable    = false
}
