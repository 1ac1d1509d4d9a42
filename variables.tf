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

variable "producers" {
  description = <<-EOT
    Who may log. Anyone else can be given the policy of the output producer_policy.
    - roles: names of IAM roles of this account.
    - users: names of IAM users of this account.
    - accounts: ids of other accounts, whose principals may take the role of the output producer_role.
    - external_id: what these accounts must say when they take the role, against a deputy that others have confused; null asks for nothing.
  EOT
  type = object({
    roles       = optional(list(string), [])
    users       = optional(list(string), [])
    accounts    = optional(list(string), [])
    external_id = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in concat(var.producers.roles, var.producers.users) : can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", name))])
    error_message = "producers.roles is ${jsonencode(var.producers.roles)} and producers.users is ${jsonencode(var.producers.users)}; give names, not ARNs, and no wildcards."
  }

  validation {
    condition     = alltrue([for id in var.producers.accounts : can(regex("^[0-9]{12}$", id))])
    error_message = "producers.accounts is ${jsonencode(var.producers.accounts)}; give account ids of twelve digits."
  }

  validation {
    condition     = (var.producers.external_id == null || can(regex("^[A-Za-z0-9_+=,.@:/-]{2,}$", var.producers.external_id))) && length(coalesce(var.producers.external_id, "none")) <= 1224
    error_message = "producers.external_id is ${jsonencode(var.producers.external_id)}; STS takes 2 to 1224 letters, digits and characters of _+=,.@:/-, for example a UUID."
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
