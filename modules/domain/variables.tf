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

variable "domain" {
  description = <<-EOT
    The OpenSearch domain.
    - engine_version: an engine that Firehose delivers to, OpenSearch 2.x or 3.x.
    - instances.type: type of the data nodes.
    - instances.count: number of data nodes; a multiple of zones.
    - zones: Availability Zones that the data nodes are spread over, 1 to 3.
    - storage.type: gp3, gp2, io1 or standard.
    - storage.size_gb: size of each data node's volume in GiB.
    - storage.iops: for gp3 above 3,000 and for io1; null leaves it to AWS.
    - storage.throughput: MiB/s for gp3 above 125; null leaves it to AWS.
    - tls_policy: the oldest TLS that clients may speak; both allowed policies ask for TLS 1.2 or later.
    - timeouts.create: how long Terraform waits for the domain. AWS needs 15 to 60 minutes.
    - timeouts.update: how long Terraform waits for a change.
    - timeouts.delete: how long Terraform waits for the domain to go.
  EOT
  type = object({
    engine_version = optional(string, "OpenSearch_3.5")
    instances = optional(object({
      type  = optional(string, "t3.small.search")
      count = optional(number, 1)
    }), {})
    zones = optional(number, 1)
    storage = optional(object({
      type       = optional(string, "gp3")
      size_gb    = optional(number, 10)
      iops       = optional(number)
      throughput = optional(number)
    }), {})
    tls_policy = optional(string, "Policy-Min-TLS-1-2-PFS-2023-10")
    timeouts = optional(object({
      create = optional(string, "90m")
      update = optional(string, "90m")
      delete = optional(string, "90m")
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^OpenSearch_[23]\\.[0-9]+$", var.domain.engine_version))
    error_message = "domain.engine_version is \"${var.domain.engine_version}\"; use a version of OpenSearch 2.x or 3.x, for example OpenSearch_3.5: Firehose delivers to them."
  }

  validation {
    condition     = endswith(var.domain.instances.type, ".search")
    error_message = "domain.instances.type is \"${var.domain.instances.type}\"; use an OpenSearch instance type, which ends in .search, for example r7g.large.search."
  }

  validation {
    condition     = !startswith(var.domain.instances.type, "t2.")
    error_message = "domain.instances.type is \"${var.domain.instances.type}\"; t2 instances can't encrypt at rest: use t3.small.search or larger."
  }

  validation {
    condition     = contains([1, 2, 3], var.domain.zones)
    error_message = "domain.zones is ${var.domain.zones}; a domain spreads over 1, 2 or 3 Availability Zones."
  }

  validation {
    condition     = var.domain.instances.count >= 1 && var.domain.instances.count % max(1, var.domain.zones) == 0
    error_message = "domain.instances.count is ${var.domain.instances.count} with domain.zones = ${var.domain.zones}; give each zone the same number of data nodes: use a multiple of ${var.domain.zones}."
  }

  validation {
    condition     = contains(["gp3", "gp2", "io1", "standard"], var.domain.storage.type)
    error_message = "domain.storage.type is \"${var.domain.storage.type}\"; use gp3, gp2, io1 or standard."
  }

  validation {
    condition     = var.domain.storage.size_gb >= 10 && var.domain.storage.size_gb <= 24576 && floor(var.domain.storage.size_gb) == var.domain.storage.size_gb
    error_message = "domain.storage.size_gb is ${var.domain.storage.size_gb}; a data node's volume has 10 to 24576 GiB, and less on small instance types."
  }

  validation {
    condition     = contains(["gp3", "io1"], var.domain.storage.type) || var.domain.storage.iops == null
    error_message = "domain.storage.iops is set with domain.storage.type = \"${var.domain.storage.type}\"; only gp3 and io1 take it: change the type, or leave iops out."
  }

  validation {
    condition     = var.domain.storage.type != "io1" || var.domain.storage.iops != null
    error_message = "domain.storage.iops is missing; io1 volumes need it: set it, or use gp3."
  }

  validation {
    condition     = var.domain.storage.type == "gp3" || var.domain.storage.throughput == null
    error_message = "domain.storage.throughput is set with domain.storage.type = \"${var.domain.storage.type}\"; only gp3 takes it: change the type, or leave throughput out."
  }

  validation {
    condition     = contains(["Policy-Min-TLS-1-2-2019-07", "Policy-Min-TLS-1-2-PFS-2023-10"], var.domain.tls_policy)
    error_message = "domain.tls_policy is \"${var.domain.tls_policy}\"; use Policy-Min-TLS-1-2-PFS-2023-10, or Policy-Min-TLS-1-2-2019-07 for clients without forward secrecy."
  }

  validation {
    condition = alltrue([
      for wait in values(var.domain.timeouts) : can(regex("^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$", wait))
    ])
    error_message = "domain.timeouts is ${jsonencode(var.domain.timeouts)}; write durations such as \"90m\" or \"1h30m\"."
  }
}

variable "access" {
  description = <<-EOT
    Who may call the domain, besides the delivery stream. IAM ARNs of roles, users or accounts; never a wildcard.
    - masters: may do everything.
    - readers: may search the index and use Dashboards.
  EOT
  type = object({
    masters = optional(list(string), [])
    readers = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for arn in concat(var.access.masters, var.access.readers) :
      can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[^*?]+)$", arn))
    ])
    error_message = "access.masters is ${jsonencode(var.access.masters)} and access.readers is ${jsonencode(var.access.readers)}; give whole ARNs of IAM roles, users or accounts without wildcards, for example arn:aws:iam::123456789012:role/search."
  }
}

variable "writers" {
  description = "ARNs of the delivery streams' roles, which may write to the index."
  type        = list(string)
  default     = []
  nullable    = false
}
