variable "name" {
  description = "Name of the stream and of the domain."
  type        = string
  default     = "logging-test"
  nullable    = false
}
