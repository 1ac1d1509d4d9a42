variable "name" {
  description = "Name of the stream and of the domain."
  type        = string
  default     = "orders-logs"
  nullable    = false
}

variable "readers" {
  description = "ARNs of roles and users that may search the logs."
  type        = list(string)
  default     = []
  nullable    = false
}
