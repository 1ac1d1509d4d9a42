variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Beginning of the function's and its role's name."
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

variable "index" {
  description = <<-EOT
    The indexes that the records go to.
    - name: prefix of the index names; 1 to 80 characters, lower case.
    - rotation: a new index every OneHour, OneDay, OneWeek or OneMonth, by UTC arrival time; NoRotation for a single one.
    - document_ids: FIREHOSE_DEFAULT keeps an id stable across attempts, so that a retry makes no duplicate; NO_DOCUMENT_ID indexes cheaper, and a retry can duplicate.
  EOT
  type = object({
    name         = optional(string, "logging-test")
    rotation     = optional(string, "OneDay")
    document_ids = optional(string, "FIREHOSE_DEFAULT")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{0,79}$", var.index.name))
    error_message = "index.name is \"${var.index.name}\"; OpenSearch takes lower-case letters, digits, \".\", \"_\" and \"-\", beginning with a letter or digit, and Firehose at most 80 of them."
  }

  validation {
    condition     = contains(["NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth"], var.index.rotation)
    error_message = "index.rotation is \"${var.index.rotation}\"; use NoRotation, OneHour, OneDay, OneWeek or OneMonth."
  }

  validation {
    condition     = contains(["FIREHOSE_DEFAULT", "NO_DOCUMENT_ID"], var.index.document_ids)
    error_message = "index.document_ids is \"${var.index.document_ids}\"; use FIREHOSE_DEFAULT (no duplicates after a retry) or NO_DOCUMENT_ID (cheaper indexing)."
  }
}

variable "target" {
  description = <<-EOT
    The domain to set up.
    - arn: its ARN.
    - endpoint: its host, without a scheme.
  EOT
  type = object({
    arn      = string
    endpoint = string
  })
  nullable = false
}

variable "writers" {
  description = "ARNs of the delivery streams' roles, which get the writer role."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "access" {
  description = <<-EOT
    Who may call the domain, besides the delivery stream, and where the roles stand. IAM ARNs of roles, users or accounts; never a wildcard.
    - masters: may do everything.
    - writers: may write to the index, as the stream may. They need fine-grained access control.
    - readers: may search the index and use Dashboards. They need fine-grained access control.
    - ip_ranges: CIDR ranges that masters, writers and readers of a public domain may call from; none for anywhere.
    - from_anywhere: says that a public domain without ip_ranges is meant, which a plan warns of otherwise.
    - path: path of the roles and policies that are made.
    - permissions_boundary: ARN of a policy that bounds the roles that are made.
  EOT
  type = object({
    masters              = optional(list(string), [])
    writers              = optional(list(string), [])
    readers              = optional(list(string), [])
    ip_ranges            = optional(list(string), [])
    from_anywhere        = optional(bool, false)
    path                 = optional(string, "/")
    permissions_boundary = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for arn in concat(var.access.masters, var.access.writers, var.access.readers) :
      can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[^*?]+)$", arn))
    ])
    error_message = "access.masters is ${jsonencode(var.access.masters)}, access.writers is ${jsonencode(var.access.writers)} and access.readers is ${jsonencode(var.access.readers)}; give whole ARNs of IAM roles, users or accounts without wildcards, for example arn:aws:iam::123456789012:role/search."
  }

  validation {
    condition     = alltrue([for range in var.access.ip_ranges : can(cidrhost(range, 0)) && try(tonumber(split("/", range)[1]), 0) >= (can(regex(":", range)) ? 16 : 8)])
    error_message = "access.ip_ranges is ${jsonencode(var.access.ip_ranges)}; give CIDR ranges such as 192.0.2.0/24, none wider than /8 (of IPv6: /16), and none at all for anywhere."
  }

  validation {
    condition     = !var.access.from_anywhere || length(var.access.ip_ranges) == 0
    error_message = "access.from_anywhere is true although access.ip_ranges is ${jsonencode(var.access.ip_ranges)}; leave one of them out."
  }

  validation {
    condition     = can(regex("^/([!-~]*/)?$", var.access.path))
    error_message = "access.path is \"${var.access.path}\"; an IAM path begins and ends with a slash, for example /logging/."
  }

  validation {
    condition     = var.access.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/", var.access.permissions_boundary))
    error_message = "access.permissions_boundary is \"${coalesce(var.access.permissions_boundary, "null")}\"; give the ARN of an IAM policy, arn:aws:iam::<account>:policy/<name>."
  }
}

variable "retention" {
  description = <<-EOT
    How long records are kept in the domain.
    - days: a record is kept that long at least, and a rotation period longer at most; 0 keeps it for ever.
  EOT
  type = object({
    days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.retention.days >= 0 && var.retention.days <= 36500 && floor(var.retention.days) == var.retention.days
    error_message = "retention.days is ${var.retention.days}; give 1 to 36500 whole days, or 0 to keep records for ever."
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

variable "key" {
  description = <<-EOT
    The customer-managed key for the log group.
    - arn: null leaves it to AWS's key.
  EOT
  type = object({
    arn = optional(string)
  })
  default  = {}
  nullable = false
}

variable "iam" {
  description = <<-EOT
    Where the role stands.
    - path: path of the role.
    - permissions_boundary: ARN of a policy that bounds the role.
  EOT
  type = object({
    path                 = optional(string, "/")
    permissions_boundary = optional(string)
  })
  default  = {}
  nullable = false
}

variable "network" {
  description = <<-EOT
    Where the function runs, if the domain is in a VPC.
    - subnet_ids: subnets with a way to the domain; none for a public domain.
    - security_group_ids: groups that may go out to the domain's on port 443.
  EOT
  type = object({
    subnet_ids         = optional(list(string), [])
    security_group_ids = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.network.subnet_ids) == 0 || length(var.network.security_group_ids) > 0
    error_message = "network.subnet_ids is ${jsonencode(var.network.subnet_ids)} without network.security_group_ids; give the groups that may go out to the domain's on port 443 (of the root module: vpc.security_group_ids.function, or have them made)."
  }
}
