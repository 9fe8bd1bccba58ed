# What terraform-aws-modules/sns makes of its inputs, as far as an audit sees it.
variable "create" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = false }
variable "fifo_topic" { default = false }
variable "kms_master_key_id" { default = null }
variable "create_topic_policy" { default = true }
variable "enable_default_topic_policy" { default = true }
variable "topic_policy" { default = null }
variable "source_topic_policy_documents" { default = [] }
variable "override_topic_policy_documents" { default = [] }
variable "topic_policy_statements" { default = {} }
variable "create_subscription" { default = true }
variable "subscriptions" { default = {} }
variable "tags" { default = {} }

data "aws_caller_identity" "here" {}

resource "aws_sns_topic" "this" {
  count             = var.create ? 1 : 0
  name              = var.use_name_prefix || var.name == null ? null : "${trimsuffix(var.name, ".fifo")}${var.fifo_topic ? ".fifo" : ""}"
  fifo_topic        = var.fifo_topic
  kms_master_key_id = var.kms_master_key_id
  tags              = var.tags
}

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_topic_policy_documents
  override_policy_documents = var.override_topic_policy_documents
  dynamic "statement" {
    for_each = var.enable_default_topic_policy ? [true] : []
    content {
      sid = "__default_statement_ID"
      actions = [
        "sns:Subscribe", "sns:SetTopicAttributes", "sns:RemovePermission", "sns:Publish",
        "sns:ListSubscriptionsByTopic", "sns:GetTopicAttributes", "sns:DeleteTopic", "sns:AddPermission",
      ]
      resources = [aws_sns_topic.this[0].arn]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "StringEquals"
        variable = "AWS:SourceOwner"
        values   = [data.aws_caller_identity.here.account_id]
      }
    }
  }
  dynamic "statement" {
    for_each = var.topic_policy_statements
    content {
      sid       = try(statement.value.sid, statement.key)
      effect    = try(statement.value.effect, null)
      actions   = try(statement.value.actions, null)
      resources = try(statement.value.resources, [aws_sns_topic.this[0].arn])
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

resource "aws_sns_topic_policy" "this" {
  count  = var.create && var.create_topic_policy ? 1 : 0
  arn    = aws_sns_topic.this[0].arn
  policy = var.topic_policy != null ? var.topic_policy : data.aws_iam_policy_document.this.json
}

resource "aws_sns_topic_subscription" "this" {
  for_each      = { for k, v in var.subscriptions : k => v if var.create && var.create_subscription }
  topic_arn     = aws_sns_topic.this[0].arn
  protocol      = each.value.protocol
  endpoint      = each.value.endpoint
  filter_policy = try(each.value.filter_policy, null)
}

output "topic_arn" { value = try(aws_sns_topic.this[0].arn, "") }
output "topic_id" { value = try(aws_sns_topic.this[0].id, "") }
output "topic_name" { value = try(aws_sns_topic.this[0].name, "") }
output "sns_topic_arn" { value = try(aws_sns_topic.this[0].arn, "") }
