variable "name" {
  description = "Name of the stream and of the domain."
  type        = string
  default     = "logging-test"
  nullable    = false
}

variable "central_role_arn" {
  description = "Role of the central account that makes the domain and administers it."
  type        = string
  nullable    = false
}

variable "producer_accounts" {
  description = "Ids of further accounts whose applications may log."
  type        = list(string)
  default     = []
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
