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

variable "deletion_days" {
  description = "How long a destroyed key can still be rescued, 7 to 30 days."
  type        = number
  default     = 30
  nullable    = false
}
