variable "setup" {
  description = <<-EOT
    The function that makes the domain ready before the stream exists: index template, roles, retention, Dashboards.
    - enabled: whether there is one; null makes it for a domain that is made here. An existing domain must map its role to all_access first, and name it in its access policy only where it is another account's: within one account that would free it of its own policy's bounds; without the function, `firehose-logging setup` does the same.
    - dashboards: whether Dashboards gets an index pattern and a dashboard.
    - delete_indexes: whether destroy deletes the indexes with all records, too.
    - settle_seconds: how long the function waits for a domain that does not answer yet, 0 to 840.
    - check_at_plan: whether each plan asks the function what the domain holds, so that what was changed or lost there, or a run that failed, is set up again. The plan's caller needs lambda:InvokeFunction on it. False: a plan sees changes of inputs alone.
  EOT
  type = object({
    enabled        = optional(bool)
    dashboards     = optional(bool, true)
    delete_indexes = optional(bool, false)
    settle_seconds = optional(number, 300)
    check_at_plan  = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.setup.settle_seconds >= 0 && var.setup.settle_seconds <= 840 && floor(var.setup.settle_seconds) == var.setup.settle_seconds
    error_message = "setup.settle_seconds is ${var.setup.settle_seconds}; the function can wait 0 to 840 seconds."
  }
}

variable "template" {
  description = <<-EOT
    How indexes are made. A change holds for indexes made after it.
    - shards: primary shards of each index; one holds 30 to 50 GiB well.
    - replicas: copies of each shard; null makes one where there is a second node.
    - codec: best_compression, default, zstd or zstd_no_dict (the last two from OpenSearch 2.9 on).
    - refresh_interval: how soon a record can be found, for example 5s; null leaves it to the engine (1s).
    - time_field: the field that Dashboards goes by.
    - extra_fields: searchable indexes unknown fields, up to field_limit; stored only keeps them in the document, however many.
    - field_limit: the most fields of an index; records with more go to the backup bucket.
    - fields: types of further fields by name: boolean, date, double, flat_object, ip, keyword, long or text.
  EOT
  type = object({
    shards           = optional(number, 1)
    replicas         = optional(number)
    codec            = optional(string, "best_compression")
    refresh_interval = optional(string)
    time_field       = optional(string, "asctime")
    extra_fields     = optional(string, "searchable")
    field_limit      = optional(number, 2000)
    fields           = optional(map(string), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.template.shards >= 1 && var.template.shards <= 100 && floor(var.template.shards) == var.template.shards
    error_message = "template.shards is ${var.template.shards}; give 1 to 100 shards."
  }

  validation {
    condition     = alltrue([for replicas in var.template.replicas[*] : replicas >= 0 && replicas <= 10 && floor(replicas) == replicas])
    error_message = "template.replicas is ${coalesce(var.template.replicas, 0)}; give 0 to 10 copies, or null for one where there is a second node."
  }

  validation {
    condition     = contains(["best_compression", "default", "zstd", "zstd_no_dict"], var.template.codec)
    error_message = "template.codec is \"${var.template.codec}\"; use best_compression, default, zstd or zstd_no_dict."
  }

  validation {
    condition     = var.template.refresh_interval == null || can(regex("^(-1|[1-9][0-9]*(ms|s|m))$", var.template.refresh_interval))
    error_message = "template.refresh_interval is \"${coalesce(var.template.refresh_interval, "null")}\"; write a duration such as 5s, or leave it out."
  }

  validation {
    condition     = contains(["searchable", "stored"], var.template.extra_fields)
    error_message = "template.extra_fields is \"${var.template.extra_fields}\"; use searchable or stored."
  }

  validation {
    condition     = var.template.field_limit >= 100 && var.template.field_limit <= 10000 && floor(var.template.field_limit) == var.template.field_limit
    error_message = "template.field_limit is ${var.template.field_limit}; give 100 to 10000 fields."
  }

  validation {
    condition = alltrue([
      for type in values(var.template.fields) :
      contains(["boolean", "date", "double", "flat_object", "ip", "keyword", "long", "text"], type)
    ])
    error_message = "template.fields is ${jsonencode(var.template.fields)}; a field's type is boolean, date, double, flat_object, ip, keyword, long or text."
  }
}
