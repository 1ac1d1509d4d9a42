variable "name" {
  description = "Name of the stream, of the domain and of the index."
  type        = string
  default     = "logging-test"
  nullable    = false
}

variable "index_rotation" {
  description = "NoRotation, OneHour, OneDay, OneWeek or OneMonth."
  type        = string
  default     = "OneDay"
  nullable    = false
}

variable "buffering_interval_seconds" {
  description = "The longest that a record waits for others before it is delivered."
  type        = number
  default     = 1
  nullable    = false
}

variable "retry_seconds" {
  description = "How long Firehose tries again what the domain refuses for now."
  type        = number
  default     = 300
  nullable    = false
}

variable "retention_days" {
  description = "How long records are kept in the domain, in days; 0 keeps them for ever."
  type        = number
  default     = 30
  nullable    = false
}

variable "readers" {
  description = "ARNs of roles and users that may search the logs."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "backup_mode" {
  description = "FailedDocumentsOnly or AllDocuments."
  type        = string
  default     = "FailedDocumentsOnly"
  nullable    = false
}

variable "domain_timeout" {
  description = "How long Terraform waits for the domain. Short on purpose: the provider looks at a new domain after ten minutes at the earliest, and once more when the time is up."
  type        = string
  default     = "2s"
  nullable    = false
}
