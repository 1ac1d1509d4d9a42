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

variable "ip_ranges" {
  description = "CIDR ranges that people may call the domain from; none for anywhere."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "producer_accounts" {
  description = "Ids of other accounts that may log."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "expire_days" {
  description = "Objects of the backup bucket go after so many days; 0 keeps them."
  type        = number
  default     = 365
  nullable    = false
}

variable "domain_timeout" {
  description = "How long Terraform waits for the domain; AWS needs 15 to 60 minutes."
  type        = string
  default     = "90m"
  nullable    = false
}
