data "aws_service" "firehose" {
  service_id = "firehose"
}

module "domain" {
  source = "./modules/domain"

  create  = var.create
  name    = var.name
  tags    = var.tags
  index   = var.index
  domain  = var.domain
  access  = var.access
  writers = module.delivery_stream.role.arn[*]
}

module "delivery_stream" {
  source = "./modules/delivery-stream"

  create      = var.create
  name        = var.name
  tags        = var.tags
  index       = var.index
  destination = { domain_arn = module.domain.domain.arn }
  delivery    = var.delivery
  backup      = var.backup
  logs        = var.logs
}

module "producer_access" {
  source = "./modules/producer-access"

  create           = var.create
  name             = var.name
  tags             = var.tags
  delivery_streams = module.delivery_stream.delivery_stream.arn[*]
}

locals {
  # A whole document for logging.config.dictConfig: JSON on the root logger, nothing else changed.
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
        stream_name = var.name
        region_name = data.aws_service.firehose.region
      }
    }
    root = {
      handlers = ["firehose"]
      level    = "INFO"
    }
  }
}
