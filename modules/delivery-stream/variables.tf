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

variable "destination" {
  description = <<-EOT
    Where the records are delivered to.
    - domain_arn: ARN of the OpenSearch domain.
    - endpoint: the domain's host; needed for a domain of another account, which Firehose reaches by its endpoint.
  EOT
  type = object({
    domain_arn = string
    endpoint   = optional(string)
  })
  nullable = false
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
    condition     = alltrue([for transform in var.delivery.transform[*] : transform.buffer_mb >= 0.2 && transform.buffer_mb <= 3])
    error_message = "delivery.transform.buffer_mb is ${try(var.delivery.transform.buffer_mb, "null")}; one call takes 0.2 to 3 MB."
  }

  validation {
    condition     = alltrue([for transform in var.delivery.transform[*] : transform.interval_seconds >= 0 && transform.interval_seconds <= 900])
    error_message = "delivery.transform.interval_seconds is ${try(var.delivery.transform.interval_seconds, "null")}; a call waits for 0 to 900 seconds."
  }

  validation {
    condition     = alltrue([for transform in var.delivery.transform[*] : transform.retries >= 0 && transform.retries <= 300])
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

variable "network" {
  description = <<-EOT
    Where in a VPC the stream reaches the domain. Firehose can't change it later: a change replaces the stream.
    - subnet_ids: subnets with free addresses; none for a public domain.
    - security_group_ids: groups of the stream's interfaces, which must be let out to the domain on port 443.
  EOT
  type = object({
    subnet_ids         = optional(list(string), [])
    security_group_ids = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "key" {
  description = <<-EOT
    The customer-managed key for stream, bucket and log groups, where they have none of their own.
    - arn: null leaves it to AWS's keys.
  EOT
  type = object({
    arn = optional(string)
  })
  default  = {}
  nullable = false
}

variable "iam" {
  description = <<-EOT
    Where the role stands.
    - path: path of the role.
    - permissions_boundary: ARN of a policy that bounds the role.
  EOT
  type = object({
    path                 = optional(string, "/")
    permissions_boundary = optional(string)
  })
  default  = {}
  nullable = false
}
