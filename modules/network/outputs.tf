output "security_group_ids" {
  description = "Groups of the domain, the stream and the function, made or given: three lists."
  value = {
    domain   = var.vpc.create_security_groups ? aws_security_group.domain[*].id : var.vpc.security_group_ids.domain
    stream   = var.vpc.create_security_groups ? aws_security_group.stream[*].id : var.vpc.security_group_ids.stream
    function = var.vpc.create_security_groups ? aws_security_group.function[*].id : var.vpc.security_group_ids.function
  }
}
