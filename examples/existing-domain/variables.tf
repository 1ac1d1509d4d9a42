variable "name" {
  description = "Name of the stream."
  type        = string
  default     = "logging-test"
  nullable    = false
}

variable "domain_arn" {
  description = "ARN of the domain that is there already."
  type        = string
  nullable    = false
}

variable "domain_endpoint" {
  description = "Its host, without https://."
  type        = string
  nullable    = false
}

variable "expire_days" {
  description = "Objects of the backup bucket go after so many days; 0 keeps them."
  type        = number
  default     = 30
  nullable    = false
}
