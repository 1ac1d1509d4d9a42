variable "encryption" {
  description = <<-EOT
    The key for domain, stream, bucket and log groups. Changing it replaces the domain.
    - key: aws for AWS's own keys, new to make a customer-managed one (about 1 USD a month, and requests), given for key_arn.
    - key_arn: ARN of a key that is there already; its policy must let CloudWatch Logs use it.
    - deletion_days: how long a destroyed key can still be rescued, 7 to 30 days.
  EOT
  type = object({
    key           = optional(string, "aws")
    key_arn       = optional(string)
    deletion_days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["aws", "new", "given"], var.encryption.key)
    error_message = "encryption.key is \"${var.encryption.key}\"; use aws (AWS's own keys), new (a customer-managed key is made) or given (encryption.key_arn)."
  }

  validation {
    condition     = (var.encryption.key == "given") == (var.encryption.key_arn != null)
    error_message = "encryption.key is \"${var.encryption.key}\" and encryption.key_arn is \"${coalesce(var.encryption.key_arn, "null")}\"; set key = \"given\" together with key_arn, or leave key_arn out."
  }

  validation {
    condition     = var.encryption.key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.encryption.key_arn))
    error_message = "encryption.key_arn is \"${coalesce(var.encryption.key_arn, "null")}\"; give the ARN of a key (not of an alias), arn:aws:kms:<region>:<account>:key/<id>."
  }

  validation {
    condition     = var.encryption.deletion_days >= 7 && var.encryption.deletion_days <= 30
    error_message = "encryption.deletion_days is ${var.encryption.deletion_days}; KMS keeps a deleted key for 7 to 30 days."
  }
}
