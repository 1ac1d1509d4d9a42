variable "name" {
  description = "Name of the domain, and the beginning of the streams' names."
  type        = string
  default     = "platform"
  nullable    = false
}

variable "services" {
  description = "Names of the services that log."
  type        = list(string)
  default     = ["orders", "payments"]
  nullable    = false
}

variable "readers" {
  description = "ARNs of roles and users that may search a service's logs, by service."
  type        = map(list(string))
  default     = {}
  nullable    = false
}

variable "expire_days" {
  description = "Objects of the backup buckets go after so many days; 0 keeps them."
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
