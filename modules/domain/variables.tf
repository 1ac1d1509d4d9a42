variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the stream and of the domain, and the beginning of every other name. Changing it replaces everything."
  type        = string
  default     = "logging-test"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,27}$", var.name))
    error_message = "name is \"${var.name}\"; it also names the domain, so give it 3 to 28 lower-case letters, digits and hyphens, beginning with a letter."
  }
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

variable "writers" {
  description = "ARNs of the delivery streams' roles, which may write to the index from anywhere."
  type        = list(string)
  default     = []
  nullable    = false
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

variable "network" {
  description = <<-EOT
    Where in a VPC the domain stands. AWS can't move a domain between VPCs or out of one: a change replaces it.
    - subnet_ids: one subnet for each zone; none for a public domain.
    - security_group_ids: groups of the domain's interfaces, which must let callers in on port 443.
  EOT
  type = object({
    subnet_ids         = optional(list(string), [])
    security_group_ids = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "key" {
  description = <<-EOT
    The customer-managed key for the domain's volumes and log groups. A change of it replaces the domain.
    - arn: null leaves it to AWS's key.
  EOT
  type = object({
    arn = optional(string)
  })
  default  = {}
  nullable = false
}

variable "fine_grained_access" {
  description = <<-EOT
    Access control by roles within the domain. AWS can't switch it off again: that replaces the domain.
    - enabled: whether callers need a role within the domain as well.
    - master_arn: ARN of the IAM role or user that may do everything within the domain; no password stands in the state.
    - master_in_policy: whether the access policy lets the master in; false leaves that to the master's own policy, which then bounds it.
  EOT
  type = object({
    enabled          = optional(bool, false)
    master_arn       = optional(string)
    master_in_policy = optional(bool, true)
  })
  default  = {}
  nullable = false
}
