# "Where are my logs?", read from left to right: in, buffered, delivered, refused, backed up, and
# below it the domain's health.
locals {
  columns = [
    {
      title   = "In"
      stat    = "Sum"
      metrics = ["IncomingRecords", "IncomingBytes", "ThrottledRecords"]
    },
    {
      title   = "Buffered: age of the oldest record, s"
      stat    = "Maximum"
      metrics = ["${local.delivery}.DataFreshness"]
    },
    {
      title   = "Delivered"
      stat    = "Sum"
      metrics = ["${local.delivery}.Records", "${local.delivery}.Bytes"]
    },
    {
      title   = "Refused"
      stat    = "Sum"
      metrics = ["${local.delivery}.DeliveryRejected", "${local.delivery}.AuthFailure"]
    },
    {
      title   = "Backed up"
      stat    = "Sum"
      metrics = ["DeliveryToS3.Records", "DeliveryToS3.Bytes"]
    },
    {
      title   = "Share that arrives"
      stat    = "Average"
      metrics = ["${local.delivery}.Success", "DeliveryToS3.Success"]
    },
  ]

  health = [
    { title = "Domain: status", stat = "Maximum", metrics = ["ClusterStatus.green", "ClusterStatus.yellow", "ClusterStatus.red", "ClusterIndexWritesBlocked"] },
    { title = "Domain: free storage of the fullest node, MB", stat = "Minimum", metrics = ["FreeStorageSpace"] },
    { title = "Domain: CPU and memory, %", stat = "Maximum", metrics = ["CPUUtilization", "JVMMemoryPressure"] },
    { title = "Domain: indexing and searching", stat = "Average", metrics = ["IndexingRate", "SearchRate", "IndexingLatency", "SearchLatency"] },
    { title = "Domain: documents and shards", stat = "Maximum", metrics = ["SearchableDocuments", "Shards.active"] },
    { title = "Domain: answers", stat = "Sum", metrics = ["2xx", "4xx", "5xx"] },
  ]

  dashboard = {
    widgets = concat(
      [
        for number, column in local.columns : {
          type   = "metric"
          x      = number * 4
          y      = 0
          width  = 4
          height = 8
          properties = {
            title  = column.title
            region = local.region
            view   = "timeSeries"
            stat   = column.stat
            period = 60
            metrics = [
              for pair in setproduct(var.delivery_streams.names, column.metrics) :
              ["AWS/Firehose", pair[1], "DeliveryStreamName", pair[0]]
            ]
          }
        }
      ],
      [
        for number, column in local.health : {
          type   = "metric"
          x      = number * 4
          y      = 8
          width  = 4
          height = 8
          properties = {
            title  = column.title
            region = local.region
            view   = "timeSeries"
            stat   = column.stat
            period = 60
            metrics = [
              for metric in column.metrics :
              ["AWS/ES", metric, "DomainName", var.opensearch_domain.name, "ClientId", var.opensearch_domain.account_id]
            ]
          }
        }
      ],
    )
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.create && var.monitoring.dashboard ? 1 : 0

  dashboard_name = "${var.name}-logging"
  dashboard_body = jsonencode(local.dashboard)
}
