# What terraform-aws-modules/s3-bucket makes of its inputs, as far as an audit sees it.
variable "create_bucket" { default = true }
variable "bucket" { default = null }
variable "bucket_prefix" { default = null }
variable "acl" { default = null }
variable "grant" { default = [] }
variable "control_object_ownership" { default = false }
variable "object_ownership" { default = "BucketOwnerEnforced" }
variable "attach_public_policy" { default = true }
variable "block_public_acls" { default = true }
variable "block_public_policy" { default = true }
variable "ignore_public_acls" { default = true }
variable "restrict_public_buckets" { default = true }
variable "versioning" { default = {} }
variable "server_side_encryption_configuration" { default = {} }
variable "attach_policy" { default = false }
variable "policy" { default = null }
variable "attach_deny_insecure_transport_policy" { default = false }
variable "tags" { default = {} }

resource "aws_s3_bucket" "this" {
  count         = var.create_bucket ? 1 : 0
  bucket        = var.bucket
  bucket_prefix = var.bucket_prefix
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "this" {
  count                   = var.create_bucket && var.attach_public_policy ? 1 : 0
  bucket                  = aws_s3_bucket.this[0].id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

resource "aws_s3_bucket_acl" "this" {
  count  = var.create_bucket && var.acl != null && var.acl != "null" ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  acl    = var.acl
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count  = var.create_bucket && var.control_object_ownership ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  rule { object_ownership = var.object_ownership }
}

resource "aws_s3_bucket_versioning" "this" {
  count  = var.create_bucket && length(keys(var.versioning)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  versioning_configuration {
    status = try(tobool(try(var.versioning.enabled, var.versioning.status)) ? "Enabled" : "Suspended", var.versioning.status)
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = var.create_bucket && length(keys(var.server_side_encryption_configuration)) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = try(var.server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm, var.server_side_encryption_configuration.rule[0].apply_server_side_encryption_by_default.sse_algorithm, "AES256")
      kms_master_key_id = try(var.server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id, var.server_side_encryption_configuration.rule[0].apply_server_side_encryption_by_default.kms_master_key_id, null)
    }
  }
}

data "aws_iam_policy_document" "this" {
  source_policy_documents = compact([var.attach_policy ? var.policy : ""])
  dynamic "statement" {
    for_each = var.attach_deny_insecure_transport_policy ? [true] : []
    content {
      sid       = "denyInsecureTransport"
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
  }
}

resource "aws_s3_bucket_policy" "this" {
  count  = var.create_bucket && (var.attach_policy || var.attach_deny_insecure_transport_policy) ? 1 : 0
  bucket = aws_s3_bucket.this[0].id
  policy = data.aws_iam_policy_document.this.json
}

output "s3_bucket_id" { value = try(aws_s3_bucket.this[0].id, "") }
output "s3_bucket_arn" { value = try(aws_s3_bucket.this[0].arn, "") }
output "s3_bucket_bucket_domain_name" { value = try(aws_s3_bucket.this[0].bucket_domain_name, "") }
output "s3_bucket_bucket_regional_domain_name" { value = try(aws_s3_bucket.this[0].bucket_regional_domain_name, "") }
