# What terraform-aws-modules/dynamodb-table makes of its inputs, as far as an audit sees it.
variable "create_table" { default = true }
variable "name" { default = null }
variable "stream_enabled" { default = false }
variable "stream_view_type" { default = null }
variable "point_in_time_recovery_enabled" { default = false }
variable "server_side_encryption_enabled" { default = false }
variable "server_side_encryption_kms_key_arn" { default = null }
variable "deletion_protection_enabled" { default = null }
variable "resource_policy" { default = null }
variable "tags" { default = {} }

resource "aws_dynamodb_table" "this" {
  count                       = var.create_table ? 1 : 0
  name                        = var.name
  stream_enabled              = var.stream_enabled
  stream_view_type            = var.stream_view_type
  deletion_protection_enabled = var.deletion_protection_enabled
  point_in_time_recovery { enabled = var.point_in_time_recovery_enabled }
  server_side_encryption {
    enabled     = var.server_side_encryption_enabled
    kms_key_arn = var.server_side_encryption_kms_key_arn
  }
  tags = var.tags
}

resource "aws_dynamodb_resource_policy" "this" {
  count        = var.create_table && var.resource_policy != null ? 1 : 0
  resource_arn = aws_dynamodb_table.this[0].arn
  policy       = var.resource_policy
}

output "dynamodb_table_arn" { value = try(aws_dynamodb_table.this[0].arn, "") }
output "dynamodb_table_id" { value = try(aws_dynamodb_table.this[0].id, "") }
output "dynamodb_table_stream_arn" { value = var.stream_enabled ? aws_dynamodb_table.this[0].stream_arn : null }
