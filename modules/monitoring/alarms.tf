# Thresholds of the domain's alarms follow AWS's list of recommended alarms for OpenSearch
# Service; each description says what to do first.
locals {
  delivery = "DeliveryToAmazonOpenSearchService"

  stream_alarms = {
    delivery_success = {
      applies             = true
      description         = "Some records do not reach the domain. First: read the log stream DestinationDelivery of the stream's log group; it names the error. What was refused lies in the backup bucket."
      metrics             = ["${local.delivery}.Success"]
      expression          = null
      statistic           = "Average"
      comparison          = "LessThanThreshold"
      threshold           = 1
      period              = 60
      evaluation_periods  = 5
      datapoints_to_alarm = 3
    }
    delivery_freshness = {
      applies             = true
      description         = "The oldest record in the stream waits too long; after 24 hours Firehose gives it up. First: look at the domain's health (red, write blocks, storage, memory), then at delivery_success."
      metrics             = ["${local.delivery}.DataFreshness"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanThreshold"
      threshold           = var.delivery_streams.interval_seconds + 300
      period              = 60
      evaluation_periods  = 5
      datapoints_to_alarm = 3
    }
    delivery_rejected = {
      applies             = true
      description         = "The domain refuses documents. First: read errorCode and errorMessage of the newest object under the failure prefix of the backup bucket; most often a field has another type than its mapping. Mend the template, then replay."
      metrics             = ["${local.delivery}.DeliveryRejected"]
      expression          = null
      statistic           = "Sum"
      comparison          = "GreaterThanThreshold"
      threshold           = 0
      period              = 300
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
    delivery_auth_failure = {
      applies             = true
      description         = "The domain does not let the stream in. First: check that the domain's access policy names the stream's role and, with fine-grained access control, that the role is mapped within the domain."
      metrics             = ["${local.delivery}.AuthFailure"]
      expression          = null
      statistic           = "Sum"
      comparison          = "GreaterThanThreshold"
      threshold           = 0
      period              = 300
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
    throttled = {
      applies             = true
      description         = "Firehose throttles the producers; the handler retries and holds records in memory meanwhile. First: see which quota_ alarm is on, then ask AWS for more or raise delivery.shards."
      metrics             = ["ThrottledRecords"]
      expression          = null
      statistic           = "Sum"
      comparison          = "GreaterThanThreshold"
      threshold           = 0
      period              = 300
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    quota_bytes = {
      applies             = true
      description         = "The stream takes more than this share, in percent, of the bytes per second that its quota allows. First: raise delivery.shards, or ask AWS for a higher quota."
      metrics             = ["IncomingBytes", "BytesPerSecondLimit"]
      expression          = "100 * (m0 / PERIOD(m0)) / m1"
      statistic           = "Sum"
      comparison          = "GreaterThanThreshold"
      threshold           = 80
      period              = 300
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    quota_records = {
      applies             = true
      description         = "The stream takes more than this share, in percent, of the records per second that its quota allows. First: raise delivery.shards, or ask AWS for a higher quota."
      metrics             = ["IncomingRecords", "RecordsPerSecondLimit"]
      expression          = "100 * (m0 / PERIOD(m0)) / m1"
      statistic           = "Sum"
      comparison          = "GreaterThanThreshold"
      threshold           = 80
      period              = 300
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    quota_requests = {
      applies             = true
      description         = "The stream takes more than this share, in percent, of the requests per second that its quota allows. First: raise the handlers' flush_interval, so that they send fewer and fuller batches; then delivery.shards."
      metrics             = ["IncomingPutRequests", "PutRequestsPerSecondLimit"]
      expression          = "100 * (m0 / PERIOD(m0)) / m1"
      statistic           = "Sum"
      comparison          = "GreaterThanThreshold"
      threshold           = 80
      period              = 300
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    backup_success = {
      applies             = true
      description         = "Objects do not reach the backup bucket; if the domain fails as well, the stream pauses. First: read the log stream BackupDelivery of the stream's log group, then check bucket, key and the role's policy."
      metrics             = ["DeliveryToS3.Success"]
      expression          = null
      statistic           = "Average"
      comparison          = "LessThanThreshold"
      threshold           = 1
      period              = 300
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    transform_success = {
      applies             = var.delivery_streams.transform
      description         = "Calls of the transform function fail; its records lie under processing-failed/ in the backup bucket. First: read the function's own logs."
      metrics             = ["ExecuteProcessing.Success"]
      expression          = null
      statistic           = "Average"
      comparison          = "LessThanThreshold"
      threshold           = 1
      period              = 300
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    stream_key_errors = {
      applies             = true
      description         = "Firehose can't use the stream's key: access denied, disabled, in a wrong state or gone. First: look at the key's state in KMS; a key that waits for its deletion can be rescued."
      metrics             = ["KMSKeyAccessDenied", "KMSKeyDisabled", "KMSKeyInvalidState", "KMSKeyNotFound"]
      expression          = "FILL(m0, 0) + FILL(m1, 0) + FILL(m2, 0) + FILL(m3, 0)"
      statistic           = "Sum"
      comparison          = "GreaterThanThreshold"
      threshold           = 0
      period              = 300
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
  }

  domain_alarms = {
    cluster_red = {
      applies             = true
      description         = "A primary shard is missing: its index can't be written. First: GET _cluster/allocation/explain; restore the index from an automated snapshot if its nodes do not come back."
      metrics             = ["ClusterStatus.red"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 1
      period              = 60
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
    cluster_yellow = {
      applies             = true
      description         = "A replica has no node. First: compare the number of nodes with number_of_replicas; a single node can't hold any."
      metrics             = ["ClusterStatus.yellow"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 1
      period              = 60
      evaluation_periods  = 5
      datapoints_to_alarm = 5
    }
    writes_blocked = {
      applies             = true
      description         = "The domain refuses all writes. First: free storage or memory, then enlarge domain.storage.size_gb or shorten the retention."
      metrics             = ["ClusterIndexWritesBlocked"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 1
      period              = 300
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
    free_storage = {
      applies             = true
      description         = "A node has less free storage than this, in MB; at a fifth of a small volume writes stop soon. First: delete old indexes or shorten the retention, then enlarge domain.storage.size_gb."
      metrics             = ["FreeStorageSpace"]
      expression          = null
      statistic           = "Minimum"
      comparison          = "LessThanOrEqualToThreshold"
      threshold           = var.opensearch_domain.storage_gb == null ? 20480 : floor(var.opensearch_domain.storage_gb * 1024 / 4)
      period              = 60
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
    jvm_pressure = {
      applies             = true
      description         = "The heap is nearly full; the domain refuses large requests. First: reduce the number of shards and the size of searches, then use a larger instance type."
      metrics             = ["JVMMemoryPressure"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 95
      period              = 60
      evaluation_periods  = 3
      datapoints_to_alarm = 3
    }
    cpu = {
      applies             = true
      description         = "The data nodes compute all the time. First: look for heavy searches in the slow logs, then use more or larger nodes."
      metrics             = ["CPUUtilization"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 80
      period              = 900
      evaluation_periods  = 3
      datapoints_to_alarm = 3
    }
    manager_cpu = {
      applies             = var.opensearch_domain.managers
      description         = "The dedicated managers compute all the time. First: reduce the number of shards, then use larger managers."
      metrics             = ["MasterCPUUtilization"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 50
      period              = 900
      evaluation_periods  = 3
      datapoints_to_alarm = 3
    }
    manager_jvm_pressure = {
      applies             = var.opensearch_domain.managers
      description         = "The managers' heap is nearly full. First: reduce the number of shards, then use larger managers."
      metrics             = ["MasterJVMMemoryPressure"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 95
      period              = 60
      evaluation_periods  = 3
      datapoints_to_alarm = 3
    }
    manager_unreachable = {
      applies             = var.opensearch_domain.managers
      description         = "The elected manager has stopped or can't be reached. First: wait for the election; if it does not end, open a case with AWS."
      metrics             = ["MasterReachableFromNode"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "LessThanThreshold"
      threshold           = 1
      period              = 60
      evaluation_periods  = 5
      datapoints_to_alarm = 5
    }
    nodes_missing = {
      applies             = var.opensearch_domain.nodes != null
      description         = "Fewer nodes than the domain has were there all day. First: look at the domain's notifications and for a change that is going on."
      metrics             = ["Nodes"]
      expression          = null
      statistic           = "Minimum"
      comparison          = "LessThanThreshold"
      threshold           = coalesce(var.opensearch_domain.nodes, 1)
      period              = 86400
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
    snapshot_failure = {
      applies             = true
      description         = "An automated snapshot failed. First: look whether the domain was red in the 36 hours before; that is why it is skipped."
      metrics             = ["AutomatedSnapshotFailure"]
      expression          = null
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 1
      period              = 60
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
    server_errors = {
      applies             = true
      description         = "More than this share, in percent, of the requests to the domain ends in a 5xx. First: look at jvm_pressure and cpu, then at the error logs (domain.publish_logs)."
      metrics             = ["5xx", "OpenSearchRequests"]
      expression          = "100 * m0 / m1"
      statistic           = "Sum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 10
      period              = 300
      evaluation_periods  = 3
      datapoints_to_alarm = 2
    }
    domain_key_errors = {
      applies             = var.opensearch_domain.own_key
      description         = "The domain can't use its key; without it the domain is lost for good. First: enable the key, or cancel its deletion, at once."
      metrics             = ["KMSKeyError", "KMSKeyInaccessible"]
      expression          = "FILL(m0, 0) + FILL(m1, 0)"
      statistic           = "Maximum"
      comparison          = "GreaterThanOrEqualToThreshold"
      threshold           = 1
      period              = 60
      evaluation_periods  = 1
      datapoints_to_alarm = 1
    }
  }

  function_alarm = {
    applies             = true
    description         = "The function failed. First: read its newest log stream."
    metrics             = ["Errors"]
    expression          = null
    statistic           = "Sum"
    comparison          = "GreaterThanThreshold"
    threshold           = 0
    period              = 300
    evaluation_periods  = 1
    datapoints_to_alarm = 1
  }
}
