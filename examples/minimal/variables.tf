variable "name" {
  description = "Name of the stream and of the domain."
  type        = string
  default     = "logging-test"
  nullable    = false
}

variable "domain_timeout" {
  description = "How long Terraform waits for the domain; AWS needs 15 to 60 minutes."
  type        = string
  default     = "90m"
  nullable    = false
}
