variable "name" {
  description = "Name of the stream and of the domain."
  type        = string
  default     = "logging-test"
  nullable    = false
}

variable "buffering_interval_seconds" {
  description = "The longest that a record waits, for the function and again for delivery."
  type        = number
  default     = 60
  nullable    = false
}

variable "expire_days" {
  description = "Objects of the backup bucket go after so many days; 0 keeps them."
  type        = number
  default     = 30
  nullable    = false
}

variable "domain_timeout" {
  description = "How long Terraform waits for the domain; AWS needs 15 to 60 minutes."
  type        = string
  default     = "90m"
  nullable    = false
}
