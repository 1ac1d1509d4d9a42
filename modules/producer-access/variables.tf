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
