provider "aws" {}

module "logging" {
  source = "../.."

  name = var.name

  existing_domain = {
    arn      = var.domain_arn
    endpoint = var.domain_endpoint
  }

  backup = { expire_days = var.expire_days }
}
