data "aws_caller_identity" "current" {}

data "aws_service" "firehose" {
  service_id = "firehose"
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  region     = data.aws_service.firehose.region

  has_existing_domain = var.existing_domain.arn != null
  make_domain         = var.create && coalesce(var.domain.create, !local.has_existing_domain)

  domain = local.make_domain ? module.domain.domain : {
    name           = var.create ? try(split("/", var.existing_domain.arn)[1], null) : null
    arn            = var.create ? var.existing_domain.arn : null
    endpoint       = var.create ? var.existing_domain.endpoint : null
    dashboards_url = var.create && var.existing_domain.endpoint != null ? "https://${var.existing_domain.endpoint}/_dashboards" : null
  }

  key = { arn = var.encryption.key == "new" ? module.encryption_key.key_arn : var.encryption.key_arn }
  iam = { path = var.access.path, permissions_boundary = var.access.permissions_boundary }

  # With the function comes access control by roles: it is the master that makes them.
  set_up = var.create && coalesce(var.setup.enabled, local.make_domain)
}

module "encryption_key" {
  source = "./modules/encryption-key"

  create        = var.create && var.encryption.key == "new"
  name          = var.name
  tags          = var.tags
  deletion_days = var.encryption.deletion_days
}

module "network" {
  source = "./modules/network"

  create                             = var.create
  name                               = var.name
  tags                               = var.tags
  vpc                                = var.vpc
  with_domain                        = local.make_domain
  with_function                      = local.set_up
  existing_domain_security_group_ids = var.existing_domain.security_group_ids
}

module "domain" {
  source = "./modules/domain"

  create  = local.make_domain
  name    = var.name
  tags    = var.tags
  index   = var.index
  domain  = var.domain
  access  = var.access
  writers = module.delivery_stream.role.arn[*]
  logs    = var.logs
  key     = local.key
  network = {
    subnet_ids         = var.vpc.subnet_ids
    security_group_ids = module.network.security_group_ids.domain
  }
  fine_grained_access = {
    enabled          = coalesce(var.domain.fine_grained_access, local.set_up)
    master_arn       = local.set_up ? module.domain_setup.role.arn : var.domain.master_arn
    master_in_policy = !local.set_up
  }
}

module "domain_setup" {
  source = "./modules/domain-setup"

  create    = local.set_up
  name      = var.name
  tags      = var.tags
  index     = var.index
  target    = { arn = local.domain.arn, endpoint = local.domain.endpoint }
  writers   = module.delivery_stream.role.arn[*]
  access    = var.access
  setup     = var.setup
  retention = var.retention
  template  = var.template
  logs      = var.logs
  key       = local.key
  iam       = local.iam
  network = {
    subnet_ids         = local.set_up ? var.vpc.subnet_ids : []
    security_group_ids = module.network.security_group_ids.function
  }
}

module "delivery_stream" {
  source = "./modules/delivery-stream"

  create      = var.create
  name        = var.name
  tags        = var.tags
  index       = var.index
  destination = { domain_arn = module.domain_setup.domain_arn, endpoint = local.domain.endpoint }
  delivery    = var.delivery
  backup      = var.backup
  logs        = var.logs
  key         = local.key
  iam         = local.iam
  network = {
    subnet_ids         = var.vpc.subnet_ids
    security_group_ids = module.network.security_group_ids.stream
  }
}

module "producer_access" {
  source = "./modules/producer-access"

  create           = var.create
  name             = var.name
  tags             = var.tags
  delivery_streams = module.delivery_stream.delivery_streams[*].arn
  keys             = module.delivery_stream.stream_key_arn[*]
  producers        = var.producers
  iam              = local.iam
}

module "monitoring" {
  source = "./modules/monitoring"

  create     = var.create
  name       = var.name
  tags       = var.tags
  monitoring = var.monitoring
  delivery_streams = {
    names            = module.delivery_stream.names
    interval_seconds = var.delivery.buffering.interval_seconds
    transform        = var.delivery.transform != null
  }
  functions = local.set_up ? { setup = module.domain_setup.function.name } : {}
  opensearch_domain = {
    name       = local.make_domain ? var.name : try(split("/", var.existing_domain.arn)[1], var.name)
    account_id = local.make_domain ? local.account_id : try(split(":", var.existing_domain.arn)[4], local.account_id)
    watch      = local.make_domain
    nodes      = var.domain.instances.count + try(var.domain.managers.count, 0) + try(var.domain.warm.count, 0)
    storage_gb = module.domain.volume_gb
    managers   = var.domain.managers != null
    own_key    = var.encryption.key != "aws"
  }
}

locals {
  stream_names = module.delivery_stream.names

  # A whole document for logging.config.dictConfig: JSON on the root logger, nothing else changed.
  # One stream stands as a string, several as a list; both branches are JSON so that Terraform
  # takes the difference.
  python_logging_config = {
    version                  = 1
    disable_existing_loggers = false
    formatters = {
      json = {
        "()" = "firehose_logging.FirehoseJsonFormatter"
      }
    }
    handlers = {
      firehose = {
        class       = "firehose_logging.FirehoseHandler"
        formatter   = "json"
        stream_name = jsondecode(length(local.stream_names) == 1 ? jsonencode(local.stream_names[0]) : jsonencode(local.stream_names))
        region_name = local.region
      }
    }
    root = {
      handlers = ["firehose"]
      level    = "INFO"
    }
  }
}
