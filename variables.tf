variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the stream and of the domain, and the beginning of every other name. Changing it replaces everything."
  type        = string
  default     = "logging-test"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,27}$", var.name))
    error_message = "name is \"${var.name}\"; it also names the domain, so give it 3 to 28 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "index" {
  description = <<-EOT
    The indexes that the records go to.
    - name: prefix of the index names; 1 to 80 characters, lower case.
    - rotation: a new index every OneHour, OneDay, OneWeek or OneMonth, by UTC arrival time; NoRotation for a single one.
    - document_ids: FIREHOSE_DEFAULT keeps an id stable across attempts, so that a retry makes no duplicate; NO_DOCUMENT_ID indexes cheaper, and a retry can duplicate.
  EOT
  type = object({
    name         = optional(string, "logging-test")
    rotation     = optional(string, "OneDay")
    document_ids = optional(string, "FIREHOSE_DEFAULT")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{0,79}$", var.index.name))
    error_message = "index.name is \"${var.index.name}\"; OpenSearch takes lower-case letters, digits, \".\", \"_\" and \"-\", beginning with a letter or digit, and Firehose at most 80 of them."
  }

  validation {
    condition     = contains(["NoRotation", "OneHour", "OneDay", "OneWeek", "OneMonth"], var.index.rotation)
    error_message = "index.rotation is \"${var.index.rotation}\"; use NoRotation, OneHour, OneDay, OneWeek or OneMonth."
  }

  validation {
    condition     = contains(["FIREHOSE_DEFAULT", "NO_DOCUMENT_ID"], var.index.document_ids)
    error_message = "index.document_ids is \"${var.index.document_ids}\"; use FIREHOSE_DEFAULT (no duplicates after a retry) or NO_DOCUMENT_ID (cheaper indexing)."
  }
}

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
    - storage.type: gp3, gp2, io1 or standard.
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
    condition     = try(contains(["ultrawarm1.medium.search", "ultrawarm1.large.search"], var.domain.warm.type) && var.domain.warm.count >= 2, true)
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
    condition     = try(can(regex("^arn:[a-z-]+:acm:", var.domain.custom_endpoint.certificate_arn)) || var.domain.custom_endpoint == null, true)
    error_message = "domain.custom_endpoint.certificate_arn is \"${try(var.domain.custom_endpoint.certificate_arn, "null")}\"; give the ARN of a certificate in ACM, in the domain's Region, for ${try(var.domain.custom_endpoint.name, "the name")}."
  }

  validation {
    condition     = try(can(regex("_", var.domain.cognito.user_pool_id)) && can(regex(":", var.domain.cognito.identity_pool_id)) && startswith(var.domain.cognito.role_arn, "arn:"), var.domain.cognito == null)
    error_message = "domain.cognito is ${jsonencode(var.domain.cognito)}; Cognito needs all three of user_pool_id (<region>_<id>), identity_pool_id (<region>:<id>) and role_arn: make the pools first, or leave cognito out."
  }

  validation {
    condition     = var.domain.cognito == null || var.domain.saml == null
    error_message = "domain.cognito and domain.saml are both set; Dashboards signs in through one of them: leave the other out."
  }

  validation {
    condition     = try(var.domain.saml.session_minutes >= 1 && var.domain.saml.session_minutes <= 1440, true)
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

variable "existing_domain" {
  description = <<-EOT
    A domain that is there already, instead of a new one. It must let the stream's role in: see the output delivery_role.
    - arn: ARN of the domain; null makes a new one. Where it is known after apply only, set domain.create = false as well.
    - endpoint: the domain's host; needed for a domain of another account.
    - security_group_ids: groups of a domain in the VPC, which are opened for the stream.
  EOT
  type = object({
    arn                = optional(string)
    endpoint           = optional(string)
    security_group_ids = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.existing_domain.arn == null || can(regex("^arn:[a-z-]+:es:[a-z0-9-]+:[0-9]{12}:domain/[a-z][a-z0-9-]{2,27}$", var.existing_domain.arn))
    error_message = "existing_domain.arn is \"${coalesce(var.existing_domain.arn, "null")}\"; give the ARN of a domain, arn:aws:es:<region>:<account>:domain/<name>."
  }

  validation {
    condition     = var.existing_domain.endpoint == null || can(regex("^[A-Za-z0-9.-]+(:[0-9]+)?$", var.existing_domain.endpoint))
    error_message = "existing_domain.endpoint is \"${coalesce(var.existing_domain.endpoint, "null")}\"; give the host alone, without https:// and without a path."
  }

  validation {
    condition     = var.existing_domain.arn != null || (var.existing_domain.endpoint == null && length(var.existing_domain.security_group_ids) == 0)
    error_message = "existing_domain.arn is missing although other attributes of existing_domain are set; give the domain's ARN, or leave existing_domain out for a new domain."
  }
}

variable "delivery" {
  description = <<-EOT
    How Firehose delivers to the domain.
    - buffering.interval_seconds: the longest that a record waits for others, 0 to 900.
    - buffering.size_mb: how much is gathered at most before it is sent, 1 to 100.
    - retry_seconds: how long a batch that the domain refuses for now is tried again, 0 to 7200, the first attempt included.
    - shards: number of streams of the same kind, for those whom one stream's quota holds back; the handler spreads over them.
    - encryption.enabled: whether records are encrypted while Firehose holds them.
    - encryption.kms_key_arn: key for that; null takes the key of encryption, or else one of AWS's own.
    - transform: a Lambda function that changes or drops records before delivery; null delivers them as they are.
    - transform.function_arn: ARN of the function, best with a version or an alias.
    - transform.buffer_mb: how much is handed to one call, 0.2 to 3 MB.
    - transform.interval_seconds: the longest that records wait for a call, 0 to 900.
    - transform.retries: how often a failed call is repeated, 0 to 300.
  EOT
  type = object({
    buffering = optional(object({
      interval_seconds = optional(number, 60)
      size_mb          = optional(number, 1)
    }), {})
    retry_seconds = optional(number, 300)
    shards        = optional(number, 1)
    encryption = optional(object({
      enabled     = optional(bool, true)
      kms_key_arn = optional(string)
    }), {})
    transform = optional(object({
      function_arn     = string
      buffer_mb        = optional(number, 1)
      interval_seconds = optional(number, 60)
      retries          = optional(number, 3)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.delivery.buffering.interval_seconds >= 0 && var.delivery.buffering.interval_seconds <= 900
    error_message = "delivery.buffering.interval_seconds is ${var.delivery.buffering.interval_seconds}; Firehose waits 0 to 900 seconds."
  }

  validation {
    condition     = var.delivery.buffering.size_mb >= 1 && var.delivery.buffering.size_mb <= 100
    error_message = "delivery.buffering.size_mb is ${var.delivery.buffering.size_mb}; for OpenSearch Firehose gathers 1 to 100 MB."
  }

  validation {
    condition     = var.delivery.retry_seconds >= 0 && var.delivery.retry_seconds <= 7200
    error_message = "delivery.retry_seconds is ${var.delivery.retry_seconds}; Firehose tries again for 0 (not at all) to 7200 seconds."
  }

  validation {
    condition     = var.delivery.shards >= 1 && var.delivery.shards <= 50 && floor(var.delivery.shards) == var.delivery.shards
    error_message = "delivery.shards is ${var.delivery.shards}; make 1 to 50 streams: 50 is an account's default quota in a Region."
  }

  validation {
    condition     = var.delivery.encryption.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.delivery.encryption.kms_key_arn))
    error_message = "delivery.encryption.kms_key_arn is \"${coalesce(var.delivery.encryption.kms_key_arn, "null")}\"; give the ARN of a key (not of an alias), arn:aws:kms:<region>:<account>:key/<id>, or leave it out."
  }

  validation {
    condition     = var.delivery.encryption.enabled || var.delivery.encryption.kms_key_arn == null
    error_message = "delivery.encryption.kms_key_arn is set although delivery.encryption.enabled is false; leave the key out, or enable encryption."
  }

  validation {
    condition     = var.delivery.transform == null || can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?$", var.delivery.transform.function_arn))
    error_message = "delivery.transform.function_arn is \"${try(var.delivery.transform.function_arn, "null")}\"; give a function's ARN, best with a version: arn:aws:lambda:<region>:<account>:function:<name>:<version>."
  }

  validation {
    condition     = try(var.delivery.transform.buffer_mb >= 0.2 && var.delivery.transform.buffer_mb <= 3, true)
    error_message = "delivery.transform.buffer_mb is ${try(var.delivery.transform.buffer_mb, "null")}; one call takes 0.2 to 3 MB."
  }

  validation {
    condition     = try(var.delivery.transform.interval_seconds >= 0 && var.delivery.transform.interval_seconds <= 900, true)
    error_message = "delivery.transform.interval_seconds is ${try(var.delivery.transform.interval_seconds, "null")}; a call waits for 0 to 900 seconds."
  }

  validation {
    condition     = try(var.delivery.transform.retries >= 0 && var.delivery.transform.retries <= 300, true)
    error_message = "delivery.transform.retries is ${try(var.delivery.transform.retries, "null")}; a failed call is repeated 0 to 300 times."
  }
}

variable "backup" {
  description = <<-EOT
    The bucket for what the domain refuses, or for everything.
    - mode: FailedDocumentsOnly or AllDocuments. Firehose can't change it later: a change replaces the stream.
    - create_bucket: whether to make the bucket; false takes bucket_arn as it is.
    - bucket_name: name of the bucket to make; null makes one up from the name.
    - bucket_arn: ARN of a bucket that is there already, with create_bucket = false.
    - prefix: beginning of the keys; may hold !{timestamp:...} and !{firehose:random-string} expressions, and then error_prefix is needed.
    - error_prefix: beginning of the failed documents' keys; with expressions it must hold !{firehose:error-output-type}.
    - compression: GZIP, ZIP, Snappy, HADOOP_SNAPPY or UNCOMPRESSED.
    - buffering.interval_seconds: the longest that an object waits, 60 to 900.
    - buffering.size_mb: largest object before compression, 1 to 128 MiB.
    - expire_days: objects go after so many days; 0 keeps them for ever (and spares an apply the 55 s that the rule takes).
    - force_destroy: whether destroy deletes a bucket that still holds objects.
    - kms_key_arn: key for the objects; null takes the key of encryption, or else S3's own.
  EOT
  type = object({
    mode          = optional(string, "FailedDocumentsOnly")
    create_bucket = optional(bool, true)
    bucket_name   = optional(string)
    bucket_arn    = optional(string)
    prefix        = optional(string)
    error_prefix  = optional(string)
    compression   = optional(string, "GZIP")
    buffering = optional(object({
      interval_seconds = optional(number, 300)
      size_mb          = optional(number, 5)
    }), {})
    expire_days   = optional(number, 30)
    force_destroy = optional(bool, false)
    kms_key_arn   = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["FailedDocumentsOnly", "AllDocuments"], var.backup.mode)
    error_message = "backup.mode is \"${var.backup.mode}\"; use FailedDocumentsOnly or AllDocuments."
  }

  validation {
    condition     = var.backup.bucket_name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.backup.bucket_name))
    error_message = "backup.bucket_name is \"${coalesce(var.backup.bucket_name, "null")}\"; S3 takes 3 to 63 lower-case letters, digits, \".\" and \"-\", or leave it out to have one made up."
  }

  validation {
    condition     = var.backup.create_bucket || var.backup.bucket_arn != null
    error_message = "backup.bucket_arn is missing although backup.create_bucket is false; name the bucket, or leave create_bucket out."
  }

  validation {
    condition     = !var.backup.create_bucket || var.backup.bucket_arn == null
    error_message = "backup.bucket_arn is \"${coalesce(var.backup.bucket_arn, "null")}\" although backup.create_bucket is true; set create_bucket = false to use that bucket."
  }

  validation {
    condition     = var.backup.bucket_arn == null || can(regex("^arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.backup.bucket_arn))
    error_message = "backup.bucket_arn is \"${coalesce(var.backup.bucket_arn, "null")}\"; give the ARN of a bucket, arn:aws:s3:::<name>, without a key."
  }

  validation {
    condition     = var.backup.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.backup.kms_key_arn))
    error_message = "backup.kms_key_arn is \"${coalesce(var.backup.kms_key_arn, "null")}\"; give the ARN of a key (not of an alias), arn:aws:kms:<region>:<account>:key/<id>, or leave it out."
  }

  validation {
    condition     = !can(regex("!\\{firehose:error-output-type\\}", var.backup.prefix))
    error_message = "backup.prefix is \"${coalesce(var.backup.prefix, "null")}\"; !{firehose:error-output-type} belongs into backup.error_prefix only."
  }

  validation {
    condition     = !can(regex("!\\{", var.backup.prefix)) || var.backup.error_prefix != null
    error_message = "backup.prefix is \"${coalesce(var.backup.prefix, "null")}\"; a prefix with expressions needs backup.error_prefix as well, for example \"failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/\"."
  }

  validation {
    condition     = !can(regex("!\\{", var.backup.error_prefix)) || can(regex("!\\{firehose:error-output-type\\}", var.backup.error_prefix))
    error_message = "backup.error_prefix is \"${coalesce(var.backup.error_prefix, "null")}\"; with expressions it must hold !{firehose:error-output-type}, for example \"failed/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/\"."
  }

  validation {
    condition = alltrue([
      for expression in flatten([
        for prefix in [var.backup.prefix, var.backup.error_prefix] : regexall("!\\{[^}]*\\}?", coalesce(prefix, "-"))
      ]) : can(regex("^!\\{(timestamp:[^}]+|firehose:random-string|firehose:error-output-type)\\}$", expression))
    ])
    error_message = "backup.prefix is \"${coalesce(var.backup.prefix, "null")}\" and backup.error_prefix is \"${coalesce(var.backup.error_prefix, "null")}\"; the expressions for this destination are !{timestamp:<Java date pattern>}, !{firehose:random-string} and, in error_prefix, !{firehose:error-output-type}."
  }

  validation {
    condition     = contains(["GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY", "UNCOMPRESSED"], var.backup.compression)
    error_message = "backup.compression is \"${var.backup.compression}\"; use GZIP, ZIP, Snappy, HADOOP_SNAPPY or UNCOMPRESSED."
  }

  validation {
    condition     = var.backup.buffering.interval_seconds >= 60 && var.backup.buffering.interval_seconds <= 900
    error_message = "backup.buffering.interval_seconds is ${var.backup.buffering.interval_seconds}; for the backup Firehose waits 60 to 900 seconds."
  }

  validation {
    condition     = var.backup.buffering.size_mb >= 1 && var.backup.buffering.size_mb <= 128
    error_message = "backup.buffering.size_mb is ${var.backup.buffering.size_mb}; for the backup Firehose gathers 1 to 128 MiB."
  }

  validation {
    condition     = var.backup.expire_days >= 0 && floor(var.backup.expire_days) == var.backup.expire_days
    error_message = "backup.expire_days is ${var.backup.expire_days}; give whole days, or 0 to keep objects for ever."
  }
}

variable "vpc" {
  description = <<-EOT
    A VPC for domain and stream; without subnets the domain is public. Neither can be moved later: a change replaces both.
    - id: the VPC; needed to make security groups.
    - subnet_ids: private subnets with free addresses, one for each of domain.zones.
    - create_security_groups: whether to make the groups and the rules between them; false takes security_group_ids as they are.
    - security_group_ids.domain: groups of the domain, with create_security_groups = false.
    - security_group_ids.stream: groups of the stream, with create_security_groups = false.
    - security_group_ids.function: groups of the set-up function, with create_security_groups = false.
    - client_security_group_ids: groups whose members may search, on port 443.
    - client_cidr_blocks: IPv4 ranges from which people may search, on port 443.
  EOT
  type = object({
    id                     = optional(string)
    subnet_ids             = optional(list(string), [])
    create_security_groups = optional(bool, true)
    security_group_ids = optional(object({
      domain   = optional(list(string), [])
      stream   = optional(list(string), [])
      function = optional(list(string), [])
    }), {})
    client_security_group_ids = optional(list(string), [])
    client_cidr_blocks        = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.vpc.subnet_ids) <= 16
    error_message = "vpc.subnet_ids names ${length(var.vpc.subnet_ids)} subnets; Firehose takes up to 16."
  }

  validation {
    condition     = length(var.vpc.subnet_ids) == 0 || !var.vpc.create_security_groups || var.vpc.id != null
    error_message = "vpc.id is missing although vpc.subnet_ids names subnets; name the VPC that the security groups are to be made in, or set vpc.create_security_groups = false and give vpc.security_group_ids."
  }

  validation {
    condition     = length(var.vpc.subnet_ids) > 0 || (var.vpc.id == null && length(var.vpc.client_cidr_blocks) == 0 && length(var.vpc.client_security_group_ids) == 0)
    error_message = "vpc.subnet_ids is empty although other attributes of vpc are set; name the private subnets, or leave vpc out for a public domain."
  }

  validation {
    condition = length(var.vpc.subnet_ids) == 0 || var.vpc.create_security_groups || alltrue([
      for groups in [var.vpc.security_group_ids.domain, var.vpc.security_group_ids.stream] : length(groups) >= 1 && length(groups) <= 5
    ])
    error_message = "vpc.security_group_ids is ${jsonencode(var.vpc.security_group_ids)} with vpc.create_security_groups = false; give 1 to 5 groups for the domain and 1 to 5 for the stream, or have them made."
  }

  validation {
    condition     = alltrue([for range in var.vpc.client_cidr_blocks : can(cidrhost(range, 0)) && !endswith(range, "/0")])
    error_message = "vpc.client_cidr_blocks is ${jsonencode(var.vpc.client_cidr_blocks)}; give CIDR ranges such as 10.0.0.0/16."
  }
}

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

variable "access" {
  description = <<-EOT
    Who may call the domain, besides the delivery stream, and where the roles stand. IAM ARNs of roles, users or accounts; never a wildcard.
    - masters: may do everything.
    - writers: may write to the index, as the stream may.
    - readers: may search the index and use Dashboards.
    - ip_ranges: CIDR ranges that masters, writers and readers of a public domain may call from; none for anywhere.
    - path: path of the roles and policies that are made.
    - permissions_boundary: ARN of a policy that bounds the roles that are made.
  EOT
  type = object({
    masters              = optional(list(string), [])
    writers              = optional(list(string), [])
    readers              = optional(list(string), [])
    ip_ranges            = optional(list(string), [])
    path                 = optional(string, "/")
    permissions_boundary = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for arn in concat(var.access.masters, var.access.writers, var.access.readers) :
      can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[^*?]+)$", arn))
    ])
    error_message = "access.masters is ${jsonencode(var.access.masters)}, access.writers is ${jsonencode(var.access.writers)} and access.readers is ${jsonencode(var.access.readers)}; give whole ARNs of IAM roles, users or accounts without wildcards, for example arn:aws:iam::123456789012:role/search."
  }

  validation {
    condition     = alltrue([for range in var.access.ip_ranges : can(cidrhost(range, 0)) && !endswith(range, "/0")])
    error_message = "access.ip_ranges is ${jsonencode(var.access.ip_ranges)}; give CIDR ranges such as 192.0.2.0/24, and none for anywhere."
  }

  validation {
    condition     = can(regex("^/([!-~]*/)?$", var.access.path))
    error_message = "access.path is \"${var.access.path}\"; an IAM path begins and ends with a slash, for example /logging/."
  }

  validation {
    condition     = var.access.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/", var.access.permissions_boundary))
    error_message = "access.permissions_boundary is \"${coalesce(var.access.permissions_boundary, "null")}\"; give the ARN of an IAM policy, arn:aws:iam::<account>:policy/<name>."
  }
}

variable "producers" {
  description = <<-EOT
    Who may log. Anyone else can be given the policy of the output producer_policy.
    - roles: names of IAM roles of this account.
    - users: names of IAM users of this account.
    - accounts: ids of other accounts, whose principals may take the role of the output producer_role.
  EOT
  type = object({
    roles    = optional(list(string), [])
    users    = optional(list(string), [])
    accounts = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in concat(var.producers.roles, var.producers.users) : can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", name))])
    error_message = "producers.roles is ${jsonencode(var.producers.roles)} and producers.users is ${jsonencode(var.producers.users)}; give names, not ARNs, and no wildcards."
  }

  validation {
    condition     = alltrue([for id in var.producers.accounts : can(regex("^[0-9]{12}$", id))])
    error_message = "producers.accounts is ${jsonencode(var.producers.accounts)}; give account ids of twelve digits."
  }
}

variable "logs" {
  description = <<-EOT
    The log groups of stream, domain and set-up function.
    - retention_days: how long events are kept; 0 keeps them for ever.
  EOT
  type = object({
    retention_days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.logs.retention_days,
    )
    error_message = "logs.retention_days is ${var.logs.retention_days}; CloudWatch Logs keeps events for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days, or for ever with 0."
  }
}

variable "setup" {
  description = <<-EOT
    The function that makes the domain ready before the stream exists: index template, roles, retention, Dashboards.
    - enabled: whether there is one; null makes it for a domain that is made here. An existing domain must let its role in first; without the function, `firehose-logging setup` does the same.
    - dashboards: whether Dashboards gets an index pattern and a dashboard.
    - delete_indexes: whether destroy deletes the indexes with all records, too.
    - settle_seconds: how long the function waits for a domain that does not answer yet, 0 to 840.
  EOT
  type = object({
    enabled        = optional(bool)
    dashboards     = optional(bool, true)
    delete_indexes = optional(bool, false)
    settle_seconds = optional(number, 300)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.setup.settle_seconds >= 0 && var.setup.settle_seconds <= 840 && floor(var.setup.settle_seconds) == var.setup.settle_seconds
    error_message = "setup.settle_seconds is ${var.setup.settle_seconds}; the function can wait 0 to 840 seconds."
  }
}

variable "retention" {
  description = <<-EOT
    How long records are kept in the domain.
    - days: a record is kept that long at least, and a rotation period longer at most; 0 keeps it for ever.
  EOT
  type = object({
    days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.retention.days >= 0 && var.retention.days <= 36500 && floor(var.retention.days) == var.retention.days
    error_message = "retention.days is ${var.retention.days}; give 1 to 36500 whole days, or 0 to keep records for ever."
  }
}

variable "template" {
  description = <<-EOT
    How indexes are made. A change holds for indexes made after it.
    - shards: primary shards of each index; one holds 30 to 50 GiB well.
    - replicas: copies of each shard; null makes one where there is a second node.
    - codec: best_compression, default, zstd or zstd_no_dict (the last two from OpenSearch 2.9 on).
    - refresh_interval: how soon a record can be found, for example 5s; null leaves it to the engine (1s).
    - time_field: the field that Dashboards goes by.
    - extra_fields: searchable indexes unknown fields, up to field_limit; stored only keeps them in the document, however many.
    - field_limit: the most fields of an index; records with more go to the backup bucket.
    - fields: types of further fields by name: boolean, date, double, flat_object, ip, keyword, long or text.
  EOT
  type = object({
    shards           = optional(number, 1)
    replicas         = optional(number)
    codec            = optional(string, "best_compression")
    refresh_interval = optional(string)
    time_field       = optional(string, "asctime")
    extra_fields     = optional(string, "searchable")
    field_limit      = optional(number, 2000)
    fields           = optional(map(string), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.template.shards >= 1 && var.template.shards <= 100 && floor(var.template.shards) == var.template.shards
    error_message = "template.shards is ${var.template.shards}; give 1 to 100 shards."
  }

  validation {
    condition     = var.template.replicas == null || try(var.template.replicas >= 0 && var.template.replicas <= 10 && floor(var.template.replicas) == var.template.replicas, false)
    error_message = "template.replicas is ${coalesce(var.template.replicas, 0)}; give 0 to 10 copies, or null for one where there is a second node."
  }

  validation {
    condition     = contains(["best_compression", "default", "zstd", "zstd_no_dict"], var.template.codec)
    error_message = "template.codec is \"${var.template.codec}\"; use best_compression, default, zstd or zstd_no_dict."
  }

  validation {
    condition     = var.template.refresh_interval == null || can(regex("^(-1|[1-9][0-9]*(ms|s|m))$", var.template.refresh_interval))
    error_message = "template.refresh_interval is \"${coalesce(var.template.refresh_interval, "null")}\"; write a duration such as 5s, or leave it out."
  }

  validation {
    condition     = contains(["searchable", "stored"], var.template.extra_fields)
    error_message = "template.extra_fields is \"${var.template.extra_fields}\"; use searchable or stored."
  }

  validation {
    condition     = var.template.field_limit >= 100 && var.template.field_limit <= 10000 && floor(var.template.field_limit) == var.template.field_limit
    error_message = "template.field_limit is ${var.template.field_limit}; give 100 to 10000 fields."
  }

  validation {
    condition = alltrue([
      for type in values(var.template.fields) :
      contains(["boolean", "date", "double", "flat_object", "ip", "keyword", "long", "text"], type)
    ])
    error_message = "template.fields is ${jsonencode(var.template.fields)}; a field's type is boolean, date, double, flat_object, ip, keyword, long or text."
  }
}

variable "monitoring" {
  description = <<-EOT
    Alarms and a dashboard in CloudWatch. An alarm costs about 0.10 USD a month.
    - enabled: whether to make alarms at all.
    - dashboard: whether to make the dashboard.
    - topics: ARNs of SNS topics that are told when an alarm begins and ends.
    - overrides: other values for alarms, by name: threshold, period in seconds, evaluation_periods, datapoints_to_alarm.
    - disabled: names of alarms not to make.
  EOT
  type = object({
    enabled   = optional(bool, true)
    dashboard = optional(bool, true)
    topics    = optional(list(string), [])
    overrides = optional(map(object({
      threshold           = optional(number)
      period              = optional(number)
      evaluation_periods  = optional(number)
      datapoints_to_alarm = optional(number)
    })), {})
    disabled = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition = length(setsubtract(concat(keys(var.monitoring.overrides), var.monitoring.disabled), [
      "delivery_auth_failure",
      "delivery_freshness",
      "delivery_rejected",
      "delivery_success",
      "backup_success",
      "throttled",
      "quota_bytes",
      "quota_records",
      "quota_requests",
      "transform_success",
      "stream_key_errors",
      "cluster_red",
      "cluster_yellow",
      "writes_blocked",
      "free_storage",
      "jvm_pressure",
      "cpu",
      "manager_cpu",
      "manager_jvm_pressure",
      "manager_unreachable",
      "nodes_missing",
      "snapshot_failure",
      "server_errors",
      "domain_key_errors",
      "function_errors",
    ])) == 0
    error_message = "monitoring.overrides names ${jsonencode(keys(var.monitoring.overrides))} and monitoring.disabled is ${jsonencode(var.monitoring.disabled)}; the alarms are delivery_auth_failure, delivery_freshness, delivery_rejected, delivery_success, backup_success, throttled, quota_bytes, quota_records, quota_requests, transform_success, stream_key_errors, cluster_red, cluster_yellow, writes_blocked, free_storage, jvm_pressure, cpu, manager_cpu, manager_jvm_pressure, manager_unreachable, nodes_missing, snapshot_failure, server_errors, domain_key_errors and function_errors."
  }

  validation {
    condition     = alltrue([for arn in var.monitoring.topics : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$", arn))])
    error_message = "monitoring.topics is ${jsonencode(var.monitoring.topics)}; give ARNs of SNS topics, arn:aws:sns:<region>:<account>:<name>."
  }
}
