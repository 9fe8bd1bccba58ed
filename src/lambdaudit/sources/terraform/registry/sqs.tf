# What terraform-aws-modules/sqs makes of its inputs, as far as an audit sees it.
variable "create" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = false }
variable "fifo_queue" { default = false }
variable "visibility_timeout_seconds" { default = null }
variable "kms_master_key_id" { default = null }
variable "sqs_managed_sse_enabled" { default = true }
variable "redrive_policy" { default = {} }
variable "redrive_allow_policy" { default = {} }
variable "create_queue_policy" { default = false }
variable "source_queue_policy_documents" { default = [] }
variable "override_queue_policy_documents" { default = [] }
variable "queue_policy_statements" { default = {} }
variable "policy" { default = null }
variable "create_dlq" { default = false }
variable "dlq_name" { default = null }
variable "dlq_kms_master_key_id" { default = null }
variable "dlq_sqs_managed_sse_enabled" { default = true }
variable "dlq_visibility_timeout_seconds" { default = null }
variable "tags" { default = {} }

locals {
  fifo = var.fifo_queue ? ".fifo" : ""
  name = var.name == null ? null : "${trimsuffix(var.name, ".fifo")}${local.fifo}"
  dlq  = var.dlq_name != null ? var.dlq_name : (var.name == null ? null : "${trimsuffix(var.name, ".fifo")}-dlq${local.fifo}")
}

resource "aws_sqs_queue" "this" {
  count                      = var.create ? 1 : 0
  name                       = var.use_name_prefix ? null : local.name
  fifo_queue                 = var.fifo_queue
  visibility_timeout_seconds = var.visibility_timeout_seconds
  kms_master_key_id          = var.kms_master_key_id
  sqs_managed_sse_enabled    = var.kms_master_key_id != null ? null : var.sqs_managed_sse_enabled
  redrive_policy = var.create_dlq ? jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dlq[0].arn
    maxReceiveCount     = try(var.redrive_policy.maxReceiveCount, 5)
  }) : try(var.redrive_policy == {} || length(var.redrive_policy) == 0 ? null : jsonencode(var.redrive_policy), var.redrive_policy)
  policy = var.policy
  tags   = var.tags
}

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_queue_policy_documents
  override_policy_documents = var.override_queue_policy_documents
  dynamic "statement" {
    for_each = var.queue_policy_statements
    content {
      sid         = try(statement.value.sid, statement.key)
      effect      = try(statement.value.effect, null)
      actions     = try(statement.value.actions, null)
      not_actions = try(statement.value.not_actions, null)
      resources   = try(statement.value.resources, [aws_sqs_queue.this[0].arn])
      dynamic "principals" {
        for_each = try(statement.value.principals, [])
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }
      dynamic "condition" {
        for_each = try(statement.value.conditions, statement.value.condition, [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  count     = var.create && var.create_queue_policy ? 1 : 0
  queue_url = aws_sqs_queue.this[0].url
  policy    = data.aws_iam_policy_document.this.json
}

resource "aws_sqs_queue" "dlq" {
  count                      = var.create && var.create_dlq ? 1 : 0
  name                       = local.dlq
  fifo_queue                 = var.fifo_queue
  visibility_timeout_seconds = var.dlq_visibility_timeout_seconds
  kms_master_key_id          = try(coalesce(var.dlq_kms_master_key_id, var.kms_master_key_id), null)
  sqs_managed_sse_enabled    = try(coalesce(var.dlq_kms_master_key_id, var.kms_master_key_id), null) != null ? null : var.dlq_sqs_managed_sse_enabled
  tags                       = var.tags
}

output "queue_id" { value = try(aws_sqs_queue.this[0].id, "") }
output "queue_arn" { value = try(aws_sqs_queue.this[0].arn, "") }
output "queue_arn_static" { value = try(aws_sqs_queue.this[0].arn, "") }
output "queue_url" { value = try(aws_sqs_queue.this[0].url, "") }
output "queue_name" { value = try(aws_sqs_queue.this[0].name, "") }
output "dead_letter_queue_arn" { value = try(aws_sqs_queue.dlq[0].arn, "") }
output "dead_letter_queue_id" { value = try(aws_sqs_queue.dlq[0].id, "") }
output "dead_letter_queue_url" { value = try(aws_sqs_queue.dlq[0].url, "") }
output "dead_letter_queue_name" { value = try(aws_sqs_queue.dlq[0].name, "") }
output "sqs_queue_id" { value = try(aws_sqs_queue.this[0].id, "") }
output "sqs_queue_arn" { value = try(aws_sqs_queue.this[0].arn, "") }
