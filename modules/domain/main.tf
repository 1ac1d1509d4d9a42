data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

# The Region's name by an attribute that neither provider 5.x nor 6.x deprecates.
data "aws_service" "opensearch" {
  service_id = "es"
}

locals {
  arn = format(
    "arn:%s:es:%s:%s:domain/%s",
    data.aws_partition.current.partition,
    data.aws_service.opensearch.region,
    data.aws_caller_identity.current.account_id,
    var.name,
  )
  masters = sort(distinct(var.access.masters))
  readers = sort(distinct(var.access.readers))
  writers = sort(distinct(var.writers))

  # AWS refuses a policy without statements.
  has_access_policy = length(concat(var.access.masters, var.access.readers, var.writers)) > 0
}

resource "aws_opensearch_domain" "this" {
  count = var.create ? 1 : 0

  domain_name     = var.name
  engine_version  = var.domain.engine_version
  access_policies = local.has_access_policy ? data.aws_iam_policy_document.access.json : null
  tags            = var.tags

  cluster_config {
    instance_type          = var.domain.instances.type
    instance_count         = var.domain.instances.count
    zone_awareness_enabled = var.domain.zones > 1

    dynamic "zone_awareness_config" {
      for_each = var.domain.zones > 1 ? [var.domain.zones] : []

      content {
        availability_zone_count = zone_awareness_config.value
      }
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_type = var.domain.storage.type
    volume_size = var.domain.storage.size_gb
    iops        = var.domain.storage.iops
    throughput  = var.domain.storage.throughput
  }

  encrypt_at_rest {
    enabled = true
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = var.domain.tls_policy
  }

  timeouts {
    create = var.domain.timeouts.create
    update = var.domain.timeouts.update
    delete = var.domain.timeouts.delete
  }
}
