data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

# The Region's name by an attribute that neither provider 5.x nor 6.x deprecates.
data "aws_service" "opensearch" {
  service_id = "es"
}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_service.opensearch.region

  # Known before the domain is, so that its own access policy can name it.
  arn = "arn:${local.partition}:es:${local.region}:${local.account_id}:domain/${var.name}"

  in_vpc = length(var.network.subnet_ids) > 0

  own_disks = can(regex("^(i[ms]?[0-9]|oi[0-9]|[cmr][0-9]+gd\\.)", var.domain.instances.type))
}

resource "aws_opensearch_domain" "this" {
  # checkov:skip=CKV_AWS_228: domain.tls_policy takes policies of TLS 1.2 and later only; the check can't follow the input
  # checkov:skip=CKV_AWS_317: audit logs record and cost each search; domain.publish_logs asks for them
  # checkov:skip=CKV_AWS_318: dedicated managers are for domain.managers to ask for; a small domain does without
  # checkov:skip=CKV2_AWS_52: on with the set-up function, without which nobody could give the roles it needs
  # checkov:skip=CKV2_AWS_59: dedicated managers are for domain.managers to ask for; a small domain does without
  count = var.create ? 1 : 0

  domain_name     = var.name
  engine_version  = var.domain.engine_version
  access_policies = local.has_access_policy ? data.aws_iam_policy_document.access.json : null
  tags            = var.tags

  cluster_config {
    instance_type                 = var.domain.instances.type
    instance_count                = var.domain.instances.count
    dedicated_master_enabled      = var.domain.managers != null
    dedicated_master_type         = try(var.domain.managers.type, null)
    dedicated_master_count        = try(var.domain.managers.count, null)
    zone_awareness_enabled        = var.domain.zones > 1
    multi_az_with_standby_enabled = var.domain.standby
    warm_enabled                  = var.domain.warm == null ? null : true
    warm_type                     = try(var.domain.warm.type, null)
    warm_count                    = try(var.domain.warm.count, null)

    dynamic "zone_awareness_config" {
      for_each = var.domain.zones > 1 ? [var.domain.zones] : []

      content {
        availability_zone_count = zone_awareness_config.value
      }
    }

    dynamic "cold_storage_options" {
      for_each = var.domain.warm == null ? [] : [var.domain.cold]

      content {
        enabled = cold_storage_options.value
      }
    }
  }

  ebs_options {
    ebs_enabled = !local.own_disks
    volume_type = local.own_disks ? null : var.domain.storage.type
    volume_size = local.own_disks ? null : var.domain.storage.size_gb
    iops        = var.domain.storage.iops
    throughput  = var.domain.storage.throughput
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = var.key.arn
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https                   = true
    tls_security_policy             = var.domain.tls_policy
    custom_endpoint_enabled         = var.domain.custom_endpoint != null
    custom_endpoint                 = try(var.domain.custom_endpoint.name, null)
    custom_endpoint_certificate_arn = try(var.domain.custom_endpoint.certificate_arn, null)
  }

  # Without a password: who administers the domain's roles is an IAM principal.
  advanced_security_options {
    enabled                        = var.fine_grained_access.enabled
    internal_user_database_enabled = false

    dynamic "master_user_options" {
      for_each = var.fine_grained_access.enabled ? [var.fine_grained_access.master_arn] : []

      content {
        master_user_arn = master_user_options.value
      }
    }
  }

  dynamic "auto_tune_options" {
    for_each = var.domain.auto_tune == null ? [] : [var.domain.auto_tune]

    content {
      desired_state       = auto_tune_options.value ? "ENABLED" : "DISABLED"
      rollback_on_disable = "NO_ROLLBACK"
      use_off_peak_window = auto_tune_options.value && var.domain.off_peak.enabled
    }
  }

  off_peak_window_options {
    enabled = var.domain.off_peak.enabled

    dynamic "off_peak_window" {
      for_each = var.domain.off_peak.enabled ? [var.domain.off_peak] : []

      content {
        window_start_time {
          hours   = off_peak_window.value.hour
          minutes = off_peak_window.value.minute
        }
      }
    }
  }

  software_update_options {
    auto_software_update_enabled = var.domain.auto_software_update
  }

  dynamic "cognito_options" {
    for_each = var.domain.cognito == null ? [] : [var.domain.cognito]

    content {
      enabled          = true
      user_pool_id     = cognito_options.value.user_pool_id
      identity_pool_id = cognito_options.value.identity_pool_id
      role_arn         = cognito_options.value.role_arn
    }
  }

  dynamic "log_publishing_options" {
    for_each = toset(var.domain.publish_logs)

    content {
      log_type                 = log_publishing_options.value
      cloudwatch_log_group_arn = aws_cloudwatch_log_group.this[log_publishing_options.value].arn
    }
  }

  dynamic "vpc_options" {
    for_each = local.in_vpc ? [var.network] : []

    content {
      subnet_ids         = vpc_options.value.subnet_ids
      security_group_ids = vpc_options.value.security_group_ids
    }
  }

  timeouts {
    create = var.domain.timeouts.create
    update = var.domain.timeouts.update
    delete = var.domain.timeouts.delete
  }

  lifecycle {
    precondition {
      condition     = !local.in_vpc || length(var.network.subnet_ids) == var.domain.zones
      error_message = "vpc.subnet_ids names ${length(var.network.subnet_ids)} subnets with domain.zones = ${var.domain.zones}; a domain takes one subnet for each zone: name ${var.domain.zones}, each in a zone of its own."
    }

    precondition {
      condition     = !local.in_vpc || length(var.access.ip_ranges) == 0
      error_message = "access.ip_ranges is ${jsonencode(var.access.ip_ranges)} although the domain is in a VPC, where AWS refuses them; leave them out and let security groups decide, by vpc.client_cidr_blocks."
    }

    precondition {
      condition     = !contains(var.domain.publish_logs, "AUDIT_LOGS") || var.fine_grained_access.enabled
      error_message = "domain.publish_logs has AUDIT_LOGS although fine-grained access control is off; without it there is no audit log: leave AUDIT_LOGS out, or set domain.fine_grained_access."
    }

    precondition {
      condition     = var.domain.saml == null || var.fine_grained_access.enabled
      error_message = "domain.saml is set although fine-grained access control is off; SAML needs it: leave saml out, or set domain.fine_grained_access."
    }

    precondition {
      condition     = !var.fine_grained_access.enabled || var.fine_grained_access.master_arn != null
      error_message = "domain.master_arn is missing although domain.fine_grained_access is true and there is no set-up function; AWS wants a master: name an IAM role, or leave setup.enabled out."
    }

    precondition {
      condition     = var.fine_grained_access.enabled || length(concat(var.access.readers, var.access.writers)) == 0
      error_message = "access.readers is ${jsonencode(var.access.readers)} and access.writers is ${jsonencode(var.access.writers)} although fine-grained access control is off; a domain's policy sees paths, not the indexes that bodies and lists name, so they would reach every index: leave setup.enabled and domain.fine_grained_access out, which gives them roles within the domain, set domain.fine_grained_access with domain.master_arn (of the module domain: fine_grained_access), or name those who may do everything in access.masters."
    }

    # The provider takes a domain for made that is still being made when its time is up.
    postcondition {
      condition     = try(length(self.endpoint) > 0, false)
      error_message = "domain ${var.name} has no endpoint after domain.timeouts.create = \"${var.domain.timeouts.create}\"; nothing is lost: see what it waits for with aws opensearch describe-domain-change-progress --domain-name ${var.name}, and apply again once it is active."
    }
  }

  # AWS refuses log publishing until the domain may write to the groups.
  depends_on = [aws_cloudwatch_log_resource_policy.this]
}

check "public_domain" {
  assert {
    condition     = !var.create || local.in_vpc || var.access.from_anywhere || length(var.access.ip_ranges) > 0
    error_message = "domain ${var.name} is public and access.ip_ranges is empty: its port is open to all, and whoever has the keys of a master, writer or reader uses them from anywhere; name ranges in access.ip_ranges, put the domain into a VPC by vpc.subnet_ids, or set access.from_anywhere to say that it is meant."
  }
}

resource "aws_opensearch_domain_saml_options" "this" {
  count = var.create && var.domain.saml != null ? 1 : 0

  domain_name = aws_opensearch_domain.this[0].domain_name

  saml_options {
    enabled                 = true
    master_backend_role     = var.domain.saml.master_backend_role
    roles_key               = var.domain.saml.roles_key
    session_timeout_minutes = var.domain.saml.session_minutes

    idp {
      entity_id        = var.domain.saml.entity_id
      metadata_content = var.domain.saml.metadata
    }
  }
}
