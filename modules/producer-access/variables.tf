variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Beginning of the policy's name."
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

variable "delivery_streams" {
  description = "ARNs of the delivery streams that may be written to."
  type        = list(string)
  nullable    = false
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

variable "keys" {
  description = "ARNs of the customer-managed keys that the streams are encrypted with."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "iam" {
  description = <<-EOT
    Where policy and role stand.
    - path: path of the policy and the role.
    - permissions_boundary: ARN of a policy that bounds the role.
  EOT
  type = object({
    path                 = optional(string, "/")
    permissions_boundary = optional(string)
  })
  default  = {}
  nullable = false
}
