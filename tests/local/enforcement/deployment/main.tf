# The root module with everything that brings its stream's role or its producers a permission.
provider "aws" {
  s3_use_path_style = true
}

variable "domain_arn" {
  description = "The domain to deliver to."
  type        = string
}

variable "function_arn" {
  description = "The function that changes records on their way."
  type        = string
}

variable "vpc_id" {
  description = "The VPC of the streams' network interfaces."
  type        = string
}

variable "subnet_ids" {
  description = "The subnets of the streams' network interfaces."
  type        = list(string)
}

module "logging" {
  source = "../../../.."

  name            = "enforced"
  existing_domain = { arn = var.domain_arn }
  encryption      = { key = "new" }
  monitoring      = { enabled = false, dashboard = false }
  producers       = { users = ["producer"] }
  vpc             = { id = var.vpc_id, subnet_ids = var.subnet_ids }

  delivery = {
    shards        = 2
    buffering     = { interval_seconds = 1 }
    retry_seconds = 0
    transform     = { function_arn = var.function_arn, interval_seconds = 1, retries = 0 }
  }

  backup = {
    buffering     = { interval_seconds = 60, size_mb = 1 }
    compression   = "UNCOMPRESSED"
    expire_days   = 0
    force_destroy = true
  }
}

output "streams" {
  description = "The names of both streams."
  value       = module.logging.delivery_streams[*].name
}

output "role" {
  description = "The streams' role: name and arn."
  value       = module.logging.delivery_role
}

output "producer_policy_arn" {
  description = "The policy of those who log."
  value       = module.logging.producer_policy.arn
}

output "bucket" {
  description = "The name of the backup bucket."
  value       = module.logging.backup_bucket.name
}

output "key_arn" {
  description = "The key of streams and bucket."
  value       = module.logging.encryption_key_arn
}
