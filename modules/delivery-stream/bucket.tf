locals {
  make_bucket = var.create && var.backup.create_bucket
  bucket_arn  = var.backup.create_bucket ? try(aws_s3_bucket.this[0].arn, null) : var.backup.bucket_arn
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_18: access logs need a bucket that is the account's; CloudTrail's data events need none
  # checkov:skip=CKV_AWS_144: what lies here is replayed or expires; a bucket of one's own may be replicated
  # checkov:skip=CKV2_AWS_62: nobody waits for single objects; the alarms tell of refused records
  count = local.make_bucket ? 1 : 0

  bucket        = var.backup.bucket_name
  bucket_prefix = var.backup.bucket_name == null ? "${var.name}-backup-" : null
  force_destroy = var.backup.force_destroy
  tags          = var.tags
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count = local.make_bucket ? 1 : 0

  bucket = aws_s3_bucket.this[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  count = local.make_bucket ? 1 : 0

  bucket                  = aws_s3_bucket.this[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count = local.make_bucket ? 1 : 0

  bucket = aws_s3_bucket.this[0].id

  rule {
    bucket_key_enabled = local.backup_key != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = local.backup_key == null ? "AES256" : "aws:kms"
      kms_master_key_id = local.backup_key
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  count = local.make_bucket ? 1 : 0

  bucket = aws_s3_bucket.this[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count = local.make_bucket && var.backup.expire_days > 0 ? 1 : 0

  bucket = aws_s3_bucket.this[0].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.backup.expire_days
    }

    noncurrent_version_expiration {
      noncurrent_days = var.backup.expire_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # A rule for noncurrent versions wants versioning first.
  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_policy" "this" {
  count = local.make_bucket ? 1 : 0

  bucket = aws_s3_bucket.this[0].id
  policy = data.aws_iam_policy_document.bucket[0].json

  # S3 refuses two changes to one bucket's access at the same time.
  depends_on = [
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_public_access_block.this,
  ]
}

# Everyone stands only in these denials: whoever it is, TLS 1.2 or later or not at all.
data "aws_iam_policy_document" "bucket" {
  count = local.make_bucket ? 1 : 0

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[0].arn, "${aws_s3_bucket.this[0].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "DenyOldTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[0].arn, "${aws_s3_bucket.this[0].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericLessThan"
      variable = "s3:TlsVersion"
      values   = ["1.2"]
    }
  }
}
