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

variable "vpc" {
  description = <<-EOT
    A VPC for domain and stream; without subnets the domain is public. Neither can be moved later: a change replaces both.
    - id: the VPC; needed to make security groups.
    - subnet_ids: private subnets with free addresses, one for each of domain.zones.
    - create_security_groups: whether to make the groups and the rules between them; false takes security_group_ids as they are.
    - security_group_ids.domain: groups of the domain, with create_security_groups = false.
    - security_group_ids.stream: groups of the stream, with create_security_groups = false.
    - security_group_ids.function: groups of the set-up function, with create_security_groups = false.
    - client_security_group_ids: groups whose members may search, on port 443.
    - client_cidr_blocks: IPv4 ranges from which people may search, on port 443.
  EOT
  type = object({
    id                     = optional(string)
    subnet_ids             = optional(list(string), [])
    create_security_groups = optional(bool, true)
    security_group_ids = optional(object({
      domain   = optional(list(string), [])
      stream   = optional(list(string), [])
      function = optional(list(string), [])
    }), {})
    client_security_group_ids = optional(list(string), [])
    client_cidr_blocks        = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.vpc.subnet_ids) <= 16
    error_message = "vpc.subnet_ids names ${length(var.vpc.subnet_ids)} subnets; Firehose takes up to 16."
  }

  validation {
    condition     = length(var.vpc.subnet_ids) == 0 || !var.vpc.create_security_groups || var.vpc.id != null
    error_message = "vpc.id is missing although vpc.subnet_ids names subnets; name the VPC that the security groups are to be made in, or set vpc.create_security_groups = false and give vpc.security_group_ids."
  }

  validation {
    condition     = length(var.vpc.subnet_ids) > 0 || (var.vpc.id == null && length(var.vpc.client_cidr_blocks) == 0 && length(var.vpc.client_security_group_ids) == 0)
    error_message = "vpc.subnet_ids is empty although other attributes of vpc are set; name the private subnets, or leave vpc out for a public domain."
  }

  validation {
    condition = length(var.vpc.subnet_ids) == 0 || var.vpc.create_security_groups || alltrue([
      for groups in [var.vpc.security_group_ids.domain, var.vpc.security_group_ids.stream] : length(groups) >= 1 && length(groups) <= 5
    ])
    error_message = "vpc.security_group_ids is ${jsonencode(var.vpc.security_group_ids)} with vpc.create_security_groups = false; give 1 to 5 groups for the domain and 1 to 5 for the stream, or have them made."
  }

  validation {
    condition     = alltrue([for range in var.vpc.client_cidr_blocks : can(cidrhost(range, 0)) && try(tonumber(split("/", range)[1]), 0) >= (can(regex(":", range)) ? 16 : 8)])
    error_message = "vpc.client_cidr_blocks is ${jsonencode(var.vpc.client_cidr_blocks)}; give CIDR ranges such as 10.0.0.0/16, none wider than /8 (of IPv6: /16)."
  }
}

variable "with_domain" {
  description = "Whether a group for a new domain is needed."
  type        = bool
  default     = true
  nullable    = false
}

variable "with_function" {
  description = "Whether a group for the set-up function is needed."
  type        = bool
  default     = false
  nullable    = false
}

variable "existing_domain_security_group_ids" {
  description = "Groups of a domain that is there already, which are opened for stream and function."
  type        = list(string)
  default     = []
  nullable    = false
}
