locals {
  make          = var.create && length(var.vpc.subnet_ids) > 0 && var.vpc.create_security_groups
  make_domain   = local.make && var.with_domain
  make_function = local.make && var.with_function

  # Static keys, so that a group that is only being made can be named as well.
  callers = merge(
    { stream = one(aws_security_group.stream[*].id) },
    local.make_function ? { function = one(aws_security_group.function[*].id) } : {},
    { for number, id in var.vpc.client_security_group_ids : "client-${number}" => id },
  )
  existing = {
    for pair in setproduct(
      concat(["stream"], local.make_function ? ["function"] : []),
      range(length(var.existing_domain_security_group_ids)),
    ) : "${pair[0]}-${pair[1]}" => { caller = pair[0], group = var.existing_domain_security_group_ids[pair[1]] }
  }
}

resource "aws_security_group" "domain" {
  # checkov:skip=CKV2_AWS_5: attached to the domain by the module that makes it
  count = local.make_domain ? 1 : 0

  name        = "${var.name}-domain"
  description = "OpenSearch domain ${var.name}"
  vpc_id      = var.vpc.id
  tags        = merge(var.tags, { Name = "${var.name}-domain" })
}

resource "aws_security_group" "stream" {
  # checkov:skip=CKV2_AWS_5: attached to the stream by the module that makes it
  count = local.make ? 1 : 0

  name        = "${var.name}-stream"
  description = "Delivery stream ${var.name}"
  vpc_id      = var.vpc.id
  tags        = merge(var.tags, { Name = "${var.name}-stream" })
}

resource "aws_security_group" "function" {
  # checkov:skip=CKV2_AWS_5: attached to the function by the module that makes it
  count = local.make_function ? 1 : 0

  name        = "${var.name}-setup"
  description = "Set-up function of the OpenSearch domain ${var.name}"
  vpc_id      = var.vpc.id
  tags        = merge(var.tags, { Name = "${var.name}-setup" })
}

resource "aws_vpc_security_group_ingress_rule" "domain" {
  for_each = local.make_domain ? local.callers : {}

  security_group_id            = aws_security_group.domain[0].id
  description                  = "HTTPS from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = each.value
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = local.make_domain ? toset(var.vpc.client_cidr_blocks) : []

  security_group_id = aws_security_group.domain[0].id
  description       = "HTTPS from ${each.key}"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.key
  tags              = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "existing_domain" {
  for_each = local.make ? local.existing : {}

  security_group_id            = each.value.group
  description                  = "HTTPS from the ${each.value.caller} of ${var.name}"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = local.callers[each.value.caller]
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "to_domain" {
  for_each = local.make_domain ? toset(concat(["stream"], local.make_function ? ["function"] : [])) : []

  security_group_id            = local.callers[each.key]
  description                  = "HTTPS to the domain"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.domain[0].id
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "to_existing_domain" {
  for_each = local.make ? local.existing : {}

  security_group_id            = local.callers[each.value.caller]
  description                  = "HTTPS to the domain"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = each.value.group
  tags                         = var.tags
}
