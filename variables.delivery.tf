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
