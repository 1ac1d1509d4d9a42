# The Region's name by an attribute that neither provider 5.x nor 6.x deprecates.
data "aws_service" "firehose" {
  service_id = "firehose"
}

data "aws_iam_policy_document" "this" {
  count = var.create ? 1 : 0

  statement {
    sid       = "Log"
    actions   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
    resources = var.delivery_streams
  }
}

resource "aws_iam_policy" "this" {
  count = var.create ? 1 : 0

  name        = "${var.name}-${data.aws_service.firehose.region}-producer"
  description = "Lets its bearer log into ${var.name}."
  policy      = data.aws_iam_policy_document.this[0].json
  tags        = var.tags
}
