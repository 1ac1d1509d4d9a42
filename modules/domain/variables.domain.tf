variable "domain" {
  description = <<-EOT
    The OpenSearch domain.
    - create: whether to make the domain; null makes one unless existing_domain names one.
    - engine_version: an engine that Firehose delivers to, OpenSearch 2.x or 3.x.
    - instances.type: type of the data nodes.
    - instances.count: number of data nodes; a multiple of zones.
    - managers: dedicated cluster managers; null leaves that work to the data nodes.
    - managers.type: type of the managers.
    - managers.count: number of the managers, 3 or 5.
    - zones: Availability Zones that the data nodes are spread over, 1 to 3.
    - standby: whether one of three zones stands by, for a domain that survives a zone without a pause.
    - storage.type: gp3, gp2, io1 or standard; instance types with disks of their own, such as i4g and r7gd, take no volume.
    - storage.size_gb: size of each data node's volume in GiB.
    - storage.iops: for gp3 above 3,000 and for io1; null leaves it to AWS.
    - storage.throughput: MiB/s for gp3 above 125; null leaves it to AWS.
    - warm: UltraWarm nodes for older indexes; null makes none.
    - warm.type: ultrawarm1.medium.search or ultrawarm1.large.search.
    - warm.count: number of the UltraWarm nodes, 2 or more.
    - cold: whether indexes may move on to cold storage; needs warm.
    - tls_policy: the oldest TLS that clients may speak; both allowed policies ask for TLS 1.2 or later.
    - custom_endpoint: a name of your own for the domain; null makes none.
    - custom_endpoint.name: host name.
    - custom_endpoint.certificate_arn: its certificate in ACM.
    - auto_tune: whether AWS tunes memory and queues; not on t2 and t3 instances; null leaves it to AWS.
    - off_peak.enabled: whether AWS works on the domain within a daily window of ten hours.
    - off_peak.hour: hour in UTC at which the window begins.
    - off_peak.minute: minute at which the window begins.
    - auto_software_update: whether service software is updated within that window without asking.
    - publish_logs: kinds of logs to publish: INDEX_SLOW_LOGS, SEARCH_SLOW_LOGS, ES_APPLICATION_LOGS, AUDIT_LOGS.
    - log_policy: whether to make the policy that lets the domain write these logs; a Region holds ten of them, false relies on one that is there.
    - fine_grained_access: whether callers need a role within the domain as well; null switches it on with the set-up function, which gives those roles. AWS can't switch it off again: that replaces the domain.
    - master_arn: IAM role or user that gives those roles where there is no set-up function.
    - cognito: sign-in to Dashboards through Cognito; null makes none.
    - cognito.user_pool_id: the user pool.
    - cognito.identity_pool_id: the identity pool.
    - cognito.role_arn: role with AmazonOpenSearchServiceCognitoAccess.
    - saml: sign-in to Dashboards through SAML; null makes none. It needs fine-grained access control.
    - saml.entity_id: the identity provider's entity id.
    - saml.metadata: the identity provider's metadata, XML.
    - saml.master_backend_role: group whose members may do everything.
    - saml.roles_key: attribute that holds the groups.
    - saml.session_minutes: how long a sign-in lasts, 1 to 1440.
    - timeouts.create: how long Terraform waits for the domain. AWS needs 15 to 60 minutes.
    - timeouts.update: how long Terraform waits for a change.
    - timeouts.delete: how long Terraform waits for the domain to go.
  EOT
  type = object({
    create         = optional(bool)
    engine_version = optional(string, "OpenSearch_3.5")
    instances = optional(object({
      type  = optional(string, "t3.small.search")
      count = optional(number, 1)
    }), {})
    managers = optional(object({
      type  = optional(string, "m7g.medium.search")
      count = optional(number, 3)
    }))
    zones   = optional(number, 1)
    standby = optional(bool, false)
    storage = optional(object({
      type       = optional(string, "gp3")
      size_gb    = optional(number, 10)
      iops       = optional(number)
      throughput = optional(number)
    }), {})
    warm = optional(object({
      type  = optional(string, "ultrawarm1.medium.search")
      count = optional(number, 2)
    }))
    cold       = optional(bool, false)
    tls_policy = optional(string, "Policy-Min-TLS-1-2-PFS-2023-10")
    custom_endpoint = optional(object({
      name            = string
      certificate_arn = string
    }))
    auto_tune = optional(bool)
    off_peak = optional(object({
      enabled = optional(bool, true)
      hour    = optional(number, 22)
      minute  = optional(number, 0)
    }), {})
    auto_software_update = optional(bool, false)
    publish_logs         = optional(list(string), [])
    log_policy           = optional(bool, true)
    fine_grained_access  = optional(bool)
    master_arn           = optional(string)
    cognito = optional(object({
      user_pool_id     = optional(string, "")
      identity_pool_id = optional(string, "")
      role_arn         = optional(string, "")
    }))
    saml = optional(object({
      entity_id           = string
      metadata            = string
      master_backend_role = optional(string)
      roles_key           = optional(string)
      session_minutes     = optional(number, 60)
    }))
    timeouts = optional(object({
      create = optional(string, "90m")
      update = optional(string, "90m")
      delete = optional(string, "90m")
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^OpenSearch_[23]\\.[0-9]+$", var.domain.engine_version))
    error_message = "domain.engine_version is \"${var.domain.engine_version}\"; use a version of OpenSearch 2.x or 3.x, for example OpenSearch_3.5: Firehose delivers to them."
  }

  validation {
    condition     = endswith(var.domain.instances.type, ".search")
    error_message = "domain.instances.type is \"${var.domain.instances.type}\"; use an OpenSearch instance type, which ends in .search, for example r7g.large.search."
  }

  validation {
    condition     = !startswith(var.domain.instances.type, "t2.")
    error_message = "domain.instances.type is \"${var.domain.instances.type}\"; t2 instances can't encrypt at rest: use t3.small.search or larger."
  }

  validation {
    condition     = contains([1, 2, 3], var.domain.zones)
    error_message = "domain.zones is ${var.domain.zones}; a domain spreads over 1, 2 or 3 Availability Zones."
  }

  validation {
    condition     = var.domain.instances.count >= 1 && var.domain.instances.count % max(1, var.domain.zones) == 0
    error_message = "domain.instances.count is ${var.domain.instances.count} with domain.zones = ${var.domain.zones}; give each zone the same number of data nodes: use a multiple of ${var.domain.zones}."
  }

  validation {
    condition     = contains(["gp3", "gp2", "io1", "standard"], var.domain.storage.type)
    error_message = "domain.storage.type is \"${var.domain.storage.type}\"; use gp3, gp2, io1 or standard."
  }

  validation {
    condition     = var.domain.storage.size_gb >= 10 && var.domain.storage.size_gb <= 24576 && floor(var.domain.storage.size_gb) == var.domain.storage.size_gb
    error_message = "domain.storage.size_gb is ${var.domain.storage.size_gb}; a data node's volume has 10 to 24576 GiB, and less on small instance types."
  }

  validation {
    condition     = contains(["gp3", "io1"], var.domain.storage.type) || var.domain.storage.iops == null
    error_message = "domain.storage.iops is set with domain.storage.type = \"${var.domain.storage.type}\"; only gp3 and io1 take it: change the type, or leave iops out."
  }

  validation {
    condition     = var.domain.storage.type != "io1" || var.domain.storage.iops != null
    error_message = "domain.storage.iops is missing; io1 volumes need it: set it, or use gp3."
  }

  validation {
    condition     = var.domain.storage.type == "gp3" || var.domain.storage.throughput == null
    error_message = "domain.storage.throughput is set with domain.storage.type = \"${var.domain.storage.type}\"; only gp3 takes it: change the type, or leave throughput out."
  }

  validation {
    condition     = var.domain.storage.size_gb <= lookup({ "t3.small.search" = 100, "t3.medium.search" = 200 }, var.domain.instances.type, 24576)
    error_message = "domain.storage.size_gb is ${var.domain.storage.size_gb} with domain.instances.type = \"${var.domain.instances.type}\"; t3.small.search takes up to 100 GiB and t3.medium.search up to 200: use a larger type, or more nodes."
  }

  validation {
    condition     = var.domain.storage.type != "standard" || var.domain.storage.size_gb <= 100
    error_message = "domain.storage.size_gb is ${var.domain.storage.size_gb} with domain.storage.type = \"standard\"; a magnetic volume has up to 100 GiB: use gp3, or more nodes."
  }

  validation {
    condition     = var.domain.storage.type != "gp3" || (coalesce(var.domain.storage.iops, 3000) >= 3000 && coalesce(var.domain.storage.throughput, 125) >= 125)
    error_message = "domain.storage is ${jsonencode(var.domain.storage)}; gp3 begins with 3000 IOPS and 125 MiB/s: ask for more, or leave iops and throughput out."
  }

  validation {
    condition     = !can(regex("^o[mr][0-9]", var.domain.instances.type)) || contains(["gp3", "io1"], var.domain.storage.type)
    error_message = "domain.storage.type is \"${var.domain.storage.type}\" with domain.instances.type = \"${var.domain.instances.type}\"; these instances take gp3 or io1 only."
  }

  validation {
    condition = !can(regex("^(i[ms]?[0-9]|oi[0-9]|[cmr][0-9]+gd\\.)", var.domain.instances.type)) || (
      var.domain.storage.type == "gp3" && var.domain.storage.size_gb == 10 && var.domain.storage.iops == null && var.domain.storage.throughput == null
    )
    error_message = "domain.storage is ${jsonencode(var.domain.storage)} with domain.instances.type = \"${var.domain.instances.type}\"; this type has disks of its own and takes no volume: leave storage out."
  }

  validation {
    condition     = var.domain.master_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(user|role)/[^*?]+$", var.domain.master_arn))
    error_message = "domain.master_arn is \"${coalesce(var.domain.master_arn, "null")}\"; give the ARN of an IAM role or user, arn:aws:iam::<account>:role/<name>."
  }

  validation {
    condition     = try(contains([3, 5], var.domain.managers.count), true)
    error_message = "domain.managers.count is ${try(var.domain.managers.count, "null")}; use 3 managers, or 5 for very large domains."
  }

  validation {
    condition     = try(endswith(var.domain.managers.type, ".search"), true)
    error_message = "domain.managers.type is \"${try(var.domain.managers.type, "null")}\"; use an OpenSearch instance type, which ends in .search, for example m7g.medium.search."
  }

  validation {
    condition     = !var.domain.standby || (var.domain.zones == 3 && var.domain.managers != null && var.domain.instances.count % 3 == 0 && !startswith(var.domain.instances.type, "t3."))
    error_message = "domain.standby is true with domain.zones = ${var.domain.zones}, ${var.domain.instances.count} data nodes of \"${var.domain.instances.type}\" and domain.managers ${var.domain.managers == null ? "missing" : "set"}; a domain with standby needs zones = 3, a multiple of 3 data nodes that are not t3, and managers."
  }

  validation {
    condition     = var.domain.warm == null || (var.domain.managers != null && !startswith(var.domain.instances.type, "t3."))
    error_message = "domain.warm is set with domain.instances.type = \"${var.domain.instances.type}\" and domain.managers ${var.domain.managers == null ? "missing" : "set"}; UltraWarm needs dedicated managers and data nodes that are not t3: set both, or leave warm out."
  }

  validation {
    condition     = alltrue([for warm in var.domain.warm[*] : contains(["ultrawarm1.medium.search", "ultrawarm1.large.search"], warm.type) && warm.count >= 2])
    error_message = "domain.warm is ${jsonencode(var.domain.warm)}; use 2 or more nodes of ultrawarm1.medium.search or ultrawarm1.large.search."
  }

  validation {
    condition     = !var.domain.cold || var.domain.warm != null
    error_message = "domain.cold is true although domain.warm is missing; indexes reach cold storage from UltraWarm only: set domain.warm, or leave cold out."
  }

  validation {
    condition     = var.domain.auto_tune == null || !startswith(var.domain.instances.type, "t3.")
    error_message = "domain.auto_tune is ${coalesce(tostring(var.domain.auto_tune), "null")} with domain.instances.type = \"${var.domain.instances.type}\"; AWS refuses Auto-Tune on t3: leave it out, or use a larger type."
  }

  validation {
    condition     = var.domain.off_peak.hour >= 0 && var.domain.off_peak.hour <= 23 && var.domain.off_peak.minute >= 0 && var.domain.off_peak.minute <= 59
    error_message = "domain.off_peak begins at ${var.domain.off_peak.hour}:${var.domain.off_peak.minute}; give an hour from 0 to 23 and a minute from 0 to 59, UTC."
  }

  validation {
    condition     = length(setsubtract(var.domain.publish_logs, ["INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS", "ES_APPLICATION_LOGS", "AUDIT_LOGS"])) == 0
    error_message = "domain.publish_logs is ${jsonencode(var.domain.publish_logs)}; use INDEX_SLOW_LOGS, SEARCH_SLOW_LOGS, ES_APPLICATION_LOGS and AUDIT_LOGS."
  }

  validation {
    condition     = var.domain.custom_endpoint == null || can(regex("^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$", var.domain.custom_endpoint.name))
    error_message = "domain.custom_endpoint.name is \"${try(var.domain.custom_endpoint.name, "null")}\"; give a host name alone, for example logs.example.org."
  }

  validation {
    condition     = var.domain.custom_endpoint == null || can(regex("^arn:[a-z-]+:acm:", var.domain.custom_endpoint.certificate_arn))
    error_message = "domain.custom_endpoint.certificate_arn is \"${try(var.domain.custom_endpoint.certificate_arn, "null")}\"; give the ARN of a certificate in ACM, in the domain's Region, for ${try(var.domain.custom_endpoint.name, "the name")}."
  }

  validation {
    condition     = alltrue([for cognito in var.domain.cognito[*] : can(regex("_", cognito.user_pool_id)) && can(regex(":", cognito.identity_pool_id)) && startswith(cognito.role_arn, "arn:")])
    error_message = "domain.cognito is ${jsonencode(var.domain.cognito)}; Cognito needs all three of user_pool_id (<region>_<id>), identity_pool_id (<region>:<id>) and role_arn: make the pools first, or leave cognito out."
  }

  validation {
    condition     = var.domain.cognito == null || var.domain.saml == null
    error_message = "domain.cognito and domain.saml are both set; Dashboards signs in through one of them: leave the other out."
  }

  validation {
    condition     = alltrue([for saml in var.domain.saml[*] : saml.session_minutes >= 1 && saml.session_minutes <= 1440])
    error_message = "domain.saml.session_minutes is ${try(var.domain.saml.session_minutes, "null")}; a sign-in lasts 1 to 1440 minutes."
  }

  validation {
    condition     = contains(["Policy-Min-TLS-1-2-2019-07", "Policy-Min-TLS-1-2-PFS-2023-10"], var.domain.tls_policy)
    error_message = "domain.tls_policy is \"${var.domain.tls_policy}\"; use Policy-Min-TLS-1-2-PFS-2023-10, or Policy-Min-TLS-1-2-2019-07 for clients without forward secrecy."
  }

  validation {
    condition = alltrue([
      for wait in values(var.domain.timeouts) : can(regex("^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$", wait))
    ])
    error_message = "domain.timeouts is ${jsonencode(var.domain.timeouts)}; write durations such as \"90m\" or \"1h30m\"."
  }
}
